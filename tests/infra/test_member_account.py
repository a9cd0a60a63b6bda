"""The roles of a member account may do what the functions do, and nothing else."""

import fnmatch
import json
import re

import pytest
from cloudformation import INFRA, as_list, template

FUNCTIONS = INFRA.parent / "functions"
SOURCE, TARGET, RECORD = "SourceRole", "TargetRole", "RecordRole"

# flows.md, "The source role's calls": it reads and shares, and copies what cannot be shared as is.
# To them comes kms:ListGrants: without it nobody could find a grant after a crash, nor tell that
# none is left; and what the preflight asks of the role itself.
SOURCE_ROLE_CALLS = {
    "ec2:CopySnapshot",
    "ec2:CreateTags",
    "ec2:DeleteSnapshot",
    "ec2:DeleteTags",
    "ec2:DescribeImages",
    "ec2:DescribeInstanceAttribute",
    "ec2:DescribeInstances",
    "ec2:DescribeSnapshotAttribute",
    "ec2:DescribeSnapshots",
    "ec2:DescribeVolumes",
    "ec2:ModifySnapshotAttribute",
    "iam:GetRole",
    "iam:SimulatePrincipalPolicy",
    "kms:DescribeKey",
    "kms:GetKeyPolicy",
    "kms:ListGrants",
    "kms:RevokeGrant",
    "rds:AddTagsToResource",
    "rds:CopyDBSnapshot",
    "rds:DeleteDBSnapshot",
    "rds:DescribeDBInstances",
    "rds:DescribeDBSnapshotAttributes",
    "rds:DescribeDBSnapshots",
    "rds:DescribeOptionGroups",
    "rds:ModifyDBSnapshotAttribute",
    "rds:RemoveTagsFromResource",
}

# Only the source role does these: nobody else may touch who sees a snapshot.
ONLY_SOURCE = {
    "ec2:DeleteTags",
    "ec2:DescribeSnapshotAttribute",
    "ec2:ModifySnapshotAttribute",
    "kms:ListGrants",
    "kms:RevokeGrant",
    "rds:DescribeDBSnapshotAttributes",
    "rds:ModifyDBSnapshotAttribute",
    "rds:RemoveTagsFromResource",
}

# What AWS's services ask of the caller while they carry out its calls.
ON_BEHALF = {
    "iam:CreateServiceLinkedRole": "RDS makes its own role with an account's first DB instance",
    "iam:PassRole": "ec2:AssociateIamInstanceProfile, rds:ModifyDBInstance with a monitoring role",
    "kms:CreateGrant": "EC2 and RDS keep using the key of what was made",
    "kms:Decrypt": "EC2 and RDS read what is encrypted",
    "kms:Encrypt": "RDS/USER_CopySnapshot, Required permissions",
    "kms:GenerateDataKey": "EC2 and RDS encrypt copies",
    "kms:GenerateDataKeyWithoutPlaintext": "EC2 and RDS encrypt volumes",
    "kms:ReEncrypt*": "EC2 and RDS copy from one key to another",
    "rds:AddTagsToResource": "rds:CopyDBSnapshot and the restore, with tags",
    "rds:ListTagsForResource": "the tags in what rds:Describe… answers",
    "secretsmanager:CreateSecret": "rds:ModifyDBInstance with manageMasterUserPassword",
    "secretsmanager:TagResource": "rds:ModifyDBInstance with manageMasterUserPassword",
}

REMOVES = re.compile(r"[a-z0-9]+:(Delete|Terminate|Detach|Revoke|Stop)")


def statements(role=None):
    """The statements of all policies of `role`, or of both."""
    return [
        statement
        for resource in template("member-account")["Resources"].values()
        if resource["Type"] == "AWS::IAM::ManagedPolicy"
        and (role is None or {"Ref": role} in resource["Properties"]["Roles"])
        for statement in resource["Properties"]["PolicyDocument"]["Statement"]
    ]


def statements_of(policy):
    """The statements of one of the template's policies."""
    properties = template("member-account")["Resources"][policy]["Properties"]
    return properties["PolicyDocument"]["Statement"]


def statement_named(sid):
    """A statement of the restore role's."""
    return next(it for it in statements(TARGET) if it.get("Sid") == sid)


def actions(role):
    return {action for statement in statements(role) for action in as_list(statement["Action"])}


# Condition keys, which look like actions.
CONDITION_KEYS = {
    "iam:PassedToService",
    "kms:CallerAccount",
    "kms:GrantIsForAWSResource",
    "kms:GrantOperations",
    "kms:GranteePrincipal",
    "kms:ViaService",
}


