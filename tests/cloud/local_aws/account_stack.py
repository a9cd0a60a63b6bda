"""A stack of a member account, by the CloudFormation of the resource plane."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class AccountStack:
    """A template under a name, in the account and Region of a client."""

    client: Any
    name: str
    template: Path
    capabilities: Sequence[str] = ()

    def bring_about(self, wanted: Mapping[str, str]) -> None:
        """Creates the stack with these parameters, or changes them where it exists."""
        there = self._described()
        now = self.parameters()
        parameters = now | wanted
        if there and parameters == now:
            return
        request = {
            "StackName": self.name,
            "TemplateBody": self.template.read_text(),
            "Capabilities": self.capabilities,
            "Parameters": [
                {"ParameterKey": name, "ParameterValue": value}
                for name, value in parameters.items()
            ],
        }
        if there:
            self.client.update_stack(**request)
            self.client.get_waiter("stack_update_complete").wait(StackName=self.name)
        else:
            self.client.create_stack(**request)
            self.client.get_waiter("stack_create_complete").wait(StackName=self.name)

    def parameters(self) -> dict[str, str]:
        """The parameters; none where there is no stack."""
        given = self._described().get("Parameters", [])
        return {item["ParameterKey"]: item["ParameterValue"] for item in given}

    def outputs(self) -> dict[str, str]:
        """The outputs; none where there is no stack."""
        told = self._described().get("Outputs", [])
        return {item["OutputKey"]: item["OutputValue"] for item in told}

    def _described(self) -> dict[str, Any]:
        for page in self.client.get_paginator("describe_stacks").paginate():
            for stack in page["Stacks"]:
                if stack["StackName"] == self.name:
                    return stack
        return {}
