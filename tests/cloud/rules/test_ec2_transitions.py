"""What becomes of resources when work on them is done, by a clock that these tests hold."""

from types import SimpleNamespace

import pytest
from resource_plane import progress, settings
from resource_plane.ec2 import transitions
from resource_plane.ec2.transitions import after, cancel, settle


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    """Holds the clock, and leaves nothing to come behind."""
    held = SimpleNamespace(now=100.0)
    monkeypatch.setattr(progress, "clock", lambda: held.now)
    settings.change({"durations": {"volume": 10, "instance": 4, "instance-status": 5}})
    yield held
    transitions.forget_all()
    progress.forget_all()
    settings.restore_defaults()


@pytest.fixture
def seen():
    """What has happened, in order."""
    return []


def test_nothing_happens_before_its_time_and_once_after_it(clock, seen):
    after("volume", "vol-1", lambda work: seen.append(work.resource_id))
    clock.now += 9
    settle()
    assert seen == []

    clock.now += 1
    settle()
    settle()
    assert seen == ["vol-1"]


def test_what_is_due_happens_in_the_order_of_its_times(clock, seen):
    after("volume", "later", lambda _: seen.append("later"))
    after("instance", "sooner", lambda _: seen.append("sooner"))

    clock.now += 100
    settle()

    assert seen == ["sooner", "later"]


def test_what_follows_began_when_the_first_was_done_and_not_when_somebody_looked(clock, seen):
    def launched(work):
        after("instance-status", "i-1/status", lambda _: seen.append("ok"), following=work)

    after("instance", "i-1", launched)
    clock.now += 4 + 3
    settle()
    assert progress.work_on("i-1/status").percent == 60

    clock.now += 2
    settle()
    assert seen == ["ok"]


def test_a_whole_chain_that_is_due_happens_at_one_look(clock, seen):
    def launched(work):
        after("instance-status", "i-1/status", lambda _: seen.append("ok"), following=work)

    after("instance", "i-1", launched)
    clock.now += 9
    settle()

    assert seen == ["ok"]


def test_later_work_takes_the_place_of_earlier_on_the_same_resource(clock, seen):
    after("volume", "vol-1", lambda _: seen.append("made"))
    after("instance", "vol-1", lambda _: seen.append("deleted"))

    clock.now += 100
    settle()

    assert seen == ["deleted"]


def test_what_is_cancelled_does_not_happen(clock, seen):
    after("volume", "vol-1", lambda _: seen.append("made"))

    cancel("vol-1")
    clock.now += 100
    settle()

    assert (seen, progress.work_on("vol-1")) == ([], None)
