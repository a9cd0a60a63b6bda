"""The Regions of a partition, and which of them an account has (BC:ec2.DescribeRegions).

Regions that AWS has opened since 2019 are an account's only once it asks for them
(EC2/using-regions-availability-zones, "Regions that require opt-in"): all accounts here have those
of the setting `optedInRegions`. moto takes some of them for old ones, lists those that the account
has not, and those of other partitions.
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
from resource_plane.settings import opted_in_regions

WITHOUT_OPT_IN = {
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
}
"""Of the partition `aws`; in the others no Region has to be asked for."""

READERS: Readers[Region] = {
    "endpoint": lambda it: it.endpoint,
    "opt-in-status": lambda it: opt_in_status(it.name),
    "region-name": lambda it: it.name,
}


def opt_in_status(region: str) -> str:
    """Whether accounts have the Region."""
    if region in WITHOUT_OPT_IN or get_partition(region) != "aws":
        return "opt-in-not-required"
    return "opted-in" if region in opted_in_regions() else "not-opted-in"


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
