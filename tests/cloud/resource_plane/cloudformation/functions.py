"""Functions of templates: `Fn::Cidr`, which moto lacks, and `Fn::GetAZs`, of which it knows little.

CloudFormation/intrinsic-function-reference-getavailabilityzones: the zones in alphabetical order of
the Region named, of the stack's where that is empty; only those with a default subnet, unless none
has one. moto gives four zones to every Region, and takes an empty one for us-east-1.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from itertools import islice
from typing import Any

from moto.cloudformation import parsing
from moto.ec2.models import ec2_backends

from resource_plane.error import AwsError

_clean = parsing.clean_json


def _clean_with_functions(template: Any, resources: Mapping[str, Any]) -> Any:
    """In place of moto's, which calls itself by this name for all that stands within."""
    if isinstance(template, dict) and "Fn::Cidr" in template:
        return _cidrs(*_clean_with_functions(template["Fn::Cidr"], resources))
    if isinstance(template, dict) and "Fn::GetAZs" in template:
        region = _clean_with_functions(template["Fn::GetAZs"], resources)
        return _zones(resources["AWS::AccountId"], region or resources["AWS::Region"])
    return _clean(template, resources)


def _cidrs(block: str, count: Any, bits: Any) -> list[str]:
    """`count` blocks cut from one, with `bits` bits for the hosts of each."""
    whole, count, bits = ipaddress.ip_network(block), int(count), int(bits)
    length = whole.max_prefixlen - bits
    possible = 2 ** (length - whole.prefixlen) if length >= whole.prefixlen else 0
    if possible < count:
        message = f"Template error: Fn::Cidr cannot make {count} blocks of {bits} bits of {block}"
        raise AwsError("ValidationError", message, 400)
    return [str(it) for it in islice(whole.subnets(new_prefix=length), count)]


def _zones(account: str, region: str) -> list[str]:
    backend = ec2_backends[account][region]
    of_default_subnets = backend.get_default_subnets()
    return sorted(of_default_subnets or [it.name for it in backend.describe_availability_zones()])


parsing.clean_json = _clean_with_functions
