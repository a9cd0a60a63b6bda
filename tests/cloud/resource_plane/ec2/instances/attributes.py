"""ModifyInstanceAttribute and DescribeInstanceAttribute."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.ec2.models import EC2Backend

from resource_plane.authorization import Access, resources
from resource_plane.ec2 import find, tags
from resource_plane.ec2.accounts import backend_of
from resource_plane.ec2.instances import types
from resource_plane.ec2.instances.model import Instance
from resource_plane.ec2.instances.user_data import user_data
from resource_plane.error import AwsError
from resource_plane.frame import Call, Proceed, rule

FIELDS = {
    "DisableApiStop": "disable_api_stop",
    "DisableApiTermination": "disable_api_termination",
    "EbsOptimized": "ebs_optimized",
    "EnaSupport": "ena_support",
    "InstanceInitiatedShutdownBehavior": "instance_initiated_shutdown_behavior",
    "InstanceType": "instance_type",
    "Kernel": "kernel_id",
    "Ramdisk": "ramdisk_id",
    "SourceDestCheck": "source_dest_check",
    "SriovNetSupport": "sriov_net_support",
    "UserData": "user_data",
}
"""Attributes with a value, and where the instance keeps it."""

WHILE_STOPPED = frozenset(
    {
        "EbsOptimized",
        "EnaSupport",
        "InstanceType",
        "Kernel",
        "Ramdisk",
        "SriovNetSupport",
        "UserData",
    }
)
"""BC:ec2.ModifyInstanceAttribute: "To modify some attributes, the instance must be stopped."."""

BOOLEAN = frozenset(
    {"DisableApiStop", "DisableApiTermination", "EbsOptimized", "EnaSupport", "SourceDestCheck"}
)


@resources("ec2", "ModifyInstanceAttribute", "DescribeInstanceAttribute")
def instance_and_groups(call: Call) -> list[Access]:
    """The instance, and the security groups that it is put into."""
    groups = call.params.get("Groups") or ()
    attribute = call.params.get("Attribute")
    return [
        tags.access(
            call, "instance", call.params.get("InstanceId", "*"), {"ec2:Attribute": attribute}
        ),
        *(tags.access(call, "security-group", group) for group in groups),
    ]


@rule("ec2", "ModifyInstanceAttribute")
def modify_instance_attribute(call: Call, _: Proceed) -> Any:
    """Changes one attribute."""
    backend = backend_of(call)
    instance = find.instance(backend, call.params["InstanceId"])
    name, value = _change(call.params)
    if instance.state in ("shutting-down", "terminated"):
        message = f"The instance '{instance.id}' is '{instance.state}'"
        raise AwsError("IncorrectInstanceState", message)
    if name in WHILE_STOPPED and instance.state != "stopped":
        message = f"The instance '{instance.id}' is not in the 'stopped' state."
        raise AwsError("IncorrectInstanceState", message)
    if name == "Groups":
        _put_into(backend, instance, value)
    elif name == "BlockDeviceMappings":
        _mark(instance, value)
    else:
        setattr(instance, FIELDS[name], _checked(instance, name, value))
    return EmptyResult()


def _change(params: Mapping[str, Any]) -> tuple[str, Any]:
    """The one attribute that a call changes, and its new value."""
    found = {
        name: params[name].get("Value") for name in FIELDS if isinstance(params.get(name), Mapping)
    }
    found |= {name: params[name] for name in ("Groups", "BlockDeviceMappings") if params.get(name)}
    if attribute := params.get("Attribute"):
        name = attribute[:1].upper() + attribute[1:]
        if "Value" in params and name in FIELDS:
            value = params["Value"]
            found[name] = str(value).lower() == "true" if name in BOOLEAN else value
    if len(found) > 1:
        names = ", ".join(sorted(found))
        message = f"Fields for multiple attribute types specified: {names}"
        raise AwsError("InvalidParameterCombination", message)
    if not found:
        raise AwsError("InvalidParameterCombination", "No attributes specified.")
    return next(iter(found.items()))


def _checked(instance: Instance, name: str, value: Any) -> Any:
    if name == "UserData":
        return user_data(value)
    if name == "InstanceType":
        if value not in types.INSTANCE_TYPES:
            # BC:ec2.ModifyInstanceAttributeRequest.InstanceType names this code.
            message = f"Invalid value '{value}' for InstanceType."
            raise AwsError("InvalidInstanceAttributeValue", message)
        types.fits_architecture(value, instance.architecture, "instance")
        types.offered(value, instance.availability_zone)
        # EC2/instance-optimize-cpu: another type comes with its own.
        instance.cpus_asked = None
    return value


def _put_into(backend: EC2Backend, instance: Instance, group_ids: list[str]) -> None:
    """Replaces the security groups, on the instance and on its primary network interface."""
    groups = [find.security_group(backend, one) for one in dict.fromkeys(group_ids)]
    for group in groups:
        if group.vpc_id != instance.vpc_id:
            message = f"The security group '{group.id}' does not exist in VPC '{instance.vpc_id}'"
            raise AwsError("InvalidGroup.NotFound", message)
    if len(instance.nics) > 1:
        # BC:ec2.ModifyInstanceAttribute: this "can result in an error if the instance has more
        # than one ENI".
        message = f"There are multiple interfaces attached to instance '{instance.id}'."
        end = "Please specify an interface ID for the operation instead."
        raise AwsError("InvalidInstanceID", f"{message} {end}")
    instance.security_groups = groups
    instance.nics[0]._group_set = list(groups)


def _mark(instance: Instance, mappings: list[Mapping[str, Any]]) -> None:
    """Says of attached volumes whether they go with the instance."""
    for mapping in mappings:
        if mapping.get("DeviceName") not in instance.attached:
            message = f"No device is currently mapped at {mapping.get('DeviceName')}"
            raise AwsError("InvalidInstanceAttributeValue", message)
    for mapping in mappings:
        attachment = instance.attached[mapping["DeviceName"]]
        # BC:ec2.ModifyInstanceAttributeRequest.BlockDeviceMappings: "the default is true".
        marked = (mapping.get("Ebs") or {}).get("DeleteOnTermination", True)
        attachment.delete_on_termination = marked


@rule("ec2", "DescribeInstanceAttribute")
def describe_instance_attribute(call: Call, _: Proceed) -> Any:
    """Tells one attribute."""
    instance = find.instance(backend_of(call), call.params["InstanceId"])
    attribute = call.params["Attribute"]
    name = attribute[:1].upper() + attribute[1:]
    told: dict[str, Any] = {"InstanceId": instance.id}
    if attribute == "groupSet":
        told["Groups"] = [{"GroupId": group.id} for group in instance.security_groups]
    elif attribute == "blockDeviceMapping":
        told["BlockDeviceMappings"] = instance.block_device_mappings
    elif attribute == "productCodes":
        told["ProductCodes"] = []
    elif attribute == "rootDeviceName":
        told["RootDeviceName"] = {"Value": instance.root_device_name}
    elif name in FIELDS:
        short = {"Kernel": "KernelId", "Ramdisk": "RamdiskId"}.get(name, name)
        told[short] = {"Value": getattr(instance, FIELDS[name])}
    else:
        message = f"Value ({attribute}) for parameter attribute is invalid. Unknown attribute."
        raise AwsError("InvalidParameterValue", message)
    return ActionResult(told)
