"""A test stops an execution in a task, or has it time out there, however short that is."""

import json

from bus import Bus


def three_tasks(states):
    return states.create(
        {
            "First": states.task({}, Next="Second"),
            "Second": states.task({}, Next="Third"),
            "Third": states.task({}, End=True),
        }
    )


def entered(states, execution):
    """The tasks that it has entered."""
    events = states.events(execution, "TaskStateEntered")
    return [it["stateEnteredEventDetails"]["name"] for it in events]


def test_an_execution_is_stopped_in_the_task_whose_answer_is_not_heard(states):
    ended = states.ended(states.start(f"{three_tasks(states)}#stop in Second"))

    assert (ended.status, ended.description["cause"]) == ("ABORTED", "stopped by a test")
    assert entered(states, ended.arn) == ["First", "Second"]
    assert len(states.events(ended.arn, "ExecutionAborted")) == 1


def test_an_execution_times_out_in_the_task_and_that_is_told_as_of_any_other(states):
    waiting = {"Wait": {"Type": "Wait", "Seconds": 300, "End": True}}
    slow, quick = states.create(waiting, TimeoutSeconds=1), three_tasks(states)
    bus = Bus(states)
    heard = bus.queue()
    detail = {"stateMachineArn": [slow, quick], "status": ["TIMED_OUT"]}
    bus.rule(heard, EventPattern=json.dumps({"source": ["aws.states"], "detail": detail}))
    by_itself = states.ended(states.start(slow))
    said = bus.event_in(heard)

    ended = states.ended(states.start(f"{quick}#time out in Second"))

    assert ended.status == "TIMED_OUT"
    assert ended.description.keys() == by_itself.description.keys()
    assert entered(states, ended.arn) == ["First", "Second"]
    assert len(states.events(ended.arn, "ExecutionTimedOut")) == 1
    said_by_test = bus.event_in(heard)
    assert said_by_test["detail"]["executionArn"] == ended.arn
    assert differing(said, said_by_test) <= {"id", "time", "resources", "detail"}
    own = {"executionArn", "stateMachineArn", "name", "startDate", "stopDate"}
    assert differing(said["detail"], said_by_test["detail"]) <= own


def differing(one, other):
    """The names under which two events say different things."""
    return {it for it in one.keys() | other.keys() if one.get(it) != other.get(it)}


def test_an_execution_that_never_comes_to_the_task_is_not_stopped(states):
    machine = states.create({"First": states.task({}, End=True)})

    ended = states.ended(states.start(f"{machine}#stop in Second"))

    assert ended.status == "SUCCEEDED"


def test_an_execution_can_be_refused_something_before_it_is_stopped(states):
    tried_again = [{"ErrorEquals": ["States.TaskFailed"], "IntervalSeconds": 1}]
    machine = states.create(
        {
            "First": states.task({}, Next="Second", Retry=tried_again),
            "Second": states.task({}, End=True),
        }
    )

    ended = states.ended(
        states.start(f"{machine}#Name.OfError 1 times in First and stop in Second")
    )

    assert ended.status == "ABORTED"
    assert len(states.events(ended.arn, "TaskFailed")) == 1
