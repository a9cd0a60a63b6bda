"""Commands are sent to managed nodes only: an agent, its credentials, a way to Systems Manager."""

import pytest
from aws import NEAR, SOURCE, TARGET, allow, eventually, refused
from botocore.exceptions import ClientError
from compute import at_once, ec2, fails, group, launch, network, state, subnet  # noqa: F401
from local_aws import nodes
from nodes_and_commands import node, profile, send, ssm

pytestmark = pytest.mark.usefixtures("at_once")

INVALID = "InvalidInstanceId"


def is_managed(instance):
    try:
        send(instance)
    except ClientError as error:
        assert error.response["Error"]["Code"] == INVALID
        return False
    return True


def test_an_instance_with_all_it_needs_is_a_managed_node():
    assert is_managed(node())


def test_another_instance_is_refused_in_the_words_of_systems_manager():
    lonely = launch()

    message = refused(lambda: send(lonely), INVALID)

    assert message == f"Instances [[{lonely}]] not in a valid state for account {SOURCE}"


def test_an_instance_that_is_not_there_or_is_anothers_is_refused_alike():
    missing, theirs = "i-0123456789abcdef0", node(TARGET)

    for instance in (missing, theirs):
        refused(lambda one=instance: send(one), INVALID, f"[[{instance}]]")


def test_all_instances_must_be_managed_nodes_or_none_is_sent_anything():
    good, bad = node(), launch()

    refused(lambda: send(good, InstanceIds=[good, bad]), INVALID, f"[[{bad}]]")


def test_the_agent_registers_some_time_after_the_instance_runs(settings):
    settings(durations={"ssm-agent": 0.5})
    instance = node()

    assert state(instance) == "running"
    assert not is_managed(instance)
    eventually(lambda: is_managed(instance))


def test_an_instance_without_an_agent_is_none():
    fails("ssm-agent", "absent", account=SOURCE, region=NEAR, **{"tag:role": "appliance"})
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "role", "Value": "appliance"}]}]

    assert not is_managed(node(TagSpecifications=tags))
    assert is_managed(node(TagSpecifications=tags))


def test_a_stopped_instance_is_none_until_its_agent_registers_again(settings):
    instance = node()
    assert is_managed(instance)

    ec2().stop_instances(InstanceIds=[instance])
    assert not is_managed(instance)
    settings(durations={"ssm-agent": 0.3})
    ec2().start_instances(InstanceIds=[instance])
    assert state(instance) == "running"
    assert not is_managed(instance)
    eventually(lambda: is_managed(instance))


def test_a_terminated_instance_is_none():
    instance = node()
    ec2().terminate_instances(InstanceIds=[instance])

    assert not is_managed(instance)


# Credentials


def test_an_instance_without_a_profile_is_none():
    instance = node(IamInstanceProfile=None)
    assert not is_managed(instance)

    ec2().associate_iam_instance_profile(
        InstanceId=instance, IamInstanceProfile={"Name": profile()}
    )

    assert is_managed(instance)


@pytest.mark.parametrize(
    "policy",
    [
        allow("s3:*"),
        allow("ssm:UpdateInstanceInformation"),
        allow("ssmmessages:*"),
        allow("ssm:*", "ssmmessages:*", resource="arn:aws:ec2:*:*:instance/i-1*"),
    ],
)
def test_a_profile_whose_role_does_not_let_the_agent_register_is_of_no_use(policy):
    assert not is_managed(node(IamInstanceProfile={"Name": profile(policy=policy)}))


SETTING = "/ssm/managed-instance/default-ec2-instance-management-role"


def test_default_host_management_stands_in_for_a_profile():
    role = profile()
    instance = node(IamInstanceProfile=None)
    service = ssm()
    told = service.get_service_setting(SettingId=SETTING)["ServiceSetting"]
    assert (told["SettingValue"], told["Status"]) == ("$None", "Default")

    service.update_service_setting(SettingId=SETTING, SettingValue=role)
    try:
        assert is_managed(instance)
        told = service.get_service_setting(SettingId=SETTING)["ServiceSetting"]
        assert (told["SettingValue"], told["Status"]) == (role, "Customized")
    finally:
        service.reset_service_setting(SettingId=SETTING)

    assert not is_managed(instance)


