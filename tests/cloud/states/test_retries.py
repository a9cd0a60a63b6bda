"""Retriers wait as they say."""

import pytest
from machine import WAIT_SCALE


def seconds_waited(states, **retrier):
    """How long an execution takes, in its own seconds, that retries by `retrier` and fails."""
    retry = [{"ErrorEquals": ["Restore.Throttled"], **retrier}]
    task = states.task({"fail": "Restore.Throttled"}, Retry=retry, End=True)
    ended = states.run({"Task": task})
    assert ended.error == "Restore.Throttled"
    attempts = states.events(ended.arn, "TaskScheduled")
    assert len(attempts) == 1 + retrier["MaxAttempts"]
    waited = attempts[-1]["timestamp"] - attempts[0]["timestamp"]
    return waited.total_seconds() / WAIT_SCALE


@pytest.fixture(scope="module", autouse=True)
def _warm(states):
    """The function's first start is not part of any wait."""
    states.run({"Task": states.task({}, End=True)})


def test_the_interval_grows_by_the_backoff_rate_up_to_the_maximum(states):
    waited = seconds_waited(
        states, IntervalSeconds=20, BackoffRate=2, MaxDelaySeconds=30, MaxAttempts=3
    )

    assert 20 + 30 + 30 <= waited < 20 + 40 + 80


def test_an_interval_above_a_minute_is_waited_in_full(states):
    waited = seconds_waited(states, IntervalSeconds=100, BackoffRate=1, MaxAttempts=1)

    assert waited >= 100


def test_full_jitter_waits_less_than_the_interval_and_differs(states):
    jitter = {"IntervalSeconds": 60, "BackoffRate": 1, "JitterStrategy": "FULL"}
    waits = [seconds_waited(states, **jitter, MaxAttempts=1) for _ in range(6)]

    assert all(wait < 60 + 20 for wait in waits)
    assert max(waits) - min(waits) > 5
