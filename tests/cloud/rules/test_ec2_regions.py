"""Which Regions an account has: DescribeRegions tells of them, and the others refuse it."""

import pytest
from aws import SOURCE, assumed, caller, client, refused, role
from botocore.exceptions import ClientError
from compute import ec2

UNASKED = "eu-south-2"
REFUSALS = {
    "ec2": ("describe_volumes", "AuthFailure", 401),
    "sts": ("get_caller_identity", "InvalidClientTokenId", 403),
    "rds": ("describe_db_instances", "InvalidClientTokenId", 403),
    "kms": ("list_keys", "UnrecognizedClientException", 400),
}
"""How services say that they know nobody by the credentials."""


def regions(**asked):
    """The opt-in status by Region."""
    return {
        it["RegionName"]: it["OptInStatus"] for it in ec2().describe_regions(**asked)["Regions"]
    }


def test_the_regions_of_an_account_are_those_that_it_need_not_ask_for():
    found = regions()
    assert found["eu-west-1"] == "opt-in-not-required"
    assert set(found.values()) == {"opt-in-not-required"}
    assert len(found) == 17


def test_all_regions_of_the_partition_are_told_on_request():
    found = regions(AllRegions=True)
    assert found["af-south-1"] == found["eu-south-2"] == "not-opted-in"
    assert not {"cn-north-1", "us-gov-west-1"} & found.keys()


def test_a_region_that_was_asked_for_is_the_accounts(settings):
    settings(optedInRegions=["eu-south-2"])
    assert regions()["eu-south-2"] == "opted-in"
    asked = [{"Name": "opt-in-status", "Values": ["opted-in"]}]
    assert list(regions(Filters=asked)) == ["eu-south-2"]


def test_a_region_is_told_of_by_name_whether_the_account_has_it_or_not():
    assert regions(RegionNames=["eu-south-2", "eu-west-1"]) == {
        "eu-south-2": "not-opted-in",
        "eu-west-1": "opt-in-not-required",
    }
    refused(lambda: regions(RegionNames=["eu-west-9"]), "InvalidParameterValue", "eu-west-9")


@pytest.mark.parametrize("service", REFUSALS)
def test_a_region_that_was_not_asked_for_knows_nobody_of_the_account(service, settings):
    name, code, status = REFUSALS[service]
    for of in (SOURCE, caller(SOURCE)):
        call = getattr(client(service, of, UNASKED), name)
        with pytest.raises(ClientError) as caught:
            call()
        assert caught.value.response["Error"]["Code"] == code
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == status

        settings(optedInRegions=[UNASKED])
        call()
        settings(optedInRegions=[])


def test_a_role_is_assumed_in_a_region_only_once_its_caller_s_account_has_it(settings):
    arn = role(SOURCE)
    asked = {"RoleArn": arn, "RoleSessionName": "test"}
    sts = client("sts", SOURCE, UNASKED)
    refused(lambda: sts.assume_role(**asked), "InvalidClientTokenId")

    settings(optedInRegions=[UNASKED])
    client("ec2", sts.assume_role(**asked)["Credentials"], UNASKED).describe_volumes()
    client("ec2", assumed(arn), "eu-west-1").describe_volumes()
