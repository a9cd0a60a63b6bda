"""Deploys `member-account.yaml` into an account of the resource plane, by its CloudFormation."""

from collections.abc import Iterable

from local_aws.account_stack import AccountStack
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
        "CommandStateMachineArn": outputs["RestoreStateMachineArn"],
        "CommandDocumentArns": "arn:aws:ssm:*::document/AWS-RunShellScript",
    }
    for account, wanted in ((pair.source, source), (pair.target, target)):
        _stack(resource_endpoint, account).bring_about(wanted)


def extend(resource_endpoint: str, account: str, **lists: Iterable[str]) -> None:
    """Adds to the list parameters of the account's stack what they do not have yet."""
    stack = _stack(resource_endpoint, account)
    now = stack.parameters()
    wanted = {}
    for name, more in lists.items():
        have = [item for item in now[name].split(",") if item]
        wanted[name] = ",".join(dict.fromkeys([*have, *more]))
    stack.bring_about(wanted)


def _stack(resource_endpoint: str, account: str) -> AccountStack:
    client = administrator("cloudformation", resource_endpoint, account)
    return AccountStack(client, STACK, TEMPLATE, ("CAPABILITY_NAMED_IAM",))
