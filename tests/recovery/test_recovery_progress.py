"""How far a recovery is, from its history and its Map Runs; and how that is shown."""

import io
import json
from datetime import UTC, datetime, timedelta

import pytest
from restore.live import ERASE_BELOW

from recovery.live import LiveWaves
from recovery.progress import Progress

BEGAN = datetime(2026, 11, 26, 3, 0, tzinfo=UTC)
PLAN = {
    "waves": [
        {"name": "databases", "restores": [{}, {}]},
        {"name": "servers", "restores": [{}, {}, {}]},
    ]
}


class Recovery:
    """A made-up recovery, whose events are a second apart."""

    def __init__(self, *scheduled):
        self.progress = Progress.of(PLAN)
        self._scheduled = scheduled or (0, 1)
        self._number = 0

    def preflighted(self):
        self.entered("Plan recovery").entered("Preflight restores", "Map").run("preflight")
        self.ran("preflight", succeeded=5)
        waves = json.dumps({"waves": [{"wave": it} for it in self._scheduled]})
        details = {"lambdaFunctionSucceededEventDetails": {"output": waves}}
        return self.entered("Schedule waves").event("LambdaFunctionSucceeded", **details)

    def wave(self, *runs):
        self.entered("Run wave", "Map")
        for name in runs:
            self.run(name)
        return self

    def entered(self, state, kind="Task"):
        return self.event(f"{kind}StateEntered", stateEnteredEventDetails={"name": state})

    def run(self, name):
        return self.event("MapRunStarted", mapRunStartedEventDetails={"mapRunArn": name})

    def ran(self, name, status="RUNNING", **counts):
        run = {"mapRunArn": name, "status": status, "executionCounts": counts}
        self.progress.saw(run)
        return self

    def event(self, kind, **details):
        self._number += 1
        when = BEGAN + timedelta(seconds=self._number)
        self.progress.hear([{"id": self._number, "type": kind, "timestamp": when, **details}])
        return self


def test_a_wave_has_the_restores_of_the_plan_before_it_begins():
    assert [it.restores for it in Progress.of(PLAN).stages] == [5, 2, 3]


def test_a_waves_numbers_are_those_of_all_of_its_groups():
    recovery = Recovery().preflighted().wave("ec2", "rds")
    recovery.ran("ec2", running=1, succeeded=0, pending=0).ran("rds", failed=1, timedOut=1)

    first, second = recovery.progress.waves
    assert (first.running, first.succeeded, first.failed, first.done) == (1, 0, 2, 2)
    assert second.runs == {}


def test_a_wave_ends_when_it_is_accounted_for_and_the_next_one_has_its_own_runs():
    recovery = Recovery().preflighted().wave("one").entered("Account for wave").wave("two")

    first, second = recovery.progress.waves
    assert first.is_over and not second.is_over
    assert (list(first.runs), list(second.runs)) == (["one"], ["two"])


def test_waves_that_are_skipped_stay_unbegun():
    first, second = Recovery(1).preflighted().wave("runs").progress.waves

    assert first.began is None
    assert list(second.runs) == ["runs"]


def test_map_runs_are_looked_at_until_they_have_been_seen_to_end():
    recovery = Recovery().preflighted().wave("ec2", "rds")
    recovery.ran("preflight", status="SUCCEEDED").ran("ec2", status="SUCCEEDED", succeeded=1)

    assert recovery.progress.unfinished_runs == ["rds"]


@pytest.mark.parametrize("how", ["Failed", "Aborted", "TimedOut"])
def test_the_end_of_the_execution_closes_the_wave_that_it_is_at(how):
    progress = Recovery().preflighted().wave("one").event(f"Execution{how}").progress

    assert progress.waves[0].is_over
    assert not progress.waves[1].is_over


def view(**settings):
    stream = io.StringIO()
    shown = {"is_terminal": False, "colour": False, "now": lambda: BEGAN + timedelta(hours=1)}
    return LiveWaves(stream, **(shown | settings)), stream


def test_without_a_terminal_a_line_is_written_only_when_there_is_news():
    live, stream = view()
    recovery = Recovery().preflighted().wave("ec2").ran("ec2", running=2)
    live.show(recovery.progress)
    before = stream.getvalue()
    live.show(recovery.progress)
    assert stream.getvalue() == before

    live.show(recovery.ran("ec2", running=1, succeeded=1).progress)
    news = stream.getvalue().removeprefix(before)
    assert news.count("\n") == 1
    assert "databases" in news and "1 running, 1 succeeded" in news


def test_a_waves_line_tells_how_many_wait_run_and_have_ended_how():
    live, stream = view()
    recovery = Recovery(1).preflighted().wave("ec2").ran("ec2", running=1, failed=1, pending=1)

    live.show(recovery.progress)

    line = stream.getvalue().splitlines()[-1]
    assert line.startswith("  - servers        [####........] 1 waiting, 1 running, 1 failed")
    assert line.endswith(" s")


def test_what_was_never_begun_of_a_wave_that_is_over_is_told():
    live, stream = view()
    recovery = Recovery().preflighted().wave("rds").ran("rds", succeeded=1)

    live.show(recovery.event("ExecutionAborted").progress)

    assert "  x databases" in stream.getvalue()
    assert "1 not begun, 1 succeeded" in stream.getvalue()


def test_a_terminal_has_a_line_for_each_wave_which_is_rewritten_in_place():
    live, stream = view(is_terminal=True)
    recovery = Recovery().preflighted()
    live.show(recovery.progress)
    live.show(recovery.wave("rds").ran("rds", succeeded=2).entered("Account for wave").progress)

    first, second = stream.getvalue().split(ERASE_BELOW)[1:]
    assert first.count("\n") == second.count("\n") == 3
    assert f"\x1b[3A{ERASE_BELOW}" in stream.getvalue()
    assert "+ preflight" in second and "+ databases" in second and ". servers" in second


def test_the_numbers_of_a_thousand_restores_fit():
    plan = {"waves": [{"name": "reporting", "restores": [{}] * 1000}]}
    progress = Progress.of(plan)
    progress.preflight.began = BEGAN
    progress.preflight.runs["all"] = {
        "executionCounts": {"running": 100, "succeeded": 400, "failed": 100}
    }
    for now, told in ((BEGAN + timedelta(hours=28, minutes=16), "28:16 h"), (BEGAN, "0.0 s")):
        live, stream = view(now=lambda now=now: now)

        live.show(progress)

        assert "400 waiting, 100 running, 400 succeeded, 100 failed" in stream.getvalue()
        assert stream.getvalue().endswith(f" {told}\n")


def test_lines_fit_and_have_colour_only_where_it_is_wanted():
    for colour in (True, False):
        live, stream = view(is_terminal=True, colour=colour, width=60)
        live.show(Recovery().preflighted().progress)
        text = stream.getvalue()
        assert ("\x1b[32m" in text) == colour
    assert max(map(len, text.replace(ERASE_BELOW, "").splitlines())) <= 60
