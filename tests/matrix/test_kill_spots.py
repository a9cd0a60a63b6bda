"""A restore has the same places to be killed at, however often it looks on its way."""

import pytest

from matrix import recorded
from matrix.points import Point
from matrix.recorded import ID
from matrix.spots import Spot, Stretch, spots_of

DESCRIBE, TERMINATE = "ec2:DescribeInstances", "ec2:TerminateInstances"
DELETE, COPY = "ec2:DeleteSnapshot", "ec2:CopySnapshot"


def call(action, invocation, function="clean-up", **more):
    return recorded.call(function, action, invocation, **more)


def looks(*invocations):
    """So many looks, each by an invocation of its own."""
    return [call(DESCRIBE, it) for it in invocations]


def cleaned_up(*looked):
    """A clean-up that looks so often for the end of its instance."""
    return [
        call(DESCRIBE, "1"),
        call(TERMINATE, "1"),
        *looks(*looked),
        call(DESCRIBE, "last"),
        call(DELETE, "last"),
        call(DESCRIBE, "last"),
    ]


CLEAN_UP = Stretch(frozenset({"clean-up"}))


def points(spots):
    return [(it.point.action, it.point.nth, it.after and it.after.action) for it in spots]


@pytest.mark.parametrize("looked", [[], ["2"], ["2", "3", "4", "5"]], ids=len)
def test_it_has_the_same_places_however_often_it_looks(looked):
    assert points(spots_of(cleaned_up(*looked), ID, CLEAN_UP)) == [
        (DESCRIBE, 1, None),
        (TERMINATE, 1, None),
        (DELETE, 1, None),
        (DESCRIBE, 1, DELETE),
    ]


def test_a_look_after_a_change_counts_from_it_within_its_invocation():
    calls = [call(TERMINATE, "1"), call(DESCRIBE, "1"), call(DESCRIBE, "1"), *looks("2", "3")]

    assert points(spots_of(calls, ID, CLEAN_UP)) == [
        (TERMINATE, 1, None),
        (DESCRIBE, 1, TERMINATE),
        (DESCRIBE, 2, TERMINATE),
    ]


def test_what_aws_refused_changed_nothing_and_is_no_place():
    refused = call(DELETE, "1", outcome="InvalidSnapshot.InUse")
    calls = [call(TERMINATE, "1"), refused, call(DELETE, "2"), call(DESCRIBE, "2")]

    assert points(spots_of(calls, ID, CLEAN_UP)) == [(TERMINATE, 1, None), (DELETE, 2, None)]


def test_only_the_restores_own_calls_of_the_stretch_are_places():
    calls = [
        call(DESCRIBE, "1", "copy-snapshot"),
        call(COPY, "1", "copy-snapshot"),
        call(DESCRIBE, "2", "wait-until-available"),
        call(COPY, "x", "copy-snapshot", session="another"),
        call(DESCRIBE, "3", "copy-snapshot"),
        call(DELETE, "3", "copy-snapshot"),
        call(DESCRIBE, "3", "copy-snapshot"),
        call(COPY, "4", "copy-snapshot"),
        call(DESCRIBE, "5", "copy-snapshot"),
    ]
    stretch = Stretch.between(("copy-snapshot", DELETE), ("copy-snapshot", COPY))

    assert points(spots_of(calls, ID, stretch)) == [
        (DESCRIBE, 2, None),
        (DELETE, 1, None),
        (DESCRIBE, 1, DELETE),
        (COPY, 2, None),
    ]


def test_it_is_killed_there_once_the_change_before_has_been_seen():
    first, last = Point("clean-up", DELETE, 2), Point("clean-up", DESCRIBE, 3)

    alone = Spot(first, None).killed(True, 4)
    seen, kill = Spot(last, first).killed(False, 4)

    assert [(it["kind"], it["skip"], it.get("after")) for it in alone] == [("kill", 1, None)]
    assert (seen["kind"], seen["seconds"], seen["skip"]) == ("delay", 0, 1)
    assert (kill["kind"], kill["skip"], kill["after"], kill["effect"]) == ("kill", 2, 4, False)
    assert kill["match"] == last.match


def test_a_stretch_can_begin_after_a_call_that_another_run_has_made_before():
    share, copy = "share-snapshot", "copy-snapshot"
    calls = [
        call("ec2:DescribeSnapshots", "1", share),
        call(COPY, "2", copy),
        call("ec2:DescribeSnapshots", "3", share),
        call(COPY, "4", copy),
        call(DESCRIBE, "4", copy),
    ]
    stretch = Stretch(frozenset({copy}), since=(share, "ec2:DescribeSnapshots"), last=(copy, COPY))

    assert points(spots_of(calls, ID, stretch)) == [(COPY, 2, None)]
