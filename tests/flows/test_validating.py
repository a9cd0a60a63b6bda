"""What drills are validated by works with the deployed state machine's own role."""

import json
import time
from uuid import uuid4

import pytest
from restore.arrange.launching import image
from restore.arrange.network import network
from restore.place import HOME, TARGET, Place
from validating import (
    command_ends,
    machine_role,
    managed_profile,
    may_assume,
    may_invoke,
    validator,
    without_agent,
)

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

    with may_invoke(cloud, check.arn):
        ended = invoked(cloud, check)

    assert json.loads(ended["output"]) == {"passed": False, "detail": "no tables"}
    assert check.called_with == [ENDPOINT]


def test_a_validator_fails_under_the_name_it_is_told(cloud, tmp_path):
    check = validator(cloud, tmp_path, fail="NoSuchTable", message="orders")

    with may_invoke(cloud, check.arn):
        ended = invoked(cloud, check)

    assert ended["error"] == "NoSuchTable"
    assert json.loads(ended["cause"])["errorMessage"] == "orders"


def test_a_validator_that_hangs_is_ended_by_its_timeout(cloud, tmp_path):
    check = validator(cloud, tmp_path, timeout=1, hang=20)

    with may_invoke(cloud, check.arn):
        ended = invoked(cloud, check)

    assert ended["error"] == "Sandbox.Timedout"
    assert check.called_with == [ENDPOINT]


@pytest.mark.parametrize(("account", "kind"), [(HOME, "identity"), (TARGET, "resource")])
def test_a_validator_that_may_not_be_invoked_is_not(cloud, tmp_path, account, kind):
    check = validator(cloud, tmp_path, account, trusting=False, answer={"passed": True})

    if account == HOME:
        ended = invoked(cloud, check)
    else:
        with may_invoke(cloud, check.arn):
            ended = invoked(cloud, check)

    assert ended["error"] == "Lambda.AWSLambdaException"
    assert f"because no {kind}-based policy allows" in ended["cause"]
    assert check.called_with == []


def launched(cloud, place, restore_id):
    """An instance in the place's network as a restore would make it."""
    profile, net = managed_profile(cloud, place), network(cloud, place)
    ec2 = cloud.client("ec2", place)
    tags = [{"Key": "restore:id", "Value": restore_id}]
    instance = ec2.run_instances(
        ImageId=image(cloud, place),
        InstanceType="t4g.micro",
        MinCount=1,
        MaxCount=1,
        SubnetId=net.subnets[0],
        IamInstanceProfile={"Name": profile},
        TagSpecifications=[{"ResourceType": "instance", "Tags": tags}],
    )["Instances"][0]["InstanceId"]
    return instance


def trusting_role(cloud, account):
    """A role of the account by which the state machine may send commands."""
    iam, name = cloud.client("iam", Place(account, cloud.home_region)), f"v-{uuid4().hex[:10]}"
    trust = {"Effect": "Allow", "Principal": {"AWS": machine_role(cloud)}}
    may = {"Effect": "Allow", "Action": ["ssm:SendCommand", "ssm:GetCommandInvocation"]}
    version = {"Version": "2012-10-17"}
    role = iam.create_role(
        RoleName=name,
        AssumeRolePolicyDocument=json.dumps(
            version | {"Statement": [trust | {"Action": "sts:AssumeRole"}]}
        ),
    )["Role"]["Arn"]
    iam.put_role_policy(
        RoleName=name,
        PolicyName="commands",
        PolicyDocument=json.dumps(version | {"Statement": [may | {"Resource": "*"}]}),
    )
    return role


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


def test_a_command_is_run_in_what_a_restore_has_made(cloud):
    place, restore_id = Place(TARGET, cloud.home_region), f"r-{uuid4().hex[:8]}"
    role = trusting_role(cloud, TARGET)
    with may_assume(cloud, role):
        instance = launched(cloud, place, restore_id)
        command_ends(cloud, restore_id, "Failed", "3: no such table")
        given = {"instance": instance, "role": role}

        first, second = (run(cloud, COMMAND, given) for _ in range(2))

    names = ("Status", "ResponseCode", "StandardErrorContent")
    seen = [json.loads(it["output"]) for it in (first, second)]
    assert [seen[0][name] for name in names] == ["Failed", 3, "no such table"]
    assert [seen[1][name] for name in names] == ["Success", 0, ""]


def test_an_instance_without_an_agent_is_not_sent_any(cloud):
    place, restore_id = Place(TARGET, cloud.home_region), f"r-{uuid4().hex[:8]}"
    role = trusting_role(cloud, TARGET)
    without_agent(cloud, restore_id)
    with may_assume(cloud, role):
        instance = launched(cloud, place, restore_id)
        ended = run(cloud, COMMAND, {"instance": instance, "role": role})

    assert ended["error"] == "Ssm.InvalidInstanceIdException"
