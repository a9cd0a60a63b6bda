"""What every call that lists may be asked, also those that are moto's: its filters and its pages.

moto fails at filters that it does not know, or passes over them, and answers with everything at
once however little was asked for.
"""

from __future__ import annotations

import functools
import html
import re
from typing import Any

import botocore.session
from botocore.model import Shape
from botocore.paginate import PaginatorModel
from moto.core.responses import ActionResult
from moto.core.utils import get_service_model

from resource_plane.ec2 import filters, pages
from resource_plane.error import AwsError
from resource_plane.frame import Call, Proceed, rule

FILTERS = ("Filters", "Filter")
"""The parameters of filters: DescribeNatGateways has the second."""

NAMED = re.compile(r"<li>\s*<p>\s*<code>(.*?)</code>|<code>([\w.-]+)</code> as the filter name")
"""How the API model lists the names of filters, and further names of the same."""

EXCLUDES_IDS = re.compile(r"cannot specify this parameter and the ([\w ]+) IDs? parameter")
"""How it says that pages are not for things that are asked for by their ids."""


@rule("ec2", "*")
def listed(call: Call, proceed: Proceed) -> Any:
    """Checks what is asked, and divides the answer into pages unless a rule has done so."""
    shape = get_service_model("ec2").operation_model(call.action).input_shape
    if shape is None:
        return proceed()
    for name in FILTERS:
        asked = call.params.get(name)
        if asked:
            filters.few_enough(asked)
            _known(call.action, name, asked)
    of = shape.members.get("MaxResults")
    if of is None:
        return proceed()
    _check_size(call.params.get("MaxResults"), of)
    return _paged(call, of, proceed())


def _known(action: str, parameter: str, asked: list[dict[str, Any]]) -> None:
    """Refuses filters that the API model does not list, where it lists any."""
    names = _names(action, parameter)
    for one in asked:
        name = one.get("Name") or "null"
        if names and name not in names and not ("tag" in names and name.startswith("tag:")):
            raise filters.unknown(name)


@functools.cache
def _names(action: str, parameter: str) -> frozenset[str]:
    shape = get_service_model("ec2").operation_model(action).input_shape
    text = shape.members[parameter].documentation if shape else ""
    found = {html.unescape(first or other) for first, other in NAMED.findall(text)}
    # The names that filters had at first, such as `isDefault`, are still taken; the model tells of
    # some (BC:ec2.DescribeSubnetsRequest.Filters).
    found |= {re.sub(r"-(.)", lambda it: it[1].upper(), name) for name in found}
    # Some write `tag:<key>`; values could be asked for alone before keys could.
    found |= {"tag"} if any(name.startswith("tag:") for name in found) else set()
    return frozenset(found | ({"tag-value"} if "tag-key" in found else set()))


def _check_size(size: int | None, of: Shape) -> None:
    """Refuses a page that is larger or smaller than the API model has it."""
    least, most = of.metadata.get("min"), of.metadata.get("max")
    if size is None or least is None or most is None or least <= size <= most:
        return
    message = f"Value ( {size} ) for parameter maxResults is invalid."
    raise AwsError("InvalidParameterValue", f"{message} Expecting {least} to {most}.")


def _paged(call: Call, of: Shape, answer: Any) -> Any:
    key = _listing(call.action)
    if key is None or call.found.get(pages.PAGED) or not isinstance(answer, ActionResult):
        return answer
    told = answer.result
    if not isinstance(told, dict) or not isinstance(told.get(key), list):
        return answer
    excluded = EXCLUDES_IDS.search(of.documentation)
    ids = f"{excluded.group(1).title().replace(' ', '')}Ids" if excluded else None
    items, following = pages.page(call, told[key], ids if call.params.get(ids) else None)
    return ActionResult({**told, key: items, "NextToken": following})


@functools.cache
def _paginators() -> PaginatorModel:
    return botocore.session.get_session().get_paginator_model("ec2")


@functools.cache
def _listing(action: str) -> str | None:
    """What an action lists in pages, by its name in the answer."""
    try:
        found = _paginators().get_paginator(action)
    except ValueError:
        return None
    single = isinstance(found["result_key"], str) and found.get("limit_key") == "MaxResults"
    return found["result_key"] if single else None
