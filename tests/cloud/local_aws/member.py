"""Deploys `member-account.yaml` into an account of the resource plane, by its CloudFormation."""

from collections.abc import Iterable
from typing import Any

from local_aws.accounts import EXTERNAL_IDS, FIRST, SOURCE, TARGET, Pair, administrator
from local_aws.layout import ROOT

STACK = "restore-member"
TEMPLATE = ROOT / "infra" / "member-account.yaml"


def deploy_members(resource_endpoint: str, outputs: dict[str, str], pair: Pair = FIRST) -> None:
    """Makes the source role in the source account and the restore role in the target account.

    `outputs` are those of the restore stack, which say whom each role trusts.
    """
    source = {
        "SourceTrustedRoleArns": outputs["SourceRoleTrust"],
        "ExternalId": EXTERNAL_IDS[SOURCE],
    }
    target = {
        "TargetTrustedRoleArns": outputs["TargetRoleTrust"],
        "ExternalId": EXTERNAL_IDS[TARGET],
        "CommandTrustedRoleArns": outputs["CommandRoleTrust"],
        "CommandDocumentArns": "arn:aws:ssm:*::document/AWS-RunShellScript",
    }
    for account, wanted in ((pair.source, source), (pair.target, target)):
        _bring_about(administrator("cloudformation", resource_endpoint, account), wanted)


def extend(resource_endpoint: str, account: str, **lists: Iterable[str]) -> None:
    """Adds to the list parameters of the account's stack what they do not have yet."""
    client = administrator("cloudformation", resource_endpoint, account)
    now = _parameters(client)
    wanted = {}
    for name, more in lists.items():
        have = [item for item in now[name].split(",") if item]
        wanted[name] = ",".join(dict.fromkeys([*have, *more]))
    _bring_about(client, wanted)


def _bring_about(client: Any, wanted: dict[str, str]) -> None:
    """Creates the stack with these parameters, or changes them where it exists."""
    now = _parameters(client)
    parameters = now | wanted
    if parameters == now:
        return
    request = {
        "StackName": STACK,
        "TemplateBody": TEMPLATE.read_text(),
        "Capabilities": ["CAPABILITY_NAMED_IAM"],
        "Parameters": [
            {"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()
        ],
    }
    if now:
        client.update_stack(**request)
        client.get_waiter("stack_update_complete").wait(StackName=STACK)
    else:
        client.create_stack(**request)
        client.get_waiter("stack_create_complete").wait(StackName=STACK)


def _parameters(client: Any) -> dict[str, str]:
    """The parameters of the account's stack; none where there is no stack."""
    for page in client.get_paginator("describe_stacks").paginate():
        for stack in page["Stacks"]:
            if stack["StackName"] == STACK:
                given = stack["Parameters"]
                return {item["ParameterKey"]: item["ParameterValue"] for item in given}
    return {}
