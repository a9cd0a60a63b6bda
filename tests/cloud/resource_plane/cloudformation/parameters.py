"""Parameters as they were given, and what changes with them.

On AWS a `CommaDelimitedList` is a list wherever a template refers to it, its default as well, and
`DescribeStacks` answers it as the text that was given (CloudFormation User Guide, "Parameters").
moto splits lists when they are given, but neither by default nor in answers. It also changes, at an
update, whatever refers to a parameter that is now given as what it was by default.
"""

from __future__ import annotations

from typing import Any

from moto.cloudformation.models import Stack
from moto.cloudformation.parsing import ResourceMap

_load = ResourceMap.load_parameters
_diff = ResourceMap.build_resource_diff


def _load_with_lists(self: ResourceMap) -> None:
    _load(self)
    for name, parameter in self._template.get("Parameters", {}).items():
        value = self.resolved_parameters[name]
        if parameter["Type"] == "CommaDelimitedList" and isinstance(value, str):
            self.resolved_parameters[name] = value.split(",")
    self._parsed_resources.update(self.resolved_parameters)


def _as_given(self: Stack) -> dict[str, str]:
    return _given(self.resource_map)


def _given(resources: ResourceMap) -> dict[str, str]:
    return {
        name: ",".join(map(str, value)) if isinstance(value, list) else str(value)
        for name, value in resources.resolved_parameters.items()
    }


def _answered(self: Stack) -> list[dict[str, Any]]:
    """As given, and masked where the template says so, for which moto looks at the value."""
    masked = self.resource_map.no_echo_parameter_keys
    return [
        {"ParameterKey": name, "ParameterValue": "****" if name in masked else value}
        for name, value in self.stack_parameters.items()
    ]


def _diff_of_changes(
    self: ResourceMap, template: dict[str, Any], parameters: dict[str, Any] | None = None
) -> dict[str, Any]:
    now = _given(self)
    changed = {name: it for name, it in (parameters or {}).items() if now.get(name) != it}
    return _diff(self, template, changed)


ResourceMap.load_parameters = _load_with_lists
ResourceMap.build_resource_diff = _diff_of_changes
Stack.stack_parameters = property(_as_given)
Stack.parameter_list = property(_answered)
