"""What lies in the stack's bucket: nothing goes by its age that a restore may depend on."""

import json

import pytest
from cloudformation import INFRA, template

DAY = 24 * 3600

RECORD = "settings/111122223333/eu-west-1/ec2/i-0a0a0a0a/2026-11-23T03:00:00Z.json"
PLAN = "plans/orders.json"
EVIDENCE = (
    "drills/drill-orders/20261126T030000Z-run-1.json",
    "recoveries/orders/20261126T030000Z-run-1/outcome.json",
)


@pytest.fixture(scope="module")
def stack():
    return template("template")


@pytest.fixture(scope="module")
def bucket(stack):
    return stack["Resources"]["Recoveries"]


def rules_for(bucket, key):
    """The rules that an object under `key` goes by."""
    rules = bucket["Properties"]["LifecycleConfiguration"]["Rules"]
    return [it for it in rules if key.startswith(it.get("Prefix", ""))]


def test_the_bucket_outlives_the_stack_and_what_is_written_over_or_removed(bucket):
    assert (bucket["DeletionPolicy"], bucket["UpdateReplacePolicy"]) == ("Retain", "Retain")
    assert bucket["Properties"]["VersioningConfiguration"] == {"Status": "Enabled"}


@pytest.mark.parametrize("key", [RECORD, PLAN])
def test_no_record_and_no_plan_is_expired_by_its_age(bucket, key):
    rules = rules_for(bucket, key)

    assert rules
    assert [it["Id"] for it in rules if any(name.startswith("Expiration") for name in it)] == []


def test_no_earlier_version_of_a_plan_is_expired_since_an_input_may_name_it(bucket):
    assert [it["Id"] for it in rules_for(bucket, PLAN) if "NoncurrentVersionExpiration" in it] == []


@pytest.mark.parametrize("key", EVIDENCE)
def test_evidence_is_kept_for_ever_unless_a_parameter_says_how_long(stack, bucket, key):
    [rule] = [it for it in rules_for(bucket, key) if "ExpirationInDays" in it]

    assert rule["Status"] == {"If": ["ExpiresEvidence", "Enabled", "Disabled"]}
    days = rule["ExpirationInDays"]["If"]
    assert days[:2] == ["ExpiresEvidence", {"Ref": "EvidenceRetentionInDays"}]
    told = {"Equals": [{"Ref": "EvidenceRetentionInDays"}, "0"]}
    assert stack["Conditions"]["ExpiresEvidence"] == {"Not": [told]}
    assert stack["Parameters"]["EvidenceRetentionInDays"]["Default"] == 0


def test_nothing_of_a_recovery_is_expired_while_it_runs(stack):
    definition = json.loads((INFRA.parent / "statemachine" / "recovery.asl.json").read_text())

    never, *days = stack["Parameters"]["EvidenceRetentionInDays"]["AllowedValues"]
    assert never == 0
    assert min(days) * DAY > definition["TimeoutSeconds"]


@pytest.mark.parametrize("key", [RECORD, *EVIDENCE])
def test_what_was_removed_by_mistake_can_be_had_back_for_three_months(bucket, key):
    versions = [it.get("NoncurrentVersionExpiration") for it in rules_for(bucket, key)]

    assert [it for it in versions if it] == [{"NoncurrentDays": 90}]


def test_nobody_reaches_the_bucket_in_the_clear_as_long_as_it_is_there(stack):
    reached = stack["Resources"]["RecoveriesAreReachedByTls"]
    [refused] = reached["Properties"]["PolicyDocument"]["Statement"]

    assert (reached["DeletionPolicy"], reached["UpdateReplacePolicy"]) == ("Retain", "Retain")
    assert reached["Properties"]["Bucket"] == {"Ref": "Recoveries"}
    assert (refused["Effect"], refused["Principal"], refused["Action"]) == ("Deny", "*", "s3:*")
    assert refused["Resource"] == [
        {"GetAtt": "Recoveries.Arn"},
        {"Sub": "${Recoveries.Arn}/*"},
    ]
    assert refused["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_plans_are_decrypted_by_keys_that_a_parameter_names_and_through_s3_alone(stack):
    statements = stack["Resources"]["KeepRecoveries"]["Properties"]["PolicyDocument"]["Statement"]
    [decrypts] = [it for it in statements if it["Action"] == "kms:Decrypt"]

    assert stack["Parameters"]["PlanKeyArns"]["Default"] == ""
    assert decrypts["Resource"]["If"][:2] == ["DecryptsPlans", {"Ref": "PlanKeyArns"}]
    assert decrypts["Condition"] == {
        "StringEquals": {"kms:ViaService": {"Sub": "s3.${AWS::Region}.${AWS::URLSuffix}"}}
    }
