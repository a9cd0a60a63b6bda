"""Default Host Management: a role by which instances without a profile of use are managed too.

An account turns it on in a Region by a service setting, which names the role
(SSM/fleet-manager-default-host-management-configuration). Of the service settings it is the only
one that is served.
"""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.core.utils import utcnow
from moto.iam.models import Role, iam_backends

from resource_plane.authorization import Access, resources
from resource_plane.ec2.instances.model import Instance
from resource_plane.error import AwsError
from resource_plane.frame import Call, Proceed, rule
from resource_plane.principal import HOME_PARTITION
from resource_plane.reset import on_reset

SETTING = "/ssm/managed-instance/default-ec2-instance-management-role"
NONE = "$None"
"""The setting's value where nobody has changed it."""

_roles: dict[tuple[str, str], str] = {}
"""The names of the roles, by account and Region."""


def roles(instance: Instance) -> list[Role]:
    """The role that the account of the instance names in its Region, if any."""
    backend = instance.ec2_backend
    named = _roles.get((backend.account_id, backend.region_name))
    there = iam_backends[backend.account_id][HOME_PARTITION].roles.values()
    return [role for role in there if role.name == named]


@resources("ssm", "GetServiceSetting", "ResetServiceSetting")
def setting(call: Call) -> list[str]:
    """The setting."""
    return [_arn(call)]


@resources("ssm", "UpdateServiceSetting")
def setting_and_role(call: Call) -> list[Access]:
    """The setting, and the role that is passed to Systems Manager by it."""
    role = f"arn:{HOME_PARTITION}:iam::{call.account}:role/{call.params.get('SettingValue')}"
    to = {"iam:PassedToService": "ssm.amazonaws.com"}
    return [Access(_arn(call)), Access(role, "iam:PassRole", context=to)]


@rule("ssm", "UpdateServiceSetting")
def update_service_setting(call: Call, _: Proceed) -> Any:
    """Names the role."""
    _require_known(call)
    _roles[call.account, call.region] = call.params["SettingValue"].removeprefix("service-role/")
    return EmptyResult()


@rule("ssm", "ResetServiceSetting")
def reset_service_setting(call: Call, _: Proceed) -> Any:
    """Names none any more."""
    _require_known(call)
    _roles.pop((call.account, call.region), None)
    return ActionResult({"ServiceSetting": _described(call)})


@rule("ssm", "GetServiceSetting")
def get_service_setting(call: Call, _: Proceed) -> Any:
    """Tells the role."""
    _require_known(call)
    return ActionResult({"ServiceSetting": _described(call)})


def _require_known(call: Call) -> None:
    if call.params.get("SettingId") not in (SETTING, _arn(call)):
        raise AwsError("ServiceSettingNotFound", f"Setting not found: {call.params['SettingId']}")


def _arn(call: Call) -> str:
    return f"arn:aws:ssm:{call.region}:{call.account}:servicesetting{SETTING}"


def _described(call: Call) -> dict[str, Any]:
    named = _roles.get((call.account, call.region))
    return {
        "SettingId": SETTING,
        "SettingValue": named or NONE,
        "LastModifiedDate": utcnow(),
        "ARN": _arn(call),
        "Status": "Customized" if named else "Default",
    }


@on_reset
def forget_roles() -> None:
    """Turns it off everywhere."""
    _roles.clear()
