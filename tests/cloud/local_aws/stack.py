"""Deploys the restore stack to the control plane, by the real `sam deploy`."""

import json
import os
import platform
import subprocess
from collections.abc import Iterable
from typing import Any

from local_aws.accounts import FIRST, HOME, REGION, USUAL, Pair, administrator
from local_aws.layout import ROOT, SAM
from local_aws.stage import stage

STACK = "restore"
BUCKET = "restore-artifacts"
ALARM = "orders-down"
"""The alarm that starts a restore."""

STARTED = {
    "AlarmRestore": "rds-cross-region",
    "HealthRestore": "ec2-cross-region",
    "ScheduledRestore": "drill",
}
"""The parameters that say what is started, and the examples that are."""

ISSUES_IN = "eu-west-1"
"""The Region whose issues start a restore."""

RECORDED = [
    {
        "accountId": FIRST.source,
        "region": ISSUES_IN,
        "roleArn": FIRST.record_role,
        "externalId": FIRST.source_external_id,
    }
]
"""The place whose instances' settings are recorded."""

VALIDATION_FUNCTIONS = f"arn:aws:lambda:{REGION}:*:function:validate-*"
"""What drills may have look at what was restored: functions of these names, of any account."""


class DeploymentError(Exception):
    """`sam deploy` failed; the message is what it printed."""


def deploy(
    control_endpoint: str, resource_endpoint: str, pairs: Iterable[Pair] = USUAL
) -> dict[str, str]:
    """Deploys the stack, or what has changed of it, and returns its outputs.

    Its functions may assume the roles of all `pairs`.
    """
    administrator("s3", control_endpoint, HOME).create_bucket(Bucket=BUCKET)
    command = [SAM, "deploy", "--template-file", stage(), "--stack-name", STACK]
    command += ["--s3-bucket", BUCKET, "--region", REGION, "--capabilities", "CAPABILITY_IAM"]
    command += ["--no-confirm-changeset", "--no-fail-on-empty-changeset", "--no-progressbar"]
    command += ["--parameter-overrides"]
    parameters = _parameters(control_endpoint, resource_endpoint, tuple(pairs))
    command += [f"{name}={value}" for name, value in parameters.items()]
    deployed = subprocess.run(
        command,
        env=_environment(control_endpoint),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if deployed.returncode:
        raise DeploymentError(deployed.stdout)
    return outputs(control_endpoint)


def outputs(control_endpoint: str) -> dict[str, str]:
    """The outputs of the deployed stack."""
    client = administrator("cloudformation", control_endpoint, HOME)
    stack = client.describe_stacks(StackName=STACK)["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


def _parameters(
    control_endpoint: str, resource_endpoint: str, pairs: tuple[Pair, ...]
) -> dict[str, str]:
    return {
        "LocalEndpointUrl": resource_endpoint,
        "LocalStatesEndpointUrl": control_endpoint,
        "StartOnRequests": "ENABLED",
        # No alarm of the stack's own is called so.
        "StartOnAlarms": ALARM,
        "StartOnHealthIssuesIn": ISSUES_IN,
        **{name: _json(_example(it)) for name, it in STARTED.items()},
        "RecordSettingsOf": _json(RECORDED),
        "Architecture": "arm64" if platform.machine() in {"arm64", "aarch64"} else "x86_64",
        "SourceRoleArns": _list(pair.source_role for pair in pairs),
        "TargetRoleArns": _list(pair.target_role for pair in pairs),
        "RecordRoleArns": _list(pair.record_role for pair in pairs),
        "CommandRoleArns": _list(pair.command_role for pair in pairs),
        "ValidationFunctionArns": VALIDATION_FUNCTIONS,
    }


def _example(name: str) -> dict[str, Any]:
    return json.loads((ROOT / "statemachine" / "examples" / f"{name}.json").read_text())


def _json(value: Any) -> str:
    """JSON in quotes, as `make deploy` writes it."""
    return json.dumps(json.dumps(value))


def _list(arns: Iterable[str]) -> str:
    """Each once, as a parameter of type CommaDelimitedList."""
    return ",".join(dict.fromkeys(arns))


def _environment(control_endpoint: str) -> dict[str, str]:
    """No profile, configuration file or variable of the caller's leads elsewhere."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return kept | {
        "AWS_ENDPOINT_URL": control_endpoint,
        "AWS_ACCESS_KEY_ID": HOME,
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "SAM_CLI_TELEMETRY": "0",
    }
