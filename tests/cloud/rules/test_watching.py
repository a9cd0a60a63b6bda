"""What a watched role had to be allowed, beyond the actions of its calls (rule 10)."""

from aws import NEAR, SOURCE, TARGET, allow, assumed, caller, client, eventually, key, refused, role
from aws import rules as steer


def watched(arn):
    """What the role was asked since then, as (action, resource, via, dry, allowed)."""
    asked = steer("GET", f"watched?role={arn}")["asked"]
    names = ("action", "resource", "via", "dry", "allowed")
    return [tuple(one[name] for name in names) for one in asked]


def watch(arn):
    steer("POST", "watched", {"role": arn})


def test_a_call_asks_for_what_it_tags_and_for_the_key_that_the_service_uses():
    arn, used = role(TARGET), key(TARGET)
    session = client("ec2", assumed(arn))
    watch(arn)
    session.create_volume(
        AvailabilityZone=f"{NEAR}a",
        Size=1,
        Encrypted=True,
        KmsKeyId=used,
        TagSpecifications=[{"ResourceType": "volume", "Tags": [{"Key": "a", "Value": "b"}]}],
    )

    volumes = f"arn:aws:ec2:{NEAR}:{TARGET}:volume/*"
    through_ec2 = ("kms:GenerateDataKeyWithoutPlaintext", used, "ec2", False, True)
    # EBS asks for the key after the call.
    eventually(lambda: through_ec2 in watched(arn))
    assert watched(arn)[:2] == [
        ("ec2:CreateVolume", volumes, None, False, True),
        ("ec2:CreateTags", volumes, None, False, True),
    ]


def test_a_question_is_noted_once_with_its_answer_and_whether_it_was_a_dry_run():
    arn = role(TARGET, allow("kms:Describe*", "kms:Encrypt"))
    own, foreign = key(TARGET), key(SOURCE)
    kms = client("kms", assumed(arn))
    watch(arn)
    for _ in range(2):
        kms.describe_key(KeyId=own)
        refused(lambda: kms.describe_key(KeyId=foreign), "AccessDeniedException")
    refused(lambda: kms.encrypt(KeyId=own, Plaintext=b"a", DryRun=True), "DryRunOperationException")

    assert watched(arn) == [
        ("kms:DescribeKey", own, None, False, True),
        ("kms:DescribeKey", foreign, None, False, False),
        ("kms:Encrypt", own, None, True, True),
    ]


def test_who_assumes_a_role_was_asked_whether_it_may():
    by, wanted = role(TARGET), role(TARGET)
    session = assumed(by)
    watch(by)
    assumed(wanted, by=session)

    assert watched(by) == [("sts:AssumeRole", wanted, None, False, True)]


def test_only_a_role_that_is_watched_is_noted():
    arn = role(TARGET)
    client("ec2", assumed(arn)).describe_volumes()
    assert watched(arn) == []
    watch(arn)
    client("ec2", caller(TARGET)).describe_volumes()
    assert watched(arn) == []
