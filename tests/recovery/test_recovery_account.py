"""An outcome that does not account for each restore of its plan once is found out."""

import copy

import pytest

from recovery.account import account_findings, ended_well, once, targets_met

PLAN = {
    "planId": "orders-dr",
    "waves": [
        {"name": "databases", "restores": [{"restoreId": "orders"}, {}]},
        {"name": "servers", "restores": [{}]},
    ],
}


def told(wave, path, restore_id, status="succeeded", **more):
    return {"wave": wave, "path": path, "restoreId": restore_id, "status": status, **more}


def counts(restores, **of):
    none = dict.fromkeys(["succeeded", "foundFinished", "failed", "notStarted", "skipped"], 0)
    return {"restores": restores, **none, **of}


def outcome():
    return {
        "summary": {
            "counts": counts(3, succeeded=3),
            "waves": [
                {"name": "databases", "counts": counts(2, succeeded=2)},
                {"name": "servers", "counts": counts(1, succeeded=1)},
            ],
        },
        "restores": [
            told("databases", "waves[0].restores[0]", "orders"),
            told("databases", "waves[0].restores[1]", "r-1"),
            told("servers", "waves[1].restores[0]", "r-2"),
        ],
    }


def off(changed):
    findings = [*account_findings(PLAN, changed), ended_well(changed)]
    return {it.what: it.differences for it in findings if not it.ok}


def test_an_outcome_that_tells_of_each_restore_once_is_right():
    assert off(outcome()) == {}


def test_a_missing_restore_is_found():
    changed = outcome()
    del changed["restores"][2]

    seen = off(changed)

    assert seen["told of each"] == {"missing": ([], ["servers waves[1].restores[0]"])}
    assert {"all", "servers"} == seen["counted"].keys()


def test_a_doubled_restore_is_found():
    changed = outcome()
    changed["restores"].append(copy.deepcopy(changed["restores"][0]))

    seen = off(changed)

    assert seen["told of each"] == {"doubled": ([], ["databases waves[0].restores[0]"])}
    assert seen["told by one id"] == {"doubled": ([], ["orders"])}


def test_an_unknown_restore_is_found():
    changed = outcome()
    changed["restores"].append(told("servers", "waves[1].restores[7]", "r-9"))

    assert off(changed)["told of each"] == {"unknown": ([], ["servers waves[1].restores[7]"])}


def test_one_restore_in_the_place_of_another_is_found():
    changed = outcome()
    changed["restores"][1]["path"] = "waves[0].restores[0]"

    assert off(changed)["told of each"].keys() == {"missing", "doubled"}


def test_a_restore_under_another_id_than_was_given_is_found():
    changed = outcome()
    changed["restores"][0]["restoreId"] = "billing"

    assert off(changed) == {"ids as given": {"waves[0].restores[0]": ("orders", "billing")}}


def test_a_restore_in_another_wave_is_found():
    changed = outcome()
    changed["restores"][2]["wave"] = "databases"

    assert {"missing", "unknown"} == off(changed)["told of each"].keys()


@pytest.mark.parametrize("of", ["all", "databases"])
def test_sums_that_are_not_those_of_the_restores_are_found(of):
    changed = outcome()
    summary = changed["summary"]
    wrong = summary if of == "all" else summary["waves"][0]
    wrong["counts"]["succeeded"] -= 1

    assert off(changed)["counted"].keys() == {of}


def test_what_an_earlier_run_had_finished_is_counted_besides():
    changed = outcome()
    changed["restores"][2]["foundFinished"] = True
    assert off(changed)["counted"].keys() == {"all", "servers"}

    for it in (changed["summary"], changed["summary"]["waves"][1]):
        it["counts"]["foundFinished"] = 1
    assert off(changed) == {}


def test_a_restore_that_has_failed_is_told_with_its_cause():
    changed = outcome()
    changed["restores"][2] |= {"status": "failed", "error": "Restore.TimedOut", "cause": "late"}

    assert off(changed)["all succeeded"] == {"r-2": (None, "failed Restore.TimedOut: late")}


def in_time(**changed):
    """What is held against targets, of the outcome: all of it the same, but for one restore's."""
    reached = {"targetMinutes": 60, "seconds": 1800, "met": True}
    told = outcome()
    for it in (told["summary"], *told["summary"]["waves"], *told["restores"]):
        it |= {"rto": reached, "rpo": {"seconds": 60}}
    told["restores"][2] |= changed
    return targets_met(told)


def test_targets_that_are_met_and_those_that_there_are_not_are_right():
    found = in_time()

    assert found.ok and found.shown == "6 of 6"


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (
            {"rto": {"targetMinutes": 60, "seconds": 3601, "met": False}},
            "r-2, RTO: complete after 1:00:01, target 1:00:00: MISSED",
        ),
        (
            {"rpo": {"targetMinutes": 60, "seconds": 3601, "met": False}},
            "r-2, RPO: oldest data 1:00:01, target 1:00:00: MISSED",
        ),
        # As of an instance that an earlier run had finished.
        (
            {"rpo": {"targetMinutes": 60}},
            "r-2, RPO: oldest data -, target 1:00:00: not known to be met",
        ),
    ],
)
def test_a_target_that_is_missed_or_not_known_to_be_met_is_told(changed, words):
    [(name, (_, told))] = in_time(**changed).differences.items()

    assert f"{name}: {told}" == words


def test_each_is_there_once_or_is_told_of():
    assert once("it", "ab", "ab").ok
    assert once("it", "abc", "aad").differences == {
        "missing": ([], ["b", "c"]),
        "doubled": ([], ["a"]),
        "unknown": ([], ["d"]),
    }
