"""Subnet groups, parameter groups and option groups, as DB instances need them (rules 4 and 6)."""

import pytest
from aws import SOURCE, client, refused, unique
from databases import (
    at_once,  # noqa: F401
    available,
    created,
    database,
    instance,
    modified,
    network,
    option_group,
    oracle,
    rds,
    taken,
    taken_of,
)

pytestmark = pytest.mark.usefixtures("at_once")


def subnet_group(*subnets, name=None):
    return rds().create_db_subnet_group(
        DBSubnetGroupName=name or unique("subnets"),
        DBSubnetGroupDescription="for a test",
        SubnetIds=list(subnets),
    )["DBSubnetGroup"]


def test_a_subnet_group_covers_two_zones_of_one_vpc():
    here, there = network(), network()
    refused(
        lambda: subnet_group(here["subnets"][0]), "DBSubnetGroupDoesNotCoverEnoughAZs", "at least 2"
    )
    refused(lambda: subnet_group(here["subnets"][0], there["subnets"][1]), "InvalidSubnet")
    refused(lambda: subnet_group(here["subnets"][0], "subnet-none"), "InvalidSubnet")
    made = subnet_group(*here["subnets"])
    assert made["VpcId"] == here["vpc"]


def test_the_name_of_a_subnet_group_is_kept_in_lower_case_used_once_and_never_default():
    net = network()
    name = unique("Subnets")
    assert subnet_group(*net["subnets"], name=name)["DBSubnetGroupName"] == name.lower()
    refused(lambda: subnet_group(*net["subnets"], name=name.upper()), "DBSubnetGroupAlreadyExists")
    refused(lambda: subnet_group(*net["subnets"], name="Default"), "InvalidParameterValue")


def test_a_changed_subnet_group_is_held_to_the_same():
    net = network(zones=3)
    name = subnet_group(*net["subnets"][:2])["DBSubnetGroupName"]

    def change(*subnets):
        return rds().modify_db_subnet_group(DBSubnetGroupName=name, SubnetIds=list(subnets))

    refused(lambda: change(net["subnets"][0]), "DBSubnetGroupDoesNotCoverEnoughAZs")
    change(*net["subnets"][1:])
    (found,) = rds().describe_db_subnet_groups(DBSubnetGroupName=name)["DBSubnetGroups"]
    zones = {one["SubnetAvailabilityZone"]["Name"] for one in found["Subnets"]}
    assert zones == set(net["zones"][1:])
    refused(
        lambda: rds().modify_db_subnet_group(
            DBSubnetGroupName=unique("none"), SubnetIds=net["subnets"]
        ),
        "DBSubnetGroupNotFoundFault",
    )


def test_a_group_that_an_instance_uses_is_not_deleted():
    net, parameters, options = network(), unique("parameters"), option_group("mysql", "8.0")
    rds().create_db_parameter_group(
        DBParameterGroupName=parameters, DBParameterGroupFamily="mysql8.0", Description="own"
    )
    made = database(
        DBParameterGroupName=parameters,
        DBSubnetGroupName=net["subnet_group"],
        Engine="mysql",
        OptionGroupName=options,
    )
    deletions = {
        "InvalidDBSubnetGroupStateFault": lambda: rds().delete_db_subnet_group(
            DBSubnetGroupName=net["subnet_group"]
        ),
        "InvalidDBParameterGroupState": lambda: rds().delete_db_parameter_group(
            DBParameterGroupName=parameters
        ),
        "InvalidOptionGroupStateFault": lambda: rds().delete_option_group(OptionGroupName=options),
    }
    for code, delete in deletions.items():
        refused(delete, code)
    rds().delete_db_instance(
        DBInstanceIdentifier=made["DBInstanceIdentifier"], SkipFinalSnapshot=True
    )
    assert instance(made["DBInstanceIdentifier"]) is None
    for delete in deletions.values():
        delete()


def test_an_option_group_that_a_snapshot_needs_is_not_deleted():
    group = oracle("TDE")
    source = database(**group)
    kept = taken_of(source)["DBSnapshotIdentifier"]
    rds().delete_db_instance(
        DBInstanceIdentifier=source["DBInstanceIdentifier"], SkipFinalSnapshot=True
    )
    name = {"OptionGroupName": group["OptionGroupName"]}
    refused(lambda: rds().delete_option_group(**name), "InvalidOptionGroupStateFault")
    rds().delete_db_snapshot(DBSnapshotIdentifier=kept)
    rds().delete_option_group(**name)


def test_a_permanent_option_is_not_removed_from_its_group():
    name = option_group("oracle-ee", "19", "TDE", "STATSPACK")

    def remove(option):
        return rds().modify_option_group(OptionGroupName=name, OptionsToRemove=[option])

    refused(lambda: remove("TDE"), "InvalidParameterValue", "permanent")
    left = remove("STATSPACK")["OptionGroup"]["Options"]
    assert [option["OptionName"] for option in left] == ["TDE"]
    refused(
        lambda: rds().modify_option_group(
            OptionGroupName=name, OptionsToInclude=[{"OptionName": "MEMCACHED"}]
        ),
        "InvalidParameterValue",
    )


