"""The story of an execution, and how it is shown."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta

import pytest

from restore.live import ERASE_BELOW, Live
from restore.narrative import Narrative

BEGAN = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


class Execution:
    """A made-up execution, whose events are a second apart."""

    def __init__(self):
        self.events = []

    def entered(self, state, kind="Task"):
        return self._add(f"{kind}StateEntered", stateEnteredEventDetails={"name": state})

    def answered(self, **answer):
        output = json.dumps(answer)
        return self._add(
            "LambdaFunctionSucceeded", lambdaFunctionSucceededEventDetails={"output": output}
        )

    def failed(self, error, cause):
        details = {"error": error, "cause": cause}
        return self._add("LambdaFunctionFailed", lambdaFunctionFailedEventDetails=details)

    def ended(self, how):
        return self._add(f"Execution{how}")

    def told(self) -> Narrative:
        narrative = Narrative()
        narrative.hear(self.events)
        return narrative

    def _add(self, kind, **details):
        number = len(self.events) + 1
        when = BEGAN + timedelta(seconds=number)
        self.events.append({"id": number, "type": kind, "timestamp": when, **details})
        return self


def copying() -> Execution:
    """An execution that has looked at its copies twice."""
    execution = Execution().entered("Copy snapshots").answered(copies=["snap-1"])
    for percent in (10, 60):
        execution.entered("Look at copies")
        execution.answered(
            state="pending", percent=percent, waitingFor=f"copy snap-1 is {percent} % done"
        )
        execution.entered("Copies available?", kind="Choice")
        execution.entered("Wait for copies", kind="Wait")
    return execution


def test_a_polling_loop_is_one_chapter_however_often_it_turns():
    narrative = copying().told()

    assert [it.state for it in narrative.chapters] == ["Copy snapshots", "Look at copies"]
    assert narrative.chapters[1].turns == 2


def test_a_chapter_ends_when_the_next_one_begins():
    first, second = copying().told().chapters

    assert first.ended == second.began
    assert second.ended is None


def test_the_last_answer_says_how_far_it_is_and_what_is_waited_for():
    narrative = copying().told()

    assert narrative.state == "Wait for copies"
    assert narrative.current.percent == 60
    assert narrative.current.waiting_for == "copy snap-1 is 60 % done"


def test_an_answer_through_the_lambda_integration_is_read_from_its_payload():
    narrative = Execution().entered("Look at copies").answered(Payload={"percent": 40}).told()

    assert narrative.current.percent == 40


def test_events_that_come_twice_are_heard_once():
    execution = copying()
    narrative = execution.told()
    narrative.hear(execution.events)

    assert narrative.chapters[1].turns == 2


def test_a_failure_that_a_retry_overcomes_is_forgotten():
    execution = Execution().entered("Share snapshots").failed("Restore.Throttled", "slow down")
    assert execution.told().current.error == "Restore.Throttled: slow down"

    assert execution.answered(state="shared").told().current.error is None


def test_what_a_function_says_of_its_error_is_unwrapped():
    wrapped = json.dumps({"errorType": "Restore.AccessDenied", "errorMessage": "not allowed"})
    narrative = Execution().entered("Plan restore").failed("Restore.AccessDenied", wrapped).told()

    assert narrative.current.error == "Restore.AccessDenied: not allowed"


@pytest.mark.parametrize(
    ("how", "status"), [("Succeeded", "SUCCEEDED"), ("Failed", "FAILED"), ("TimedOut", "TIMED_OUT")]
)
def test_the_end_closes_the_last_chapter(how, status):
    narrative = copying().ended(how).told()

    assert narrative.end == status
    assert narrative.current.is_over


def shown(narrative: Narrative, **settings) -> str:
    stream = io.StringIO()
    Live(stream, **({"is_terminal": False, "colour": False} | settings)).show(narrative)
    return stream.getvalue()


def test_without_a_terminal_there_are_plain_lines_that_fit():
    text = shown(copying().told())

    assert "\x1b" not in text
    assert "+ Copy snapshots" in text
    assert "Wait for copies" in text and "60 %" in text
    assert "copy snap-1 is 60 % done" in text
    assert max(map(len, text.splitlines())) <= 80


def test_without_a_terminal_a_line_is_written_only_when_there_is_news():
    stream = io.StringIO()
    live, narrative = Live(stream, is_terminal=False, colour=False), copying().told()
    live.show(narrative)
    before = stream.getvalue()
    live.show(narrative)

    assert stream.getvalue() == before


def test_a_terminal_is_rewritten_and_keeps_a_line_per_finished_task():
    stream = io.StringIO()
    live, execution = Live(stream, is_terminal=True, colour=False), copying()
    for _ in range(3):
        live.show(execution.told())
    live.show(execution.ended("Succeeded").told())

    left = stream.getvalue().split(ERASE_BELOW)[-1]
    assert "+ Look at copies" in left and "2 looks" in left
    assert stream.getvalue().count("+ Copy snapshots") == 1


def test_colour_is_only_used_where_it_is_wanted():
    assert "\x1b[32m" in shown(copying().told(), is_terminal=True, colour=True)
    assert "\x1b[32m" not in shown(copying().told(), is_terminal=True, colour=False)


def test_no_color_is_respected(monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert Live.on(Terminal()).colour
    monkeypatch.setenv("NO_COLOR", "1")
    assert not Live.on(Terminal()).colour
    assert Live.on(Terminal()).is_terminal


def test_a_narrow_terminal_is_not_overrun():
    long = (
        Execution()
        .entered("Look at copies in target account")
        .answered(percent=5, waitingFor="copy " * 40)
    )
    text = shown(long.told(), is_terminal=True, width=40)

    lines = text.replace(ERASE_BELOW, "").split("\r")[0].split("\n")
    assert max(map(len, lines)) <= 40
