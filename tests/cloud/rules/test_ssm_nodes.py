"""Commands are sent to managed nodes: where an agent runs and has credentials to register with."""

import pytest
from aws import NEAR, SOURCE, TARGET, WHILE, allow, elapse, refused
from compute import at_once, ec2, fails, launch, state  # noqa: F401
from nodes_and_commands import is_managed, node, profile, send, ssm

pytestmark = pytest.mark.usefixtures("at_once")

INVALID = "InvalidInstanceId"


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
    settings(durations={"ssm-agent": WHILE})
    instance = node()

    assert state(instance) == "running"
    assert not is_managed(instance)
    elapse(WHILE)
    assert is_managed(instance)


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
    settings(durations={"ssm-agent": WHILE})
    ec2().start_instances(InstanceIds=[instance])
    assert state(instance) == "running"
    assert not is_managed(instance)
    elapse(WHILE)
    assert is_managed(instance)


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
