"""What a caller of Systems Manager has to be allowed."""

import pytest
from aws import NEAR, SOURCE, allow, caller, document, refused, statement
from compute import at_once  # noqa: F401
from nodes_and_commands import SHELL, send, ssm, standing_node, told

pytestmark = pytest.mark.usefixtures("at_once")

DENIED = "AccessDeniedException"
SHELL_ARN = f"arn:aws:ssm:{NEAR}::document/{SHELL}"


@pytest.fixture(scope="module")
def instance(plane):
    """A managed node that no test changes."""
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "restore:id", "Value": "r-1"}]}]
    return standing_node(TagSpecifications=tags)


def arn(instance):
    return f"arn:aws:ec2:{NEAR}:{SOURCE}:instance/{instance}"


def test_it_takes_leave_on_the_document_and_on_the_instance(instance):
    both = allow("ssm:SendCommand", resource=[SHELL_ARN, arn(instance)])

    assert send(instance, caller(SOURCE, both))


def test_a_refusal_names_what_is_missing(instance):
    only_document = caller(SOURCE, allow("ssm:SendCommand", resource=SHELL_ARN))
    only_instance = caller(SOURCE, allow("ssm:SendCommand", resource=arn(instance)))

    action = "is not authorized to perform: ssm:SendCommand on resource:"
    refused(lambda: send(instance, only_document), DENIED, f"{action} {arn(instance)}")
    refused(lambda: send(instance, only_instance), DENIED, f"{action} {SHELL_ARN}")


@pytest.mark.parametrize("key", ["ssm:resourceTag/restore:id", "aws:ResourceTag/restore:id"])
def test_an_instance_is_known_by_its_tags(instance, key):
    def allowed(value, *documents):
        tagged = {"StringEquals": {key: value}}
        of_instance = statement(
            "Allow", "ssm:SendCommand", "arn:aws:ec2:*:*:instance/*", Condition=tagged
        )
        return caller(SOURCE, document(of_instance, *documents))

    of_document = statement("Allow", "ssm:SendCommand", SHELL_ARN)
    assert send(instance, allowed("r-1", of_document))
    refused(lambda: send(instance, allowed("r-2", of_document)), DENIED, arn(instance))
    refused(lambda: send(instance, allowed("r-1")), DENIED, SHELL_ARN)


def test_a_condition_on_tags_does_not_hold_for_a_document(instance):
    tagged = {"StringEquals": {"ssm:resourceTag/restore:id": "r-1"}}
    everywhere = document(statement("Allow", "ssm:SendCommand", Condition=tagged))

    refused(lambda: send(instance, caller(SOURCE, everywhere)), DENIED, SHELL_ARN)


def test_leave_to_look_is_on_no_instance(instance):
    command = send(instance)
    on_instance = caller(SOURCE, allow("ssm:GetCommandInvocation", resource=arn(instance)))

    refused(
        lambda: told(command, instance, on_instance),
        DENIED,
        f"ssm:GetCommandInvocation on resource: arn:aws:ssm:{NEAR}:{SOURCE}:*",
    )
    assert told(command, instance, caller(SOURCE, allow("ssm:GetCommandInvocation")))


def test_whoever_may_not_send_learns_nothing_of_the_instance():
    stranger = caller(SOURCE, allow("ssm:SendCommand", resource=SHELL_ARN))

    refused(lambda: send("i-0123456789abcdef0", stranger), DENIED)


def test_default_host_management_passes_a_role_on():
    setting = "/ssm/managed-instance/default-ec2-instance-management-role"
    without = caller(SOURCE, allow("ssm:UpdateServiceSetting"))

    refused(
        lambda: ssm(without).update_service_setting(SettingId=setting, SettingValue="agents"),
        DENIED,
        "iam:PassRole",
    )


def test_credentials_that_nobody_knows_are_refused():
    nobody = {"AccessKeyId": "AKIAIOSFODNN7EXAMPLE", "SecretAccessKey": "x"}

    refused(lambda: send("i-0123456789abcdef0", nobody), "UnrecognizedClientException")