def test_no_other_service_setting_is_known():
    refused(lambda: ssm().get_service_setting(SettingId="/ssm/other"), "ServiceSettingNotFound")


# The way


def test_a_subnet_without_a_way_to_systems_manager_has_none():
    assert not is_managed(node(SubnetId=subnet()))


@pytest.mark.parametrize("service", nodes.SERVICES)
def test_one_endpoint_is_not_enough(service):
    alone = subnet()
    nodes.endpoints(ec2(), alone, (service,))

    assert not is_managed(node(SubnetId=alone))


def test_an_endpoint_serves_all_subnets_of_its_vpc_and_no_other_vpc():
    vpc = ec2().create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    first, second = (
        ec2().create_subnet(VpcId=vpc, CidrBlock=block)["Subnet"]["SubnetId"]
        for block in ("10.1.1.0/24", "10.1.2.0/24")
    )
    nodes.endpoints(ec2(), first)

    assert is_managed(node(SubnetId=second))
    assert not is_managed(node(SubnetId=subnet()))


def test_without_dns_hostnames_the_names_do_not_lead_to_the_endpoints():
    vpc, inside = network()
    nodes.endpoints(ec2(), inside)
    instance = node(SubnetId=inside)
    assert is_managed(instance)

    ec2().modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": False})

    assert not is_managed(instance)


def test_the_security_group_of_the_endpoints_has_to_let_https_in():
    inside = subnet()
    theirs = nodes.endpoints(ec2(), inside)
    instance = node(SubnetId=inside)
    assert is_managed(instance)

    rules = ec2().describe_security_groups(GroupIds=[theirs])["SecurityGroups"][0]["IpPermissions"]
    ec2().revoke_security_group_ingress(GroupId=theirs, IpPermissions=rules)
    assert not is_managed(instance)
    pair = {"GroupId": ec2_groups(instance)[0]}
    https = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "UserIdGroupPairs": [pair]}
    ec2().authorize_security_group_ingress(GroupId=theirs, IpPermissions=[https])
    assert is_managed(instance)


def ec2_groups(instance):
    told = ec2().describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]
    return [it["GroupId"] for it in told["SecurityGroups"]]


EVERYWHERE = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]


def test_the_security_group_of_the_instance_has_to_let_https_out():
    vpc, inside = network()
    theirs = nodes.endpoints(ec2(), inside)
    closed = group(vpc)
    ec2().revoke_security_group_egress(GroupId=closed, IpPermissions=EVERYWHERE)
    instance = node(SubnetId=inside, SecurityGroupIds=[closed])
    assert not is_managed(instance)

    https = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}
    to = {"UserIdGroupPairs": [{"GroupId": theirs}]}
    ec2().authorize_security_group_egress(GroupId=closed, IpPermissions=[https | to])

    assert is_managed(instance)


@pytest.mark.parametrize("public", [True, False])
def test_a_route_to_the_internet_is_a_way_for_an_instance_with_a_public_address(public):
    inside = subnet()
    nodes.way_out(ec2(), inside)
    interface = {"DeviceIndex": 0, "SubnetId": inside, "AssociatePublicIpAddress": public}
    instance = launch(NetworkInterfaces=[interface], IamInstanceProfile={"Name": profile()})

    assert is_managed(instance) is public


def test_a_nat_gateway_is_a_way_out_without_one():
    vpc, inside = network()
    address = ec2().allocate_address(Domain="vpc")["AllocationId"]
    gateway = ec2().create_nat_gateway(SubnetId=subnet(), AllocationId=address)["NatGateway"]
    table = ec2().create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ec2().associate_route_table(RouteTableId=table, SubnetId=inside)
    instance = node(SubnetId=inside)
    assert not is_managed(instance)

    ec2().create_route(
        RouteTableId=table,
        DestinationCidrBlock="0.0.0.0/0",
        NatGatewayId=gateway["NatGatewayId"],
    )

    assert is_managed(instance)
