"""Which kills share a restore: each has one place, and none hides what another leaves behind."""

from itertools import combinations

import pytest

from matrix.case import Outcome
from matrix.kills import (
    Kill,
    Killed,
    all_kills,
    apart,
    count,
    distinct_kills,
    is_quiet,
    not_reached,
    put_together,
)
from matrix.points import Point, path
from matrix.recorded import ID, call

CALLS = [
    call("plan-restore", "sts:AssumeRole", "1", RoleSessionName=ID),
    call("plan-restore", "ec2:CopySnapshot", "1", DryRun=True),
    call("copy-snapshot", "sts:AssumeRole", "2", RoleSessionName=ID),
    call("copy-snapshot", "ec2:CopySnapshot", "2"),
    call("copy-snapshot", "ec2:DescribeSnapshots", "2"),
    call("wait-until-available", "ec2:DescribeSnapshots", "3"),
    call("copy-snapshot", "ec2:DescribeSnapshots", "4"),
    call("copy-snapshot", "sts:AssumeRole", "5", RoleSessionName="another restore's"),
]
"""Two snapshots, of which the first is copied, by two invocations."""


@pytest.fixture
def seen():
    return path(CALLS, ID)


def test_a_point_is_a_function_an_action_and_an_occurrence(seen):
    assert [str(it) for it in seen.points] == [
        "plan-restore sts:AssumeRole #1",
        "plan-restore ec2:CopySnapshot #1",
        "copy-snapshot sts:AssumeRole #1",
        "copy-snapshot ec2:CopySnapshot #1",
        "copy-snapshot ec2:DescribeSnapshots #1",
        "wait-until-available ec2:DescribeSnapshots #1",
        "copy-snapshot ec2:DescribeSnapshots #2",
    ]


@pytest.mark.parametrize(
    ("point", "answer_lost", "never_arrived"),
    [
        (Point("plan-restore", "ec2:CopySnapshot", 1), True, True),
        (Point("copy-snapshot", "sts:AssumeRole", 1), True, True),
        (Point("copy-snapshot", "ec2:CopySnapshot", 1), False, True),
        (Point("copy-snapshot", "ec2:DescribeSnapshots", 1), False, False),
        (Point("copy-snapshot", "ec2:DescribeSnapshots", 2), True, True),
    ],
    ids=str,
)
def test_a_kill_is_quiet_before_its_invocation_has_changed_anything(
    seen, point, answer_lost, never_arrived
):
    assert is_quiet(seen, Kill(point, effect=True)) == answer_lost
    assert is_quiet(seen, Kill(point, effect=False)) == never_arrived


def test_a_read_is_killed_once_and_what_changes_something_both_ways(seen):
    kills = distinct_kills(seen)

    assert {it.point for it in kills} == set(seen.points)
    assert [it.point for it in all_kills(seen) if it not in kills] == [
        it for it in seen.points if it not in seen.writes
    ]


def test_every_kill_has_one_place_beside_those_that_hide_nothing_of_it(seen):
    kills = all_kills(seen)
    cases = put_together("ec2-cross-region", seen, kills)

    assert sorted(it for case in cases for it in case.kills) == sorted(kills)
    assert len(cases) < len(kills)
    for case in cases:
        for one, other in combinations(case.kills, 2):
            loud = [it for it in (one, other) if not is_quiet(seen, it)]
            apart = one.point.function != other.point.function
            assert apart or not loud
            assert len(loud) < 2 or "clean-up" not in (one.point.function, other.point.function)


def test_kills_of_one_function_follow_each_other_invocation_by_invocation(seen):
    first, lost, again = seen.points[2], seen.points[3], seen.points[6]
    case = Killed.of(
        "ec2-cross-region",
        seen,
        Kill(first, effect=True),
        Kill(seen.points[0], effect=True),
        Kill(lost, effect=False),
        Kill(again, effect=False),
    )

    placed = [(it["skip"], it.get("after")) for it in case.injections]
    # The second look is the second invocation's, which comes after the first one, run again.
    assert placed == [(0, None), (0, None), (0, 0), (1, 2)]
    later = Killed.of("ec2-cross-region", seen, Kill(again, effect=True), Kill(again, effect=False))
    assert [(it["skip"], it.get("after")) for it in later.injections] == [(1, None), (0, 0)]


def test_only_a_look_may_be_missed(seen):
    for case in put_together("ec2-cross-region", seen, all_kills(seen)):
        missed = {case.kills[place].point.function for place in case.may_miss}
        assert missed <= {"wait-until-available"}


def test_what_modifies_a_db_instance_only_looks_once_it_has_asked_for_that():
    describe, modify = "rds:DescribeDBInstances", "rds:ModifyDBInstance"
    asks = [call("create-instance", it, "1") for it in (describe, modify)]
    looks = [call("create-instance", describe, it) for it in ("2", "3")]

    points = path([*asks, *looks], ID).points

    assert [(it.action, it.is_look) for it in points] == [
        (describe, False),
        (modify, False),
        (describe, True),
        (describe, True),
    ]


def test_kills_that_did_not_fire_or_after_which_something_is_off_are_not_counted_as_passed(seen):
    places = [seen.points[0], seen.points[3], seen.points[5]]
    several = Killed.of("ec2-cross-region", seen, *(Kill(it, effect=True) for it in places))
    good = Outcome(several, (), fired=(1, 1, 1))
    missed = Outcome(several, (), fired=(1, 0, 1))
    off = Outcome(several, ("something is left",), fired=(1, 1, 1))

    assert count([good]) == (3, 3, 0)
    assert count([missed]) == (3, 2, 1)
    assert count([off]) == (3, 0, 0)
    assert [it.kills for it in apart(off)] == [(it,) for it in several.kills]


def test_a_kill_is_named_as_not_reached_unless_it_fired_in_some_restore(seen):
    look = Kill(seen.points[5], effect=False)
    both = Killed.of("ec2-cross-region", seen, Kill(seen.points[0], effect=True), look)
    without = Outcome(both, (), fired=(1, 0))
    alone = Killed.of("ec2-cross-region", seen, look)

    told = [str(it) for it in not_reached([without, Outcome(alone, (), fired=(0,))])]
    assert told == ["wait-until-available ec2:DescribeSnapshots #1, never arrived"]
    assert not_reached([without, Outcome(alone, (), fired=(1,))]) == []
    assert not_reached([Outcome(alone, ("it did not even begin",))]) == [look]
