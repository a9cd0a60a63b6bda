"""Deploys `member-account.yaml` into an account of the resource plane, by its CloudFormation."""

from collections import defaultdict
from collections.abc import Iterable

from local_aws.account_stack import AccountStack
from local_aws.accounts import Pair, administrator
from local_aws.layout import ROOT

STACK = "restore-member"
TEMPLATE = ROOT / "infra" / "member-account.yaml"


def deploy_members(resource_endpoint: str, outputs: dict[str, str], pairs: Iterable[Pair]) -> None:
    """Makes the source and record roles in source accounts, restore and command roles in targets.

    An account that is both has all. `outputs` are those of the restore stack, which say whom each
    role trusts.
    """
    source = {
        "SourceTrustedRoleArns": outputs["SourceRoleTrust"],
        "RecordTrustedRoleArns": outputs["RecordRoleTrust"],
    }
    target = {
        "TargetTrustedRoleArns": outputs["TargetRoleTrust"],
        "CommandTrustedRoleArns": outputs["CommandRoleTrust"],
        "CommandStateMachineArn": outputs["RestoreStateMachineArn"],
        "CommandDocumentArns": "arn:aws:ssm:*::document/AWS-RunShellScript",
    }
    wanted: dict[str, dict[str, str]] = defaultdict(dict)
    for pair in pairs:
        wanted[pair.source] |= source | {"ExternalId": pair.source_external_id}
        wanted[pair.target] |= target | {"ExternalId": pair.target_external_id}
    for account, parameters in wanted.items():
        _stack(resource_endpoint, account).bring_about(parameters)


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
