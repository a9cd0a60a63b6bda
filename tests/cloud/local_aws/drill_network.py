"""Deploys `drill-network.yaml` into an account of the resource plane, by its CloudFormation."""

from local_aws.account_stack import AccountStack
from local_aws.accounts import administrator
from local_aws.layout import ROOT

STACK = "drill-network"
TEMPLATE = ROOT / "infra" / "drill-network.yaml"


def deploy(
    resource_endpoint: str, account: str, region: str, name: str = STACK, **parameters: str
) -> dict[str, str]:
    """Makes the isolated network, or changes it where it exists, and returns its outputs.

    They are what requests name under `drill.network`. `parameters` are those of the template.
    """
    client = administrator("cloudformation", resource_endpoint, account, region)
    stack = AccountStack(client, name, TEMPLATE)
    stack.bring_about(parameters)
    return stack.outputs()
