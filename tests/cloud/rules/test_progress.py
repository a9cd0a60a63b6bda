"""Work takes the time it is given and ends as it is told, by a clock that these tests hold."""

import pytest
from resource_plane import progress, settings
from resource_plane.progress import Failure, begin, order_failure, work_on


class Clock:
    """A clock that stands until it is moved."""

    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    """Holds the clock, and leaves no work behind."""
    held = Clock()
    monkeypatch.setattr(progress, "clock", held)
    settings.change({"durations": {"volume": 10}})
    yield held
    progress.forget_all()
    settings.restore_defaults()


def test_work_goes_on_with_the_clock_and_is_done_when_its_time_is_over(clock):
    work = begin("volume", "vol-1")
    seen = []
    for _ in range(5):
        seen.append((work.percent, work.done))
        clock.now += 3
    assert seen == [(0, False), (30, False), (60, False), (90, False), (100, True)]


def test_work_is_found_by_its_resource_and_the_latest_counts(clock):
    assert work_on("vol-1") is None
    begin("volume", "vol-1")
    clock.now += 10
    later = begin("instance", "vol-1", seconds=4)
    assert work_on("vol-1") is later
    clock.now += 1
    assert (later.percent, work_on("vol-2")) == (25, None)
    progress.forget("vol-1")
    assert work_on("vol-1") is None


def test_work_of_no_time_is_done_at_once():
    assert begin("volume", "vol-1", seconds=0).percent == 100


def test_the_last_percent_is_kept_until_the_end(clock):
    work = begin("volume", "vol-1")
    clock.now += 9.999
    assert (work.percent, work.done) == (99, False)


def test_work_that_is_bound_to_fail_does_so_only_at_its_end(clock):
    fate = Failure("error", "Given key ID is not accessible")
    work = begin("snapshot-copy", "snap-1", seconds=10, failure=fate)
    clock.now += 9
    assert work.failure is None
    clock.now += 1
    assert work.failure == fate


def test_an_ordered_failure_hits_the_next_work_of_its_kind_and_no_more(clock):
    order_failure("volume", "error", "no capacity")
    other = begin("instance", "i-1", seconds=1)
    hit, spared = begin("volume", "vol-1"), begin("volume", "vol-2")
    clock.now += 10
    assert [work.failure for work in (other, hit, spared)] == [
        None,
        Failure("error", "no capacity"),
        None,
    ]


def test_an_ordered_failure_waits_for_the_work_that_it_matches(clock):
    order_failure("volume", "error", "", {"account": "444455556666", "region": "eu-west-1"}, 2)
    facts = [
        {"account": "444455556666", "region": "eu-central-1"},
        {"account": "444455556666", "region": "eu-west-1"},
        {"account": "111122223333", "region": "eu-west-1"},
        {"account": "444455556666", "region": "eu-west-1"},
        {"account": "444455556666", "region": "eu-west-1"},
    ]
    made = [begin("volume", f"vol-{number}", **told) for number, told in enumerate(facts)]
    clock.now += 10
    assert [work.failure is not None for work in made] == [False, True, False, True, False]


def test_work_under_way_is_failed_by_the_id_of_its_resource(clock):
    work = begin("volume", "vol-1")
    clock.now += 5
    order_failure("volume", "error", "too late?", {"id": "vol-1"})
    assert work.failure is None
    clock.now += 5
    assert work.failure == Failure("error", "too late?")
    again = begin("volume", "vol-1")
    clock.now += 10
    assert again.failure is None


def test_work_that_is_done_is_not_failed_afterwards(clock):
    work = begin("volume", "vol-1")
    clock.now += 10
    order_failure("volume", "error", "", {"id": "vol-1"})
    assert work.failure is None
