"""Dry runs of the calls on instances and volumes: who may is told so, and nothing changes."""

import pytest
from aws import SOURCE, allow, caller, refused
from compute import (
    at_once,  # noqa: F401
    ec2,
    group,
    instance_now,
    launch,
    network,
    volume,
    volume_now,
)

pytestmark = pytest.mark.usefixtures("at_once")

ON_INSTANCES = {
    "AttachVolume": lambda c, it: c.attach_volume(
        VolumeId=it["volume"], InstanceId=it["instance"], Device="/dev/sdf", DryRun=True
    ),
    "DeleteSecurityGroup": lambda c, it: c.delete_security_group(GroupId=it["group"], DryRun=True),
    "DeleteVolume": lambda c, it: c.delete_volume(VolumeId=it["volume"], DryRun=True),
    "DetachVolume": lambda c, it: c.detach_volume(VolumeId=it["root"], DryRun=True),
    "ModifyInstanceAttribute": lambda c, it: c.modify_instance_attribute(
        InstanceId=it["instance"], DisableApiTermination={"Value": True}, DryRun=True
    ),
    "StartInstances": lambda c, it: c.start_instances(InstanceIds=[it["instance"]], DryRun=True),
    "StopInstances": lambda c, it: c.stop_instances(InstanceIds=[it["instance"]], DryRun=True),
    "TerminateInstances": lambda c, it: c.terminate_instances(
        InstanceIds=[it["instance"]], DryRun=True
    ),
    "CreateSecurityGroup": lambda c, it: c.create_security_group(
        GroupName="dry", Description="dry", VpcId=it["vpc"], DryRun=True
    ),
    "RevokeSecurityGroupEgress": lambda c, it: c.revoke_security_group_egress(
        GroupId=it["group"],
        IpPermissions=[{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}],
        DryRun=True,
    ),
}


@pytest.fixture
def things(at_once):  # noqa: F811
    """An instance, a volume beside it, and a security group of its VPC."""
    vpc, inside = network()
    made = launch(SubnetId=inside)
    (root,) = instance_now(made)["BlockDeviceMappings"]
    return {
        "instance": made,
        "root": root["Ebs"]["VolumeId"],
        "volume": volume(),
        "vpc": vpc,
        "group": group(vpc),
    }


def now(things):
    """All that a dry run could have changed."""
    of_vpc = [{"Name": "vpc-id", "Values": [things["vpc"]]}]
    protected = ec2().describe_instance_attribute(
        InstanceId=things["instance"], Attribute="disableApiTermination"
    )
    return (
        instance_now(things["instance"]),
        volume_now(things["volume"]),
        volume_now(things["root"]),
        protected["DisableApiTermination"],
        ec2().describe_security_groups(Filters=of_vpc)["SecurityGroups"],
    )


@pytest.mark.parametrize("action", ON_INSTANCES)
def test_a_dry_run_says_whether_the_caller_may_and_does_nothing(action, things):
    before = now(things)
    may, may_not = caller(SOURCE, allow(f"ec2:{action}")), caller(SOURCE, allow("ec2:None"))
    run = ON_INSTANCES[action]
    refused(lambda: run(ec2(may), things), "DryRunOperation", "would have succeeded")
    refused(lambda: run(ec2(may_not), things), "UnauthorizedOperation", f"ec2:{action}")
    assert now(things) == before
