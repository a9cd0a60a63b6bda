"""What a drill is validated by: a command that is run in it, a function that looks at it."""

import json

import expect
import pytest
from drilling import evidence_of, outcomes
from local_aws import drill_network
from local_aws.accounts import FIRST
from news import eventually
from restore.arrange import arrange
from restore.example import example
from restore.follow import follow
from restore.place import HOME, NEAR, TARGET
from restore.start import start
from stopped import clean_up_after, stop, stop_at
from validating import command_ends, managed_profile, validator, without_agent

SHELL = "AWS-RunShellScript"
ENDPOINTS = {"SystemsManagerEndpoints": "ENABLED_WITHOUT_EC2MESSAGES"}


@pytest.fixture(scope="module")
def ec2(cloud):
    """A drill where the stack is: Step Functions runs commands nowhere else."""
    scene = arrange(cloud, here(cloud, "ec2-same-location"))
    network = drill_network.deploy(cloud.resources, *scene.target, "checked-drills", **ENDPOINTS)
    place = {"subnetId": network["SubnetId"], "securityGroupIds": [network["SecurityGroupId"]]}
    profile = managed_profile(cloud, scene.target)
    scene = scene.asking(target__ec2__iamInstanceProfile=profile)
    return scene.asking(mode="drill", drill={"network": place}, options={})


@pytest.fixture(scope="module")
def rds(cloud):
    scene = arrange(cloud, here(cloud, "rds-same-location"))
    network = drill_network.deploy(cloud.resources, *scene.target, "checked-drills", **ENDPOINTS)
    place = {
        "dbSubnetGroupName": network["DBSubnetGroupName"],
        "vpcSecurityGroupIds": [network["VpcSecurityGroupId"]],
    }
    return scene.asking(mode="drill", drill={"network": place}, options={})


def here(cloud, flow):
    """The example of a flow in the Region of the stack."""
    return json.loads(json.dumps(example(flow)).replace(NEAR, cloud.home_region))


def commanded(scene, number, **settings):
    """The scene as a drill of its own with a command."""
    command = {"roleArn": FIRST.command_role, "documentName": SHELL, "timeoutMinutes": 10}
    command["parameters"] = {"commands": ["systemctl is-active orders"]}
    restore_id = f"{scene.restore_id}-{number}"
    return scene.asking(restoreId=restore_id, drill__command=command | settings)


def checked(cloud, scene):
    """How the drill ends, and its evidence."""
    ended = expect.run(cloud, scene)
    return ended, evidence_of(cloud, ended.arn)


def check(told, kind):
    """What came of one check, and what was seen."""
    [found] = [it for it in told["checks"] if it["check"] == kind]
    return found["outcome"], found.get("detail", "")


def test_a_command_that_ends_well_is_a_check_that_has_passed(cloud, ec2):
    ended, told = checked(cloud, commanded(ec2, 1))

    ended.raise_unless_succeeded()
    assert check(told, "command") == ("passed", "Success, exit code 0: ")
    assert told["status"] == "PASSED"


def test_a_command_that_ends_otherwise_is_one_that_has_failed(cloud, ec2):
    scene = commanded(ec2, 2)
    command_ends(cloud, f"drill-{scene.restore_id}", "Failed", "3: inactive")

    ended, told = checked(cloud, scene)

    assert ended.error == "Restore.DrillFailed", ended.cause
    assert check(told, "command") == ("failed", "Failed, exit code 3: inactive")


def test_a_command_that_is_throttled_is_sent_again(cloud, ec2):
    """SendCommand lists no error of throttling: it comes under the service's own name."""
    scene = commanded(ec2, "throttled")

    ended = follow(cloud, start(cloud, scene.request, "Ssm.SsmException 2 times in Send command"))

    ended.raise_unless_succeeded()
    assert check(evidence_of(cloud, ended.arn), "command")[0] == "passed"


def test_a_command_that_is_never_delivered_is_a_check_that_was_not_made(cloud, ec2):
    scene = commanded(ec2, 3)
    command_ends(cloud, f"drill-{scene.restore_id}", "DeliveryTimedOut")

    ended, told = checked(cloud, scene)

    assert ended.error == "Restore.DrillFailed", ended.cause
    assert check(told, "command")[0] == "notMade"


