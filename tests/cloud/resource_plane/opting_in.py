"""The Regions that an account has.

Regions that AWS has opened since 2019 are an account's only once it asks for them
(EC2/using-regions-availability-zones, "Regions that require opt-in"): all accounts here have those
of the setting `optedInRegions`. The others know nobody of an account, and refuse its credentials as
they refuse any that there are not: GH:segmentio/aws-okta#225 (EC2 and STS), GH:ekristen/aws-nuke
#774 (services of JSON).
"""

from __future__ import annotations

from moto.utilities.utils import get_partition

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


def opt_in_status(region: str) -> str:
    """Whether accounts have the Region."""
    if region in WITHOUT_OPT_IN or get_partition(region) != "aws":
        return "opt-in-not-required"
    return "opted-in" if region in opted_in_regions() else "not-opted-in"
