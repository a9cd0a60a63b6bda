"""A condition of a template may join a list: `!Equals [!Join ["", !Ref Names], ""]`.

CloudFormation evaluates `Fn::Join` within conditions (CFN/intrinsic-function-reference-conditions,
"Supported functions"); ministack compares what it is made of, and so takes an empty list for
another. A parameter of a list type is the list of its members, parted by commas.
"""

from typing import Any

from ministack.services.cloudformation import changesets, engine, handlers, stacks


def mend() -> None:
    """Joins before conditions are evaluated."""
    evaluate = engine._evaluate_conditions

    def evaluate_joined(template: dict, params: dict) -> dict:
        conditions = _joined(template.get("Conditions", {}), params)
        return evaluate({**template, "Conditions": conditions}, params)

    for module in (changesets, engine, handlers, stacks):
        module._evaluate_conditions = evaluate_joined


def _joined(expression: Any, params: dict) -> Any:
    if isinstance(expression, list):
        return [_joined(it, params) for it in expression]
    if not isinstance(expression, dict):
        return expression
    if "Fn::Join" in expression:
        separator, items = expression["Fn::Join"]
        return separator.join(_members(items, params))
    return {name: _joined(it, params) for name, it in expression.items()}


def _members(items: Any, params: dict) -> list[str]:
    if isinstance(items, list):
        return [member for it in items for member in _members(it, params)]
    if isinstance(items, dict) and items.get("Ref") in params:
        value = params[items["Ref"]]["Value"]
        return [member.strip() for member in value.split(",")]
    return [str(items)]
