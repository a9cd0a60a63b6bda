"""Instance profiles: the role that an instance runs under.

`iam:PassRole` on the profile's role is the frame's matter (`resource_plane.passing`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.models import EC2Backend
from moto.ec2.models.iam_instance_profile import IamInstanceProfileAssociation
from moto.iam.models import InstanceProfile, iam_backends

from resource_plane.authorization import Access, resources
from resource_plane.ec2 import find, tags
from resource_plane.ec2.accounts import backend_of
from resource_plane.ec2.filters import Readers, selected
from resource_plane.ec2.pages import page
from resource_plane.error import AwsError
from resource_plane.frame import Call, Proceed, rule

READERS: Readers[IamInstanceProfileAssociation] = {
    "instance-id": lambda it: it.instance.id,
    "state": lambda it: it.state,
}


def profile(call: Call, given: Mapping[str, str]) -> InstanceProfile:
    """The instance profile that a request names, by name or ARN."""
    for found in iam_backends[call.account]["aws"].instance_profiles.values():
        if found.arn == given.get("Arn") or found.name == given.get("Name"):
            return found
    by = "arn" if given.get("Arn") else "name"
    value = given.get("Arn") or given.get("Name")
    message = f"Value ({value}) for parameter iamInstanceProfile.{by} is invalid."
    raise AwsError("InvalidParameterValue", f"{message} Invalid IAM Instance Profile {by}")


def associate(
    backend: EC2Backend, instance_id: str, wanted: InstanceProfile
) -> IamInstanceProfileAssociation:
    """Puts an instance under a profile."""
    made = backend.associate_iam_instance_profile(
        instance_id=instance_id, iam_instance_profile_arn=wanted.arn
    )
    _show(made)
    return made


@resources("ec2", "AssociateIamInstanceProfile")
def instance(call: Call) -> list[Access]:
    """The instance."""
    return [tags.access(call, "instance", call.params.get("InstanceId", "*"))]


@resources("ec2", "ReplaceIamInstanceProfileAssociation", "DisassociateIamInstanceProfile")
def associated_instance(call: Call) -> list[Access]:
    """The instance of the association."""
    found = _find(call)
    return [tags.access(call, "instance", found.instance.id if found else "*")]


@rule("ec2", "AssociateIamInstanceProfile")
def associate_profile(call: Call, _: Proceed) -> Any:
    """Puts an instance that has no profile under one."""
    backend, found = backend_of(call), profile(call, call.params["IamInstanceProfile"])
    target = find.instance(backend, call.params["InstanceId"])
    if target.state not in ("pending", "running", "stopping", "stopped"):
        message = f"The instance '{target.id}' is '{target.state}'"
        raise AwsError("IncorrectInstanceState", message)
    if target.id in backend.iam_instance_profile_associations:
        message = f"There is an existing association for instance {target.id}"
        raise AwsError("IncorrectState", message)
    return _answer(associate(backend, target.id, found), "associating")


@rule("ec2", "ReplaceIamInstanceProfileAssociation")
def replace_profile(call: Call, _: Proceed) -> Any:
    """Puts an instance under another profile; moto forgets to tell the instance."""
    found = profile(call, call.params["IamInstanceProfile"])
    association = _existing(call)
    association.iam_instance_profile = found
    _show(association)
    return _answer(association, "associating")


@rule("ec2", "DisassociateIamInstanceProfile")
def disassociate_profile(call: Call, _: Proceed) -> Any:
    """Takes an instance's profile away."""
    association = _existing(call)
    answer = _answer(association, "disassociating")
    backend_of(call).disassociate_iam_instance_profile(association.association_id)
    return answer


@rule("ec2", "DescribeIamInstanceProfileAssociations")
def describe_associations(call: Call, _: Proceed) -> Any:
    """The account's associations, or those of them that the call asks for."""
    ids = call.params.get("AssociationIds") or ()
    every = backend_of(call).iam_instance_profile_associations.values()
    known = {it.association_id for it in every}
    for one in ids:
        if one not in known:
            raise _unknown(one)
    among = [it for it in every if not ids or it.association_id in ids]
    items, following = page(call, selected(call, among, READERS))
    described = [_described(it, it.state) for it in items]
    return ActionResult({"IamInstanceProfileAssociations": described, "NextToken": following})


def _find(call: Call) -> IamInstanceProfileAssociation | None:
    asked = call.params.get("AssociationId")
    every = backend_of(call).iam_instance_profile_associations.values()
    return next((it for it in every if it.association_id == asked), None)


def _existing(call: Call) -> IamInstanceProfileAssociation:
    found = _find(call)
    if found is None:
        raise _unknown(call.params["AssociationId"])
    return found


def _unknown(association_id: str) -> AwsError:
    message = f"The association ID '{association_id}' does not exist"
    return AwsError("InvalidAssociationID.NotFound", message)


def _show(association: IamInstanceProfileAssociation) -> None:
    """Has the instance tell its profile; moto gives the association's id for the profile's."""
    found = association.iam_instance_profile
    association.instance.iam_instance_profile = {"Arn": found.arn, "Id": found.id}


def _answer(association: IamInstanceProfileAssociation, state: str) -> ActionResult:
    return ActionResult({"IamInstanceProfileAssociation": _described(association, state)})


def _described(association: IamInstanceProfileAssociation, state: str) -> dict[str, Any]:
    found = association.iam_instance_profile
    return {
        "AssociationId": association.association_id,
        "InstanceId": association.instance.id,
        "IamInstanceProfile": {"Arn": found.arn, "Id": found.id},
        "State": state,
    }
