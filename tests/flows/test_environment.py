"""The variables that `make local` prints are all that an ordinary client needs."""

import json
import re
import shlex
import subprocess
import sys

import pytest
from local_aws.__main__ import introduce
from local_aws.local import LocalAws
from restore.place import HOME

CLIENT = """
import json

import boto3

functions = boto3.client("lambda").list_functions()["Functions"]
machines = boto3.client("stepfunctions").list_state_machines()["stateMachines"]
print(json.dumps({
    "caller": boto3.client("sts").get_caller_identity()["Arn"],
    "machines": [it["stateMachineArn"] for it in machines],
    "functions": [it["FunctionName"] for it in functions],
    "regions": [it["RegionName"] for it in boto3.client("ec2").describe_regions()["Regions"]],
}))
"""
"""Says what it finds on either plane, with what boto3 takes from its environment alone."""


@pytest.fixture
def printed(cloud, capsys):
    """The variables, as a shell that is given the lines would have them."""
    outputs = {
        "RestoreStateMachineArn": cloud.state_machine,
        "RecoveryStateMachineArn": f"{cloud.state_machine}-recovery",
        "RecoveriesBucket": "restore-recoveries",
    }
    introduce(LocalAws(cloud.resources, cloud.control, 1.0, outputs, ""))
    exports = re.findall(r"^export (\w+)=(.+)$", capsys.readouterr().out, re.MULTILINE)
    return {name: "".join(shlex.split(value)) for name, value in exports}


def test_with_nothing_else_a_client_is_the_home_account_on_both_planes(cloud, printed, tmp_path):
    ran = subprocess.run(
        [sys.executable, "-c", CLIENT],
        env={"HOME": str(tmp_path), **printed},
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout)
    assert found["caller"] == f"arn:aws:iam::{HOME}:root"
    assert cloud.state_machine in found["machines"]
    assert "restore-plan-restore" in found["functions"]
    assert "eu-west-1" in found["regions"]
