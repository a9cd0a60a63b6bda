"""DescribeRegions tells which Regions an account has."""

from aws import refused
from compute import ec2


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
