"""The RTO/RPO table tells what was reached, and not more."""

import io

import pytest

from recovery.table import objective, print_table, rows, span

NAMES = {"waves[0].restores[0]": "rds-cross-region"}


def held(target, seconds, met):
    told = {"targetMinutes": target, "seconds": seconds, "met": met}
    return {name: it for name, it in told.items() if it is not None}


def outcome(restore, **objectives):
    told = {
        "wave": "databases",
        "path": "waves[0].restores[0]",
        "restoreId": "orders",
        "status": "succeeded",
        "startedAt": "2026-11-26T03:05:00Z",
        "upAt": "2026-11-26T03:30:00.123456789Z",
        "endedAt": "2026-11-26T04:30:00.123456789Z",
        "recoveryPoint": "2026-11-26T02:00:00Z",
        "seconds": 1500,
        "rto": held(60, 1800, True),
        "rpo": held(120, 3600, True),
    }
    kept = {name: it for name, it in (told | restore).items() if it is not None}
    summary = {"rto": held(60, 1800, True), "rpo": held(120, 3600, True), "left": 0}
    return {"summary": summary | objectives, "restores": [kept]}


def met(restore):
    [row] = rows(outcome(restore), NAMES)
    return row[-1]


def test_a_row_tells_of_wave_flow_status_age_and_time():
    [row] = rows(outcome({}), NAMES)

    assert row == ("databases", "rds-cross-region", "succeeded", "1:00:00", "0:25:00", "yes")


def test_what_an_earlier_run_had_finished_is_not_told_as_done_by_this_one():
    found = {"foundFinished": True, "upAt": None, "recoveryPoint": None, "seconds": None}
    unknown = {"rto": held(60, None, None), "rpo": held(120, None, None)}

    [row] = rows(outcome(found | unknown), NAMES)

    assert row == ("databases", "rds-cross-region", "earlier", "-", "-", "unknown")


@pytest.mark.parametrize(
    ("restore", "expected"),
    [
        ({}, "yes"),
        ({"rto": held(60, 3601, False)}, "NO"),
        ({"rpo": held(120, 7201, False)}, "NO"),
        ({"status": "failed", "rto": held(60, None, False), "rpo": held(120, None, None)}, "NO"),
        ({"status": "failed", "rto": {}, "rpo": held(120, None, None)}, "NO"),
        ({"rpo": held(120, None, None)}, "unknown"),
        ({"rto": held(60, None, None), "rpo": held(120, 7201, False)}, "NO"),
        ({"rto": {"seconds": 9}, "rpo": {}}, "-"),
        ({"rto": {}}, "yes"),
    ],
)
def test_a_restores_targets_are_met_where_all_that_there_are_are_known_to_be(restore, expected):
    assert met(restore) == expected


@pytest.mark.parametrize(
    ("reached", "words"),
    [
        ({"targetMinutes": 60, "seconds": 90, "met": True}, "0:01:30, target 1:00:00: met"),
        (
            {"targetMinutes": 1, "seconds": 90, "met": False},
            "0:01:30, target 0:01:00: MISSED",
        ),
        ({"targetMinutes": 1, "seconds": 9}, "0:00:09, target 0:01:00: not known to be met"),
        ({"seconds": 9}, "0:00:09, no target"),
        ({}, "-, no target"),
    ],
)
def test_what_is_not_known_to_be_met_is_not_told_as_met(reached, words):
    assert objective(reached, "after") == f"after {words}"


def test_the_table_fits_a_terminal_and_ends_with_the_plans_targets_and_what_is_left():
    names = {"waves[0].restores[0]": "rds-cross-account-cross-region"}
    stream = io.StringIO()

    print_table(outcome({}), names, stream)

    lines = stream.getvalue().splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[0].split() == ["wave", "restore", "status", "age", "took", "met"]
    assert lines[-3].startswith("  RTO: complete after 0:30:00")
    assert lines[-2].startswith("  RPO: oldest data 1:00:00")
    assert lines[-1] == "  left behind: nothing"


def test_what_restores_have_left_behind_is_told_by_its_number():
    stream = io.StringIO()

    print_table(outcome({"status": "failed"}, left=3), NAMES, stream)

    assert stream.getvalue().endswith("\n  left behind: 3\n")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(None, "-"), (0, "0:00:00"), (59.6, "0:01:00"), (61, "0:01:01"), (360_060, "100:01:00")],
)
def test_spans_are_told_in_hours_minutes_and_seconds(seconds, words):
    assert span(seconds) == words
