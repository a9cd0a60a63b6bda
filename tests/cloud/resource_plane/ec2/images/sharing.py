"""Which AMIs an account may launch: its own, public ones, and those it has permission for."""

from __future__ import annotations

from collections.abc import Iterator

from resource_plane.ec2 import find
from resource_plane.ec2.accounts import backend_of, backends_in
from resource_plane.ec2.images.model import Image
from resource_plane.error import AwsError
from resource_plane.frame import Call


def explicitly(image: Image, account: str) -> bool:
    """Whether an account has permission by its id."""
    return {"UserId": account} in image.launch_permissions


def launchable(image: Image, account: str) -> bool:
    """Whether an account may launch instances of an AMI."""
    return image.owner_id == account or image.is_public or explicitly(image, account)


def all_visible(call: Call, region: str | None = None) -> Iterator[Image]:
    """The AMIs of a Region, else of the call's, that the caller's account may launch."""
    for backend in backends_in(region or call.region):
        for image in list(backend.amis.values()):
            if launchable(image, call.account):
                yield image


def visible(call: Call, image_id: str, region: str | None = None) -> Image:
    """The AMI with this id, which must be one that the caller's account may launch."""
    find.well_formed("ami", image_id, "InvalidAMIID")
    for image in all_visible(call, region):
        if image.id == image_id:
            return image
    message = f"The image id '[{image_id}]' does not exist"
    raise AwsError("InvalidAMIID.NotFound", message)


def own(call: Call, image_id: str) -> Image:
    """The AMI with this id, which must belong to the caller's account."""
    image = visible(call, image_id)
    if image.id not in backend_of(call).amis:
        # EC2API/errors-overview, AuthFailure: what is not yours.
        raise AwsError("AuthFailure", f"Not authorized for images: [{image_id}]", 403)
    return image
