"""An hour of waiting is an hour to the definition's expressions, whatever the wait scale."""

from datetime import datetime, timedelta

from machine import WAIT_SCALE

HOUR = 3600 * 1000


def wait_and_tell(seconds, told):
    return {
        "Wait": {"Type": "Wait", "Seconds": seconds, "Next": "Tell"},
        "Tell": {"Type": "Pass", "Output": told, "End": True},
    }


def test_millis_since_the_start_count_what_was_waited(states):
    waited = "{% $millis() - $toMillis($states.context.Execution.StartTime) %}"

    ended = states.run(wait_and_tell(30, waited))

    assert 30_000 <= ended.output < 30_000 + 3_000 / WAIT_SCALE
    assert ended.seconds < 30


def test_now_and_the_entered_time_tell_the_same_time_as_millis(states):
    told = {
        "now": "{% $toMillis($now()) - $millis() %}",
        "entered": "{% $millis() - $toMillis($states.context.State.EnteredTime) %}",
        "picture": "{% $now('[Y0001]') = $fromMillis($millis(), '[Y0001]') %}",
    }

    ended = states.run(wait_and_tell(30, told))

    assert abs(ended.output["now"]) <= 1
    assert 0 <= ended.output["entered"] < 1_000 / WAIT_SCALE
    assert ended.output["picture"] is True


def test_the_api_tells_real_times(states):
    ended = states.run(wait_and_tell(30, "{% $now() %}"))

    took = ended.description["stopDate"] - ended.description["startDate"]
    assert took < timedelta(seconds=30)
    assert datetime.fromisoformat(ended.output) > ended.description["stopDate"]
