"""A state machine starts another and waits for it."""

import json
import time
import uuid

import pytest
from machine import WAIT_SCALE, over

FAIL = {"Fail": {"Type": "Fail", "Error": "Restore.Bad", "Cause": "as told"}}
ECHO = {"Echo": {"Type": "Pass", "End": True}}
LONG = {"Wait": {"Type": "Wait", "Seconds": 5 / WAIT_SCALE, "End": True}}


def starting(machine, way="sync:2", given=None, **fields):
    """A Task state that starts `machine`."""
    arguments = {"StateMachineArn": machine, "Input": given or {}, **fields.pop("arguments", {})}
    resource = f"arn:aws:states:::states:startExecution.{way}".removesuffix(".")
    return {"Type": "Task", "Resource": resource, "Arguments": arguments, "End": True, **fields}


def only_child(states, machine):
    """The only execution of `machine`, once there is one."""
    began = time.monotonic()
    while not (listed := states.client.list_executions(stateMachineArn=machine)["executions"]):
        assert time.monotonic() - began < 10, "none was started"
        time.sleep(0.02)
    [child] = listed
    return child["executionArn"]


def test_the_output_of_a_child_is_parsed(states):
    machine = states.create(ECHO)

    ended = states.run({"Start": starting(machine, given={"n": 1})})

    child = states.client.describe_execution(executionArn=only_child(states, machine))
    result = ended.output
    assert result["ExecutionArn"] == child["executionArn"]
    assert result["Output"] == result["Input"] == {"n": 1}
    assert result["Status"] == "SUCCEEDED"
    assert result["StartDate"] == round(child["startDate"].timestamp() * 1000)


def test_the_output_of_a_child_is_text_without_the_second_version(states):
    ended = states.run({"Start": starting(states.create(ECHO), "sync", {"n": 1})})

    assert json.loads(ended.output["Output"]) == {"n": 1}


@pytest.mark.parametrize("way", ["sync", "sync:2"])
def test_a_failed_child_is_described_in_the_cause(states, way):
    machine = states.create(FAIL)

    ended = states.run({"Start": starting(machine, way, {"n": 1})})

    child = states.client.describe_execution(executionArn=only_child(states, machine))
    assert ended.error == "States.TaskFailed"
    assert json.loads(ended.description["cause"]) == {
        "Cause": "as told",
        "Error": "Restore.Bad",
        "ExecutionArn": child["executionArn"],
        "Input": '{"n":1}',
        "InputDetails": {"Included": True},
        "Name": child["name"],
        "RedriveCount": 0,
        "RedriveStatus": "REDRIVABLE",
        "StartDate": round(child["startDate"].timestamp() * 1000),
        "StateMachineArn": machine,
        "Status": "FAILED",
        "StopDate": round(child["stopDate"].timestamp() * 1000),
    }


def test_a_result_above_256_kib_ends_the_parent(states):
    machine = states.create(ECHO)
    half = "{% {'text': $pad('', 150000, 'x')} %}"

    ended = states.run({"Start": starting(machine, given=half)})

    # The input and the output are in it.
    assert ended.error == "States.DataLimitExceeded"


def test_a_child_that_times_out_has_no_error(states):
    ended = states.run({"Start": starting(states.create(LONG, TimeoutSeconds=1))})

    cause = json.loads(ended.description["cause"])
    assert (ended.error, cause["Status"]) == ("States.TaskFailed", "TIMED_OUT")
    assert "Error" not in cause


@pytest.mark.parametrize(("error", "is_caught"), [("Restore.Bad", False), ("States.ALL", True)])
def test_a_childs_own_error_is_not_what_is_caught(states, error, is_caught):
    catch = [{"ErrorEquals": [error], "Next": "Caught"}]
    machine = states.create(FAIL)

    ended = states.run({"Start": starting(machine, Catch=catch), "Caught": ECHO["Echo"]})

    assert ended.status == ("SUCCEEDED" if is_caught else "FAILED")


@pytest.mark.parametrize("way", ["", "sync:2"])
def test_a_name_in_use_is_told_as_step_functions_own_error(states, way):
    machine = states.create(ECHO)
    states.ended(states.start(machine, {"other": True}, name="taken"))

    ended = states.run({"Start": starting(machine, way, arguments={"Name": "taken"})})

    assert ended.error == "StepFunctions.ExecutionAlreadyExistsException"


def test_stopping_the_parent_stops_the_child(states):
    machine = states.create(LONG)
    parent = states.start(states.create({"Start": starting(machine)}))
    child = only_child(states, machine)

    states.client.stop_execution(executionArn=parent)

    assert states.ended(child).status == "ABORTED"
    assert states.ended(parent).status == "ABORTED"


def test_a_parent_that_times_out_stops_the_child(states):
    machine = states.create(LONG)

    ended = states.run({"Start": starting(machine)}, TimeoutSeconds=20)

    assert ended.status == "TIMED_OUT"
    assert states.ended(only_child(states, machine)).status == "ABORTED"


def test_stopping_the_parent_of_a_map_stops_what_its_children_wait_for(states):
    machine = states.create(LONG)
    parent = states.start(states.create({"Map": over({"Start": starting(machine)}, Items=[1])}))
    child = only_child(states, machine)

    states.client.stop_execution(executionArn=parent)

    assert states.ended(child).status == "ABORTED"


def test_a_child_outlives_the_timeout_of_the_task_that_waits_for_it(states):
    machine = states.create(LONG)

    ended = states.run({"Start": starting(machine, TimeoutSeconds=20)})

    assert ended.error == "States.Timeout"
    assert ended.seconds < 5
    assert states.ended(only_child(states, machine)).status == "SUCCEEDED"


def test_the_end_of_a_child_is_an_event(states):
    events, queues = (
        states.session.client(name, endpoint_url=states.endpoint) for name in ("events", "sqs")
    )
    machine = states.create(FAIL)
    name = f"ended-{uuid.uuid4().hex[:8]}"
    queue = queues.create_queue(QueueName=name)["QueueUrl"]
    arn = queues.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
    detail = {"stateMachineArn": [machine], "status": ["FAILED"]}
    events.put_rule(
        Name=name, EventPattern=json.dumps({"source": ["aws.states"], "detail": detail})
    )
    events.put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": arn["Attributes"]["QueueArn"]}])

    states.run({"Start": starting(machine)})

    [message] = queues.receive_message(QueueUrl=queue, WaitTimeSeconds=10)["Messages"]
    event = json.loads(message["Body"])
    assert event["detail"]["executionArn"] == only_child(states, machine)
