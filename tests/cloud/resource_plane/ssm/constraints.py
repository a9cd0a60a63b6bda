"""Values that the API model does not admit (BC:ssm, the constraints of each shape).

boto3 refuses some of them before it sends a request; Step Functions and other clients do not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from resource_plane.error import AwsError
from resource_plane.frame import Call, Proceed, rule

LENGTHS = {
    "Comment": (0, 100),
    "CommandId": (36, 36),
    "PluginName": (4, None),
    "InstanceIds": (0, 50),
}
RANGES = {"TimeoutSeconds": (30, 2_592_000)}
PATTERNS = {
    "InstanceId": r"(^i-(\w{8}|\w{17})$)|(^mi-\w{17}$)",
    "InstanceIds": r"(^i-(\w{8}|\w{17})$)|(^mi-\w{17}$)",
    "DocumentName": r"^[a-zA-Z0-9_\-.:/]{3,128}$",
    "DocumentVersion": r"([$]LATEST|[$]DEFAULT|^[1-9][0-9]*$)",
}


@rule("ssm", "SendCommand", "GetCommandInvocation")
def admitted(call: Call, proceed: Proceed) -> Any:
    """Refuses a request with all that is wrong with it."""
    wrong = list(_violations(call))
    if wrong:
        errors = "error" if len(wrong) == 1 else "errors"
        message = f"{len(wrong)} validation {errors} detected: {'; '.join(wrong)}"
        raise AwsError("ValidationException", message)
    return proceed()


def _violations(call: Call) -> Iterator[str]:
    shape = call.operation_model.input_shape
    for name in shape.required_members if shape else ():
        if call.params.get(name) is None:
            yield _violation(name, None, "Member must not be null")
    for name, value in call.params.items():
        if name in LENGTHS:
            yield from _length(name, value)
        if name in RANGES:
            least, most = RANGES[name]
            if value < least:
                yield _violation(
                    name, value, f"Member must have value greater than or equal to {least}"
                )
            if value > most:
                yield _violation(
                    name, value, f"Member must have value less than or equal to {most}"
                )
        if name in PATTERNS:
            values = value if isinstance(value, list) else [value]
            if not all(re.search(PATTERNS[name], one) for one in values):
                pattern = PATTERNS[name]
                yield _violation(
                    name, value, f"Member must satisfy regular expression pattern: {pattern}"
                )


def _length(name: str, value: Any) -> Iterator[str]:
    least, most = LENGTHS[name]
    if len(value) < least:
        yield _violation(name, value, f"Member must have length greater than or equal to {least}")
    if most is not None and len(value) > most:
        yield _violation(name, value, f"Member must have length less than or equal to {most}")


def _violation(name: str, value: Any, constraint: str) -> str:
    shown = "" if value is None else f" '{value}'"
    member = name[0].lower() + name[1:]
    return f"Value{shown} at '{member}' failed to satisfy constraint: {constraint}"