def test_an_instance_whose_agent_never_reports_is_not_sent_any(cloud, ec2):
    scene = commanded(ec2, 4, timeoutMinutes=1)
    without_agent(cloud, f"drill-{scene.restore_id}")

    ended, told = checked(cloud, scene)

    assert ended.error == "Restore.DrillFailed", ended.cause
    outcome, detail = check(told, "command")
    assert outcome == "notMade"
    assert "Ssm.InvalidInstanceIdException" in detail


def test_a_function_says_whether_a_drill_has_passed(cloud, rds, tmp_path):
    said = validator(cloud, tmp_path, TARGET, answer={"passed": True, "detail": "12 tables"})
    restore_id = f"{rds.restore_id}-1"
    scene = rds.asking(restoreId=restore_id, drill__validationFunctionArn=said.arn)

    ended, told = checked(cloud, scene)

    ended.raise_unless_succeeded()
    assert check(told, "validationFunction") == ("passed", "12 tables")
    [payload] = said.called_with
    assert payload["dbInstanceIdentifier"].startswith("drill-")
    assert payload["endpoint"]["port"] == 5432


@pytest.mark.parametrize(
    ("does", "outcome", "detail"),
    [
        ({"answer": {"passed": False, "detail": "no tables"}}, "failed", "no tables"),
        ({"answer": "fine"}, "failed", "neither passed: true nor passed: false"),
        ({"fail": "NoSuchTable", "message": "orders"}, "failed", "NoSuchTable"),
        ({"hang": 20, "timeout": 1}, "failed", "Sandbox.Timedout"),
    ],
)
def test_a_function_that_says_otherwise_fails_the_drill(
    cloud, rds, tmp_path, does, outcome, detail
):
    said = validator(cloud, tmp_path, HOME, **does)
    restore_id = f"{rds.restore_id}-{'-'.join(does)}"
    scene = rds.asking(restoreId=restore_id, drill__validationFunctionArn=said.arn)

    ended, told = checked(cloud, scene)

    assert ended.error == "Restore.DrillFailed", ended.cause
    seen = check(told, "validationFunction")
    assert seen[0] == outcome
    assert detail in seen[1]


def test_a_function_that_does_not_let_the_state_machine_call_it_was_not_asked(cloud, rds, tmp_path):
    said = validator(cloud, tmp_path, TARGET, trusting=False, answer={"passed": True})
    restore_id = f"{rds.restore_id}-untrusting"
    scene = rds.asking(restoreId=restore_id, drill__validationFunctionArn=said.arn)

    ended, told = checked(cloud, scene)

    assert ended.error == "Restore.DrillFailed", ended.cause
    outcome, detail = check(told, "validationFunction")
    assert outcome == "notMade"
    assert "no resource-based policy allows" in detail
    assert said.called_with == []


# Stopped while it is looked at


def torn_down_and_recorded(cloud, scene, execution):
    """What became of a drill that was stopped: nothing is left of it; its evidence."""
    clean_up_after(cloud, execution)
    expect.unchanged_since(cloud, scene.before)
    told = evidence_of(cloud, execution)
    assert told["status"] == "FAILED"
    assert "ABORTED" in told["failure"]["Cause"]
    assert told["tornDown"] != []
    return told


def test_a_drill_that_is_stopped_at_its_command_is_torn_down_and_recorded(cloud, ec2):
    scene = commanded(ec2, "stopped").now(cloud)
    without_agent(cloud, f"drill-{scene.restore_id}")

    told = torn_down_and_recorded(cloud, scene, stop_at(cloud, scene, "Send command"))

    assert outcomes(told)["command"] == "notMade"


def test_a_drill_that_is_stopped_at_its_function_is_torn_down_and_recorded(cloud, rds, tmp_path):
    asked = validator(cloud, tmp_path, HOME, hang=2, timeout=10, answer={"passed": True})
    restore_id = f"{rds.restore_id}-stopped"
    scene = rds.asking(restoreId=restore_id, drill__validationFunctionArn=asked.arn).now(cloud)
    execution = start(cloud, scene.request)
    eventually(lambda: asked.called_with, "call of the function")

    stop(cloud, execution)
    told = torn_down_and_recorded(cloud, scene, execution)

    assert outcomes(told)["validationFunction"] == "notMade"
