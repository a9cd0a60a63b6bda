"""What RunInstances asks for, with a launch template filled in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from resource_plane.ec2.accounts import backend_of
from resource_plane.frame import Call

APART = frozenset({"LaunchTemplate", "TagSpecifications"})
"""Parameters that a template's do not simply stand in for."""


def of(call: Call) -> dict[str, Any]:
    """The call's parameters over those of its launch template (BC:ec2.RunInstances)."""
    asked = {name: value for name, value in call.params.items() if value not in (None, [], {})}
    template = _template(call, asked.get("LaunchTemplate"))
    return {name: value for name, value in template.items() if name not in APART} | asked


def _template(call: Call, given: Mapping[str, Any] | None) -> Mapping[str, Any]:
    if not given:
        return {}
    return backend_of(call)._get_template_from_args(given).data
