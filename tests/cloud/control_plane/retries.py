"""Retriers wait as `MaxDelaySeconds` and `JitterStrategy` say.

ministack accepts both and heeds neither, and waits a minute at most whatever the interval. On AWS
the interval grows by `BackoffRate` up to `MaxDelaySeconds`, and with `JitterStrategy` `FULL` the
wait is drawn evenly from nothing to that interval (SFN/concepts-error-handling).
"""

import random

from ministack.services import stepfunctions as states


def mend() -> None:
    """Waits where a retrier is found, and leaves ministack no wait of its own."""
    find = states._find_matching_retrier

    def find_and_wait(retriers, error, retry_counts):
        retrier, index = find(retriers, error, retry_counts)
        if retrier is None:
            return None, -1
        states._scaled_sleep(delay(retrier, retry_counts.get(index, 0)))
        return {**retrier, "IntervalSeconds": 0}, index

    states._find_matching_retrier = find_and_wait


def delay(retrier: dict, retries: int) -> float:
    """The seconds before the next attempt, after `retries` retries by `retrier`."""
    interval = retrier.get("IntervalSeconds", 1) * retrier.get("BackoffRate", 2.0) ** retries
    interval = min(interval, retrier.get("MaxDelaySeconds", interval))
    if retrier.get("JitterStrategy") == "FULL":
        return random.uniform(0, interval)
    return interval
