"""A restore that comes off its way ends as it must, though it is killed at any call it makes there.

It fails or is stopped, and is cleaned up after; it goes on at another place, where there is no
capacity; it makes anew what an earlier run has made in vain. `detours` tells how each comes there,
and how it must end: with what was asked for, or with nothing left. Killed is one invocation of one
restore at one call, as in `test_kill.py`, at the calls that its flow's own way has not: all of them
with `MATRIX=all`, else at some, of some of the detours, others each day.
"""

import random

import pytest

from matrix.case import Case
from matrix.detours import WAYS
from matrix.pool import run_all
from matrix.report import counted
from matrix.selection import EVERYTHING, SEED, again, due
from matrix.spots import spots_of
from matrix.undisturbed import recorded

DETOURS_A_DAY, SAMPLE = 3, 3
"""Of how many how many kills are tried when not everything is."""


def case(name, spot=None, effect=False):
    """A restore on the detour, killed at the spot if one is given."""
    way = WAYS[name]
    how = "answer lost" if effect else "never arrived"
    return Case(
        name,
        f"killed at {spot}, {how}" if spot else "undisturbed",
        way.expect,
        way.injections + (spot.killed(effect, len(way.injections)) if spot else ()),
        asking={"options": {"onFailure": "cleanUp"}},
        act=way.act,
    )


def chosen(name, spots):
    """Cases of the detour: all, or a sample that the seed decides."""
    cases = [case(name, spot, effect) for spot in spots for effect in (True, False)]
    return cases if EVERYTHING else random.Random(f"{SEED} {name}").sample(cases, SAMPLE)


@pytest.fixture(scope="module")
def outcomes(request, worlds, report):
    """The outcomes of the detours whose tests are selected, by detour."""
    names = [
        item.callspec.params["name"]
        for item in request.session.items
        if getattr(item, "function", None) is test_a_restore_killed_off_its_way_ends_as_it_must
    ]
    undisturbed, calls = recorded(worlds, [case(name) for name in names])
    spots = {
        it.case.flow: spots_of(calls, it.restore_id, WAYS[it.case.flow].stretch)
        for it in undisturbed
    }
    done = run_all(worlds, [it for name in names for it in chosen(name, spots[name])])
    by_name = {name: [it for it in done if it.case.flow == name] for name in names}
    for name, mine in by_name.items():
        title = f"kill matrix, {name}: {len(spots[name])} points, {counted(mine)}"
        notes = map(str, spots[name])
        if not EVERYTHING:
            notes = [again(2 * len(spots[name])), *(it.case.name for it in mine)]
        report.add(title, mine, notes)
    return by_name


@pytest.mark.parametrize("name", due(WAYS, DETOURS_A_DAY))
def test_a_restore_killed_off_its_way_ends_as_it_must(outcomes, name):
    assert outcomes[name]
    assert [str(it) for it in outcomes[name] if not it.passed] == []


def test_nothing_at_all_is_left_of_all_these_restores(outcomes, worlds):
    assert outcomes
    assert [left for world in worlds if (left := world.left_over())] == []
