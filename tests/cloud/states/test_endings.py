"""An execution ends in time, once, and for good."""

import time

from machine import WAIT_SCALE

LONG_WAIT = {"Wait": {"Type": "Wait", "Seconds": 300, "End": True}}


def test_an_execution_times_out_after_the_definitions_own_timeout(states):
    ended = states.run(LONG_WAIT, TimeoutSeconds=20)

    assert ended.status == "TIMED_OUT"
    assert ended.seconds < 300 * WAIT_SCALE
    assert len(states.events(ended.arn, "ExecutionTimedOut")) == 1


def test_an_execution_that_ends_in_time_does_not_time_out(states):
    quick = {"Pass": {"Type": "Pass", "End": True}}

    ended = states.run(quick, TimeoutSeconds=20)
    time.sleep(30 * WAIT_SCALE)

    assert states.ended(ended.arn).status == "SUCCEEDED"
    assert states.events(ended.arn, "ExecutionTimedOut") == []


def test_an_execution_that_fails_has_an_error_and_a_cause_and_no_output(states):
    ended = states.run({"Fail": {"Type": "Fail", "Error": "Restore.TimedOut", "Cause": "late"}})

    told = {it: ended.description.get(it) for it in ("status", "error", "cause", "output")}
    assert told == {
        "status": "FAILED",
        "error": "Restore.TimedOut",
        "cause": "late",
        "output": None,
    }


def test_an_execution_stopped_during_a_task_stays_aborted_and_tries_nothing_more(states):
    task = states.task(
        {"sleep": 0.5, "fail": "Restore.Throttled"},
        Retry=[{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 3}],
        Catch=[{"ErrorEquals": ["States.ALL"], "Next": "Caught"}],
        End=True,
    )
    execution = states.start(states.create({"Task": task, "Caught": {"Type": "Pass", "End": True}}))
    states.until(execution, "TaskScheduled")

    states.client.stop_execution(executionArn=execution, cause="enough")
    states.until(execution, "TaskFailed")
    time.sleep(0.5)

    assert states.ended(execution).status == "ABORTED"
    assert len(states.events(execution, "TaskScheduled")) == 1
    assert states.events(execution, "PassStateEntered") == []
    assert states.events(execution, "ExecutionFailed") == []


def test_a_branch_of_a_stopped_execution_goes_no_further(states):
    waiting = {"Type": "Wait", "Seconds": 1 / WAIT_SCALE, "Next": "Task"}
    branch = {"StartAt": "Wait", "States": {"Wait": waiting, "Task": states.task({}, End=True)}}
    parallel = {"Type": "Parallel", "Branches": [branch], "End": True}
    execution = states.start(states.create({"Parallel": parallel}))
    states.until(execution, "ParallelStateEntered")

    states.client.stop_execution(executionArn=execution)
    time.sleep(1.5)

    assert states.events(execution, "TaskScheduled") == []
