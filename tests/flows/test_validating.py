"""What drills are validated by works with the deployed state machine's own role."""

import json
import time
from uuid import uuid4

import pytest
from local_aws import drill_network
from local_aws.accounts import FIRST
from restore.arrange.launching import image
from restore.place import HOME, TARGET, Place
from validating import command_ends, machine_role, managed_profile, validator, without_agent

INVOKE = "arn:aws:states:::lambda:invoke"
SEND = "arn:aws:states:::aws-sdk:ssm:sendCommand"
LOOK = "arn:aws:states:::aws-sdk:ssm:getCommandInvocation"
ENDPOINT = {"endpoint": {"address": "orders.example", "port": 5432}}


def run(cloud, states, given=None):
    """How an execution of these states ends, under the role of the deployed state machine."""
    client = cloud.step_functions
    machine = client.create_state_machine(
        name=f"validating-{uuid4().hex[:10]}",
        definition=json.dumps(
            {"QueryLanguage": "JSONata", "StartAt": next(iter(states)), "States": states}
        ),
        roleArn=machine_role(cloud),
    )["stateMachineArn"]
    execution = client.start_execution(stateMachineArn=machine, input=json.dumps(given or {}))
    began = time.monotonic()
    while True:
        told = client.describe_execution(executionArn=execution["executionArn"])
        if told["status"] != "RUNNING":
            return told
        assert time.monotonic() - began < 30
        time.sleep(0.05)


def invoked(cloud, check):
    """How a task that invokes the function ends."""
    arguments = {"FunctionName": check.arn, "Payload": ENDPOINT}
    output = "{% $states.result.Payload %}"
    task = {"Type": "Task", "Resource": INVOKE, "Arguments": arguments, "Output": output}
    return run(cloud, {"Invoke": task | {"End": True}})


@pytest.mark.parametrize("account", [HOME, TARGET])
def test_a_validator_answers_and_keeps_what_it_was_called_with(cloud, tmp_path, account):
    check = validator(cloud, tmp_path, account, answer={"passed": False, "detail": "no tables"})
    assert check.called_with == []

    ended = invoked(cloud, check)

    assert json.loads(ended["output"]) == {"passed": False, "detail": "no tables"}
    assert check.called_with == [ENDPOINT]


def test_a_validator_fails_under_the_name_it_is_told(cloud, tmp_path):
    ended = invoked(cloud, validator(cloud, tmp_path, fail="NoSuchTable", message="orders"))

    assert ended["error"] == "NoSuchTable"
    assert json.loads(ended["cause"])["errorMessage"] == "orders"


def test_a_validator_that_hangs_is_ended_by_its_timeout(cloud, tmp_path):
    check = validator(cloud, tmp_path, timeout=1, hang=20)

    ended = invoked(cloud, check)

    assert ended["error"] == "Sandbox.Timedout"
    assert check.called_with == [ENDPOINT]


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        ("identity", {"account": HOME, "prefix": "another-"}),
        ("resource", {"account": TARGET, "trusting": False}),
    ],
)
def test_a_validator_that_may_not_be_invoked_is_not(cloud, tmp_path, kind, settings):
    check = validator(cloud, tmp_path, answer={"passed": True}, **settings)

    ended = invoked(cloud, check)

    assert ended["error"] == "Lambda.AWSLambdaException"
    assert f"because no {kind}-based policy allows" in ended["cause"]
    assert check.called_with == []


def launched(cloud, restore_id):
    """An instance in a network of drills, as one would make it where the stack is."""
    place = Place(TARGET, cloud.home_region)
    profile = managed_profile(cloud, place)
    wanted = {"SystemsManagerEndpoints": "ENABLED_WITHOUT_EC2MESSAGES"}
    net = drill_network.deploy(cloud.resources, *place, "drills-with-commands", **wanted)
    tags = [{"Key": "restore:id", "Value": restore_id}, {"Key": "restore:mode", "Value": "drill"}]
    return cloud.client("ec2", place).run_instances(
        ImageId=image(cloud, place),
        InstanceType="t4g.micro",
        MinCount=1,
        MaxCount=1,
        SubnetId=net["SubnetId"],
        SecurityGroupIds=[net["SecurityGroupId"]],
        IamInstanceProfile={"Name": profile},
        TagSpecifications=[{"ResourceType": "instance", "Tags": tags}],
    )["Instances"][0]["InstanceId"]


AGAIN = {"IntervalSeconds": 5, "BackoffRate": 1, "MaxAttempts": 60}
LOOKING = {
    "Type": "Task",
    "Resource": LOOK,
    "Credentials": {"RoleArn": "{% $states.input.role %}"},
    "Arguments": {"CommandId": "{% $command %}", "InstanceId": "{% $states.input.instance %}"},
    "Assign": {"seen": "{% $states.result %}"},
    "Output": "{% $states.input %}",
    "Next": "Choose",
}
COMMAND = {
    "Send": {
        "Type": "Task",
        "Resource": SEND,
        "Credentials": {"RoleArn": "{% $states.input.role %}"},
        "Arguments": {
            "DocumentName": "AWS-RunShellScript",
            "InstanceIds": ["{% $states.input.instance %}"],
            "Parameters": {"commands": ["systemctl is-active orders"]},
            "TimeoutSeconds": 60,
            "Comment": "drill",
        },
        "Retry": [{"ErrorEquals": ["Ssm.InvalidInstanceIdException"], **AGAIN}],
        "Assign": {"command": "{% $states.result.Command.CommandId %}"},
        "Output": "{% $states.input %}",
        "Next": "Look",
    },
    "Look": LOOKING,
    "Choose": {
        "Type": "Choice",
        "Choices": [
            {"Condition": "{% $seen.Status in ['Pending', 'InProgress'] %}", "Next": "Wait"}
        ],
        "Default": "Done",
    },
    "Wait": {"Type": "Wait", "Seconds": 5, "Next": "Look"},
    "Done": {"Type": "Pass", "Output": "{% $seen %}", "End": True},
}


def commanded(cloud, instance):
    """How an execution ends that has a command run in the instance, by the role for that."""
    return run(cloud, COMMAND, {"instance": instance, "role": FIRST.command_role})


def test_a_command_is_run_in_what_a_drill_has_made(cloud):
    restore_id = f"r-{uuid4().hex[:8]}"
    instance = launched(cloud, restore_id)
    command_ends(cloud, restore_id, "Failed", "3: no such table")

    first, second = (commanded(cloud, instance) for _ in range(2))

    names = ("Status", "ResponseCode", "StandardErrorContent")
    seen = [json.loads(it["output"]) for it in (first, second)]
    assert [seen[0][name] for name in names] == ["Failed", 3, "no such table"]
    assert [seen[1][name] for name in names] == ["Success", 0, ""]


def test_an_instance_without_an_agent_is_not_sent_any(cloud):
    restore_id = f"r-{uuid4().hex[:8]}"
    without_agent(cloud, restore_id)

    ended = commanded(cloud, launched(cloud, restore_id))

    assert ended["error"] == "Ssm.InvalidInstanceIdException"