def test_a_group_tells_which_of_its_options_are_permanent_or_persistent():
    def told(engine, major, *options):
        name = option_group(engine, major, *options)
        (group,) = rds().describe_option_groups(OptionGroupName=name)["OptionGroupsList"]
        return {it["OptionName"]: (it["Persistent"], it["Permanent"]) for it in group["Options"]}

    assert told("oracle-ee", "19", "TDE", "STATSPACK") == {
        "TDE": (True, True),
        "STATSPACK": (False, False),
    }
    assert told("sqlserver-ee", "15.00", "TDE") == {"TDE": (True, False)}
    assert told("mysql", "8.0") == {}


def test_an_instance_with_a_lasting_option_keeps_a_group_that_has_it():
    name = database(**oracle("TDE"))["DBInstanceIdentifier"]
    without = option_group("oracle-ee", "19")
    refused(
        lambda: modified(name, OptionGroupName=without, ApplyImmediately=True),
        "InvalidParameterValue",
        "[TDE]",
    )
    other = option_group("oracle-ee", "19", "TDE")
    modified(name, OptionGroupName=other, ApplyImmediately=True)
    done = available(lambda: instance(name))
    assert done["OptionGroupMemberships"][0]["OptionGroupName"] == other


def test_what_a_group_had_when_the_snapshot_was_taken_stays_true_of_the_snapshot():
    group = oracle("STATSPACK")
    source = taken(**group)
    rds().modify_option_group(
        OptionGroupName=group["OptionGroupName"], OptionsToInclude=[{"OptionName": "TDE"}]
    )
    name = source["DBSnapshotIdentifier"]
    answer = rds().modify_db_snapshot_attribute(
        DBSnapshotIdentifier=name, AttributeName="restore", ValuesToAdd=["444455556666"]
    )
    assert answer["DBSnapshotAttributesResult"]["DBSnapshotIdentifier"] == name


def test_an_option_group_is_of_an_engine_and_a_major_version_that_there_are():
    def refuse(code, *words, **asked):
        asked = {
            "OptionGroupName": unique("options"),
            "EngineName": "mysql",
            "MajorEngineVersion": "8.0",
            "OptionGroupDescription": "for a test",
        } | asked
        refused(lambda: rds().create_option_group(**asked), code, *words)

    for engine, major in (("mysql", "8.4"), ("postgres", "17"), ("sqlserver-ee", "16.00")):
        assert option_group(engine, major)
    refuse("InvalidParameterValue", "Invalid DB engine: maria", EngineName="maria")
    for engine, major in (("mysql", "5.5"), ("mysql", "8.0.40"), ("postgres", "16.8")):
        words = f"Cannot find major version {major} for {engine}"
        asked = {"EngineName": engine, "MajorEngineVersion": major}
        refuse("InvalidParameterCombination", words, **asked)
    for blank in ("MajorEngineVersion", "OptionGroupDescription"):
        refuse("InvalidParameterValue", blank, **{blank: ""})


def test_the_name_of_an_option_group_is_kept_in_lower_case_used_once_and_never_a_default_ones():
    def make(name):
        asked = {"EngineName": "mysql", "MajorEngineVersion": "8.0", "OptionGroupDescription": "x"}
        return rds().create_option_group(OptionGroupName=name, **asked)["OptionGroup"]

    name = unique("Options")
    assert make(name)["OptionGroupName"] == name.lower()
    refused(lambda: make(name.upper()), "OptionGroupAlreadyExistsFault")
    for wrong in ("default:mysql-8-0", "1options", "options-", "op--tions", "o" * 256):
        refused(lambda wrong=wrong: make(wrong), "InvalidParameterValue", "OptionGroupName")
    rds().delete_option_group(OptionGroupName=name)
    refused(lambda: rds().delete_option_group(OptionGroupName=name), "OptionGroupNotFoundFault")


def test_option_groups_are_listed_with_the_default_ones_in_use():
    own = option_group("mysql", "8.0")
    created(Engine="mysql", EngineVersion="8.0.39")
    listed = rds().describe_option_groups(EngineName="mysql")["OptionGroupsList"]
    names = {one["OptionGroupName"] for one in listed}
    assert {own, "default:mysql-8-0"} <= names
    (found,) = rds().describe_option_groups(OptionGroupName=own.upper())["OptionGroupsList"]
    assert (found["EngineName"], found["MajorEngineVersion"]) == ("mysql", "8.0")
    refused(
        lambda: rds().describe_option_groups(OptionGroupName=unique("none")),
        "OptionGroupNotFoundFault",
    )
    assert rds("333322221111").describe_option_groups()["OptionGroupsList"] == []


def test_security_groups_of_a_new_instance_are_held_to_its_vpc():
    net = network()
    other = client("ec2", SOURCE).create_security_group(GroupName=unique("g"), Description="other")
    refused(
        lambda: created(
            DBSubnetGroupName=net["subnet_group"], VpcSecurityGroupIds=[other["GroupId"]]
        ),
        "InvalidParameterCombination",
        net["vpc"],
    )