def calls(*crates):
    """Every call that functions make, or these crates, by its label, which is its IAM action."""
    label = re.compile(r'"((?:ec2|iam|rds|kms):[A-Z]\w+\*?)"')
    return {
        call
        for folder in (map(FUNCTIONS.joinpath, crates) if crates else [FUNCTIONS])
        for source in folder.rglob("*.rs")
        if "tests" not in source.parts and source.name != "tests.rs"
        for call in label.findall(source.read_text().split("#[cfg(test)]")[0])
    } - CONDITION_KEYS


def test_every_call_of_the_functions_is_allowed_to_a_role():
    allowed = actions(SOURCE) | actions(TARGET)
    missing = {call for call in calls() if not any(fnmatch.fnmatchcase(call, it) for it in allowed)}
    assert missing == set()


def test_the_source_role_may_do_what_flows_give_it_and_no_more():
    assert actions(SOURCE) - set(ON_BEHALF) - SOURCE_ROLE_CALLS == set()
    assert SOURCE_ROLE_CALLS - actions(SOURCE) == set()


def test_the_record_role_may_read_what_is_recorded_and_nothing_else():
    asked = calls("record-settings", "settings")

    assert all(call.split(":")[1].startswith("Describe") for call in asked)
    assert actions(RECORD) == asked | {"rds:ListTagsForResource"}


@pytest.mark.parametrize("role", [SOURCE, TARGET, RECORD])
def test_a_role_may_do_nothing_that_no_function_does(role):
    assert actions(role) - calls() - set(ON_BEHALF) == set()


def test_the_restore_role_does_not_decide_who_sees_a_snapshot():
    assert actions(TARGET) & ONLY_SOURCE == set()


def test_no_statement_allows_what_it_does_not_name():
    for statement in statements():
        assert statement["Effect"] == "Allow"
        for action in as_list(statement["Action"]):
            assert "*" not in action.removeprefix("kms:ReEncrypt*"), statement["Sid"]


def test_only_reading_is_allowed_on_every_resource():
    for statement in statements():
        if "*" in as_list(statement["Resource"]):
            verbs = [action.split(":")[1] for action in as_list(statement["Action"])]
            reads = ("Describe", "Get", "List")
            assert all(verb.startswith(reads) for verb in verbs), statement["Sid"]


def test_only_what_a_restore_has_made_can_be_removed():
    tagged = {"aws:ResourceTag/restore:id": "false"}
    own_tags = {"ForAllValues:StringLike": {"aws:TagKeys": "restore:*"}}
    for statement in statements():
        removing = [it for it in as_list(statement["Action"]) if REMOVES.match(it)]
        if removing and removing not in (["ec2:DeleteTags"], ["kms:RevokeGrant"]):
            assert statement["Condition"] == {"Null": tagged}, statement["Sid"]
        elif removing == ["kms:RevokeGrant"]:
            # No condition key tells which grant it is; its keys are named, and hold no data.
            assert statement["Resource"] == {"Ref": "GrantKeyArns"}
        elif removing:
            assert own_tags.items() <= statement["Condition"].items(), statement["Sid"]


LONGEST_POLICY = 6_144
"""IAM/reference_iam-quotas: characters of a managed policy, less white space."""


@pytest.mark.parametrize(
    ("parameter", "keys"), [("RestoreKeyArns", 30), ("StagingKeyArns", 15), ("GrantKeyArns", 15)]
)
def test_a_policy_has_room_for_so_many_keys_as_the_template_promises(parameter, keys):
    arn = f"arn:aws:kms:ap-southeast-1:111122223333:key/mrk-{'0' * 32}"
    role = "arn:aws:iam::444455556666:role/restore-target"
    values = {parameter: [arn] * keys, "GranteeRoleArns": [role] * 10}
    policies = [
        json.dumps(
            rendered(resource["Properties"]["PolicyDocument"], values), separators=(",", ":")
        )
        for resource in template("member-account")["Resources"].values()
        if resource["Type"] == "AWS::IAM::ManagedPolicy"
    ]

    used = [len(it) for it in policies if arn in it]
    assert used
    assert max(used) <= LONGEST_POLICY


def rendered(part, values):
    """A part of a template with the values of its parameters, and all else as it is written."""
    match part:
        case {"Ref": name} if name in values:
            return values[name]
        case {"Sub": text}:
            return text
        case dict():
            return {name: rendered(it, values) for name, it in part.items()}
        case list():
            return [rendered(it, values) for it in part]
    return part


def test_rds_may_be_given_its_own_role_and_no_other_service_any():
    statement = statement_named("LetRdsHaveItsRole")

    assert statement["Resource"]["Sub"].endswith(
        ":role/aws-service-role/rds.amazonaws.com/AWSServiceRoleForRDS"
    )
    assert statement["Condition"] == {"StringLike": {"iam:AWSServiceName": "rds.amazonaws.com"}}


READS_OF_KEYS = {"kms:DescribeKey", "kms:GetKeyPolicy"}


