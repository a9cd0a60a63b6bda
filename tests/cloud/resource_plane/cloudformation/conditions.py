"""Conditions of stacks: `!Condition`, and resources that come or go when an update changes theirs.

On AWS an update that makes a resource's condition true creates it, and one that makes it false
deletes it; a resource whose condition is false is no resource of the stack (CloudFormation User
Guide, "Conditions"). moto looks at conditions when the stack is created, changes by updates even
what is not there, and lists what was never made. It also takes `!Condition` for a function, which
it does not know, and so for false.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from moto.cloudformation import models, responses
from moto.cloudformation.models import Stack
from moto.cloudformation.parsing import ResourceMap

_update = ResourceMap.update
_diff = ResourceMap.build_resource_diff
_construct = models.yaml_tag_constructor


def _construct_tag(loader: Any, tag: str, node: Any) -> Any:
    """`!Condition` is short for `Condition`, and no function."""
    return {"Condition": node.value} if tag == "!Condition" else _construct(loader, tag, node)


def _update_by_conditions(
    self: ResourceMap, template: dict[str, Any], parameters: dict[str, Any] | None = None
) -> None:
    was = set(_made(self))
    _update(self, template, parameters)
    conditional = {
        name: self.lazy_condition_map[resource["Condition"]]
        for name, resource in template["Resources"].items()
        if "Condition" in resource
    }
    # In the order of the template, against it for deletions: what refers stands after what is
    # referred to in a member account's template.
    for name in reversed([name for name, wanted in conditional.items() if not wanted]):
        if name in was:
            self._delete_resource(self._parsed_resources[name], template["Resources"][name])
        self._parsed_resources.pop(name, None)
    for name in [name for name, wanted in conditional.items() if wanted]:
        if self._parsed_resources.get(name) is None:
            self._parsed_resources.pop(name, None)
            _ = self[name]  # the map makes what it is asked for


def _diff_of_what_is_there(
    self: ResourceMap, template: dict[str, Any], parameters: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Only what has been made can be changed or removed."""
    difference = _diff(self, template, parameters)
    there = set(_made(self))
    return {
        action: names if action == "Add" else [name for name in names if name in there]
        for action, names in difference.items()
    }


def _made(resources: ResourceMap) -> Iterable[str]:
    parsed = resources._parsed_resources
    return [name for name in resources.resources if parsed.get(name) is not None]


def _resources_there(self: Stack) -> list[Any]:
    return [self.resource_map[name] for name in _made(self.resource_map)]


models.yaml_tag_constructor = responses.yaml_tag_constructor = _construct_tag
ResourceMap.update = _update_by_conditions
ResourceMap.build_resource_diff = _diff_of_what_is_there
Stack.stack_resources = property(_resources_there)
