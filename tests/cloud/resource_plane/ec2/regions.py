"""The Regions of a partition, and which of them an account has (BC:ec2.DescribeRegions).

moto takes some of those that must be asked for for old ones, lists those that the account has not,
and those of other partitions.
"""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.models.availability_zones_and_regions import Region
from moto.utilities.utils import get_partition

from resource_plane.ec2.accounts import backend_of
from resource_plane.ec2.filters import Readers, selected
from resource_plane.error import AwsError
from resource_plane.frame import Call, Proceed, rule
from resource_plane.opting_in import opt_in_status

READERS: Readers[Region] = {
    "endpoint": lambda it: it.endpoint,
    "opt-in-status": lambda it: opt_in_status(it.name),
    "region-name": lambda it: it.name,
}


@rule("ec2", "DescribeRegions")
def describe_regions(call: Call, _: Proceed) -> Any:
    """The Regions that the account has, or those that are asked for, whether it has them or not."""
    partition = get_partition(call.region)
    found = [it for it in backend_of(call).regions if get_partition(it.name) == partition]
    names = call.params.get("RegionNames")
    if names:
        unknown = [it for it in names if it not in {one.name for one in found}]
        if unknown:
            message = f"Invalid region names provided: {', '.join(unknown)}"
            raise AwsError("InvalidParameterValue", message)
        found = [it for it in found if it.name in names]
    elif not call.params.get("AllRegions"):
        found = [it for it in found if opt_in_status(it.name) != "not-opted-in"]
    told = [
        {
            "RegionName": it.name,
            "Endpoint": it.endpoint,
            "OptInStatus": opt_in_status(it.name),
        }
        for it in selected(call, found, READERS)
    ]
    return ActionResult({"Regions": told})
