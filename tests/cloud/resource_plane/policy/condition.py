"""Condition operators (IAM/reference_policies_elements_condition_operators)."""

from __future__ import annotations

import ipaddress
import operator
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from resource_plane.policy import pattern
from resource_plane.policy.context import Context

Compare = Callable[[str, str], bool]
"""Whether a value of the policy (first) holds for a value of the request (second)."""


def _equal(wanted: str, given: str) -> bool:
    return pattern.plain(wanted) == given


def _equal_ignoring_case(wanted: str, given: str) -> bool:
    return pattern.plain(wanted).lower() == given.lower()


def _numbers(compare: Callable[[float, float], bool]) -> Compare:
    def holds(wanted: str, given: str) -> bool:
        try:
            return compare(float(given), float(wanted))
        except ValueError:
            return False

    return holds


def _dates(compare: Callable[[datetime, datetime], bool]) -> Compare:
    def holds(wanted: str, given: str) -> bool:
        try:
            return compare(_moment(given), _moment(wanted))
        except ValueError:
            return False

    return holds


def _moment(text: str) -> datetime:
    try:
        return datetime.fromtimestamp(float(text), UTC)
    except ValueError:
        moment = datetime.fromisoformat(text)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _in_network(wanted: str, given: str) -> bool:
    try:
        return ipaddress.ip_address(given) in ipaddress.ip_network(wanted, strict=False)
    except ValueError:
        return False


POSITIVE: dict[str, Compare] = {
    "StringEquals": _equal,
    "StringEqualsIgnoreCase": _equal_ignoring_case,
    "StringLike": pattern.matches,
    "NumericEquals": _numbers(operator.eq),
    "NumericLessThan": _numbers(operator.lt),
    "NumericLessThanEquals": _numbers(operator.le),
    "NumericGreaterThan": _numbers(operator.gt),
    "NumericGreaterThanEquals": _numbers(operator.ge),
    "DateEquals": _dates(operator.eq),
    "DateLessThan": _dates(operator.lt),
    "DateLessThanEquals": _dates(operator.le),
    "DateGreaterThan": _dates(operator.gt),
    "DateGreaterThanEquals": _dates(operator.ge),
    "Bool": _equal_ignoring_case,
    "BinaryEquals": _equal,
    "IpAddress": _in_network,
    "ArnEquals": pattern.arn_matches,
    "ArnLike": pattern.arn_matches,
}
NEGATED: dict[str, Compare] = {
    "StringNotEquals": _equal,
    "StringNotEqualsIgnoreCase": _equal_ignoring_case,
    "StringNotLike": pattern.matches,
    "NumericNotEquals": _numbers(operator.eq),
    "DateNotEquals": _dates(operator.eq),
    "NotIpAddress": _in_network,
    "ArnNotEquals": pattern.arn_matches,
    "ArnNotLike": pattern.arn_matches,
}
"""Operators that hold where the named comparison holds for none of the policy's values."""

_LOWER = {name.lower(): name for name in (*POSITIVE, *NEGATED, "Null")}


class UnknownOperator(ValueError):
    """A condition uses an operator that IAM does not have."""


@dataclass(frozen=True)
class Condition:
    """One operator on one key, with the values of which one must hold."""

    operator: str
    key: str
    wanted: tuple[str, ...]
    quantifier: str | None = None
    """`ForAnyValue` or `ForAllValues`."""
    if_exists: bool = False

    def holds(self, context: Context) -> bool:
        """Whether the condition is met by a request."""
        given = context.values(self.key)
        if self.operator == "Null":
            absent = given is None or given == ()
            return any(value.lower() == ("true" if absent else "false") for value in self.wanted)
        negated = self.operator in NEGATED
        if given is None:
            if self.if_exists or self.quantifier == "ForAllValues":
                return True
            return negated and self.quantifier is None
        filled = (pattern.filled(value, context) for value in self.wanted)
        wanted = [text for text in filled if text is not None]
        compare = NEGATED[self.operator] if negated else POSITIVE[self.operator]

        def meets(value: str) -> bool:
            return any(compare(want, value) for want in wanted) is not negated

        # A key with several values and no quantifier: IAM leaves it open; here a positive operator
        # asks for one value that meets it, a negated one for all, which never allows too much.
        every = self.quantifier == "ForAllValues" or (self.quantifier is None and negated)
        return all(map(meets, given)) if every else any(map(meets, given))


def parse(name: str, key: str, values: tuple[str, ...]) -> Condition:
    """The condition that a policy writes as `{name: {key: values}}`."""
    quantifier, _, rest = name.rpartition(":")
    if quantifier.lower() not in {"", "foranyvalue", "forallvalues"}:
        raise UnknownOperator(name)
    if_exists = rest.lower().endswith("ifexists")
    known = _LOWER.get((rest[:-8] if if_exists else rest).lower())
    if known is None or (known == "Null" and (if_exists or quantifier)):
        raise UnknownOperator(name)
    which = {"": None, "foranyvalue": "ForAnyValue", "forallvalues": "ForAllValues"}
    return Condition(known, key, values, which[quantifier.lower()], if_exists)