def test_keys_are_used_through_services_only_and_by_name():
    of_grants = statements_of("GiveGrants")
    for statement in (it for it in statements() if it not in of_grants):
        named = {it for it in as_list(statement["Action"]) if it.startswith("kms:")}
        if named <= READS_OF_KEYS or statement.get("Sid") == "ProveKeysDirectly":
            continue
        assert statement["Resource"] in ({"Ref": "RestoreKeyArns"}, {"Ref": "StagingKeyArns"})
        assert statement["Condition"].keys() & {"StringLike", "Bool"}, statement["Sid"]


def test_grants_are_given_on_named_keys_to_named_roles_and_for_no_more_than_a_restore_needs():
    give, take_back = statements_of("GiveGrants")

    assert as_list(give["Action"]) == ["kms:CreateGrant"]
    assert give["Resource"] == take_back["Resource"] == {"Ref": "GrantKeyArns"}
    grantee = {"kms:GranteePrincipal": {"Ref": "GranteeRoleArns"}}
    assert give["Condition"]["StringEquals"] == grantee
    operations = give["Condition"]["ForAllValues:StringEquals"]["kms:GrantOperations"]
    assert {f"kms:{it}" for it in operations} == {
        "kms:CreateGrant",
        "kms:DescribeKey",
        "kms:ReEncryptFrom",
        "kms:ReEncryptTo",
        "kms:RetireGrant",
        *(it for it in statement_named("UseKeysThroughServices")["Action"] if "*" not in it),
    }
    assert set(take_back["Action"]) == {"kms:ListGrants", "kms:RevokeGrant"}


def test_without_keys_or_grantees_no_grant_can_be_given():
    conditions = template("member-account")["Conditions"]
    names = {it["Condition"] for it in conditions["GivesGrants"]["And"]}

    assert template("member-account")["Resources"]["GiveGrants"]["Condition"] == "GivesGrants"
    assert names == {"IsSource", "HasGrantKeys", "HasGrantees"}


@pytest.mark.parametrize("role", [SOURCE, TARGET])
def test_a_direct_call_reaches_nothing_that_ebs_or_rds_has_encrypted(role):
    [statement] = [it for it in statements(role) if it.get("Sid") == "ProveKeysDirectly"]

    # The context is there, and there is no other: that of EBS is aws:ebs:id.
    assert statement["Condition"] == {
        "Null": {"kms:EncryptionContext:restore:preflight": "false"},
        "ForAllValues:StringEquals": {"kms:EncryptionContextKeys": "restore:preflight"},
    }
    assert "kms:CreateGrant" not in as_list(statement["Action"])


@pytest.mark.parametrize("role", [SOURCE, TARGET])
def test_a_role_asks_iam_of_itself_alone(role):
    asked = {"iam:GetRole", "iam:SimulatePrincipalPolicy"}
    [statement] = [it for it in statements(role) if asked & set(as_list(it["Action"]))]

    assert set(statement["Action"]) == asked
    assert statement["Resource"] == {"GetAtt": f"{role}.Arn"}


@pytest.mark.parametrize(
    ("role", "trusted"),
    [
        (SOURCE, "SourceTrustedRoleArns"),
        (TARGET, "TargetTrustedRoleArns"),
        (RECORD, "RecordTrustedRoleArns"),
    ],
)
def test_a_role_trusts_exact_roles_with_the_external_id(role, trusted):
    properties = template("member-account")["Resources"][role]["Properties"]

    assert properties["AssumeRolePolicyDocument"]["Statement"] == [
        {
            "Effect": "Allow",
            "Principal": {"AWS": {"Ref": trusted}},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"sts:ExternalId": {"Ref": "ExternalId"}}},
        }
    ]


def test_the_command_role_runs_named_documents_on_what_drills_have_made_and_trusts_one_role():
    role = template("member-account")["Resources"]["CommandRole"]["Properties"]
    on_instances, documents, reads = statements("CommandRole")

    assert as_list(on_instances["Action"]) == as_list(documents["Action"]) == ["ssm:SendCommand"]
    marked = {"StringEquals": {"ssm:resourceTag/restore:mode": "drill"}}
    assert on_instances["Condition"] == marked
    assert documents["Resource"] == {"Ref": "CommandDocumentArns"}
    assert as_list(reads["Action"]) == ["ssm:GetCommandInvocation"]
    # Step Functions assumes it, with the ARN of its state machine for an external id.
    assert role["AssumeRolePolicyDocument"]["Statement"] == [
        {
            "Effect": "Allow",
            "Principal": {"AWS": {"Ref": "CommandTrustedRoleArns"}},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"sts:ExternalId": {"Ref": "CommandStateMachineArn"}}},
        }
    ]
    conditions = template("member-account")["Conditions"]
    assert "CommandTrustedRoleArns" in str(conditions["IsCommanded"])
