"""What the stack's bucket is encrypted under, and who may use that key: whoever uses the bucket."""

import re

import pytest
from cloudformation import as_list, template

KEYS = {"Ref": "BucketKeyArns"}
NONE = {
    "Sub": (
        "arn:${AWS::Partition}:kms:${AWS::Region}:${AWS::AccountId}:key/"
        "${AWS::StackName}-no-bucket-key"
    )
}
DECRYPTS, ENCRYPTS = {"Ref": "DecryptFromBucket"}, {"Ref": "EncryptIntoBucket"}


@pytest.fixture(scope="module")
def stack():
    return template("template")


def statements(stack, policy):
    """The statements of one of the template's policies."""
    properties = stack["Resources"][policy["Ref"]]["Properties"]
    return properties["PolicyDocument"]["Statement"]


def policies_of_roles(stack):
    """The template's own policies of every function and every role, by its name."""
    return {
        name: properties.get("Policies", properties.get("ManagedPolicyArns"))
        for name, resource in stack["Resources"].items()
        for properties in [resource["Properties"]]
        if resource["Type"] in {"AWS::Serverless::Function", "AWS::IAM::Role"}
    }


def does(stack, policies, action):
    """Whether the policies allow the action on objects of the bucket."""
    return any(
        action in as_list(statement["Action"])
        and "${Recoveries.Arn}/" in str(statement["Resource"])
        for policy in policies
        for statement in statements(stack, policy)
    )


def test_s3_encrypts_under_the_first_key_that_is_named_and_by_itself_where_none_is(stack):
    encryption = stack["Resources"]["Recoveries"]["Properties"]["BucketEncryption"]
    by_default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": {"Select": [0, KEYS]}}
    rule = {"BucketKeyEnabled": True, "ServerSideEncryptionByDefault": by_default}

    assert encryption["If"] == [
        "HasBucketKey",
        {"ServerSideEncryptionConfiguration": [rule]},
        {"Ref": "AWS::NoValue"},
    ]
    assert stack["Parameters"]["BucketKeyArns"]["Default"] == ""
    named = {"Equals": [{"Join": ["", KEYS]}, ""]}
    assert stack["Conditions"]["HasBucketKey"] == {"Not": [named]}


@pytest.mark.parametrize(
    ("policy", "action"), [(DECRYPTS, "kms:Decrypt"), (ENCRYPTS, "kms:GenerateDataKey")]
)
def test_keys_that_are_named_are_used_for_one_thing_and_through_s3_of_this_region(
    stack, policy, action
):
    through = {"StringEquals": {"kms:ViaService": {"Sub": "s3.${AWS::Region}.${AWS::URLSuffix}"}}}

    assert statements(stack, policy) == [
        {
            "Effect": "Allow",
            "Action": action,
            "Resource": {"If": ["HasBucketKey", KEYS, NONE]},
            "Condition": through,
        }
    ]


def test_another_key_may_be_used_before_s3_writes_under_it_and_the_former_one_still_is(stack):
    policies = {policy["Ref"] for policy in (DECRYPTS, ENCRYPTS)}

    assert set(stack["Resources"]["Recoveries"]["DependsOn"]) == policies


def test_whoever_reads_objects_may_decrypt_and_whoever_writes_them_may_encrypt(stack):
    roles = policies_of_roles(stack)
    reads = {it for it, policies in roles.items() if does(stack, policies, "s3:GetObject")}
    writes = {it for it, policies in roles.items() if does(stack, policies, "s3:PutObject")}

    assert reads == {"PlanRestore", "RecordDrill", "Recover", "RecordSettings", "RecoveryRole"}
    # What is written in parts S3 reads before it is whole (BC:s3.CreateMultipartUpload).
    assert writes == reads - {"PlanRestore"}
    assert {it for it, policies in roles.items() if DECRYPTS in policies} == reads
    assert {it for it, policies in roles.items() if ENCRYPTS in policies} == writes


@pytest.mark.parametrize(
    ("told", "taken"),
    [
        ("", True),
        ("arn:aws:kms:eu-central-1:444455556666:key/8c4e2f7a-5b19-4d63-a0e8-3f7c6b1d9254", True),
        ("arn:aws:kms:eu-central-1:444455556666:key/mrk-8c4e2f7a5b194d63a0e83f7c6b1d9254", True),
        ("arn:aws-cn:kms:cn-north-1:444455556666:key/8c4e2f7a-5b19-4d63-a0e8-3f7c6b1d9254", True),
        ("alias/restore", False),
        ("arn:aws:kms:eu-central-1:444455556666:alias/restore", False),
        ("8c4e2f7a-5b19-4d63-a0e8-3f7c6b1d9254", False),
    ],
)
def test_a_key_is_named_by_its_arn(stack, told, taken):
    pattern = stack["Parameters"]["BucketKeyArns"]["AllowedPattern"]

    assert bool(re.fullmatch(pattern, told)) is taken
