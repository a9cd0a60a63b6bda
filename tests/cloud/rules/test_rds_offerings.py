"""What RDS offers can be asked for before a restore (rule 12)."""

import pytest
from aws import FAR, NEAR, SOURCE, refused
from databases import at_once, created, rds, restored, taken  # noqa: F401

pytestmark = pytest.mark.usefixtures("at_once")


def versions(**settings):
    pages = rds().get_paginator("describe_db_engine_versions").paginate(**settings)
    return [one for page in pages for one in page["DBEngineVersions"]]


def options(**settings):
    pages = rds().get_paginator("describe_orderable_db_instance_options").paginate(**settings)
    return [one for page in pages for one in page["OrderableDBInstanceOptions"]]


@pytest.mark.parametrize(
    ("engine", "version", "family", "option_group"),
    [
        ("postgres", "16.4", "postgres16", "default:postgres-16"),
        ("mysql", "8.0.39", "mysql8.0", "default:mysql-8-0"),
        ("mariadb", "10.11.9", "mariadb10.11", "default:mariadb-10-11"),
        (
            "oracle-ee",
            "19.0.0.0.ru-2024-07.rur-2024-07.r1",
            "oracle-ee-19",
            "default:oracle-ee-19",
        ),
        ("sqlserver-se", "15.00.4415.2.v1", "sqlserver-se-15.0", "default:sqlserver-se-15-00"),
    ],
)
def test_a_version_has_the_family_and_groups_of_its_major_version(
    engine, version, family, option_group
):
    (found,) = versions(Engine=engine, EngineVersion=version)
    assert (found["DBParameterGroupFamily"], found["Status"]) == (family, "available")
    made = created(Engine=engine, EngineVersion=version, DBInstanceClass="db.m5.large")
    assert made["EngineVersion"] == version
    assert made["DBParameterGroups"][0]["DBParameterGroupName"] == f"default.{family}"
    assert made["OptionGroupMemberships"][0]["OptionGroupName"] == option_group


def test_the_default_version_is_that_of_an_instance_for_which_none_is_asked():
    (default,) = versions(Engine="postgres", DefaultOnly=True)
    assert created()["EngineVersion"] == default["EngineVersion"]


def test_a_major_version_stands_for_its_newest_minor_version():
    (newest,) = versions(Engine="postgres", EngineVersion="15", DefaultOnly=True)
    assert created(EngineVersion="15")["EngineVersion"] == newest["EngineVersion"]


def test_versions_are_listed_by_engine_and_family_in_pages():
    mysql = versions(Engine="mysql")
    assert {one["Engine"] for one in mysql} == {"mysql"}
    eight = versions(DBParameterGroupFamily="mysql8.0")
    assert {one["DBParameterGroupFamily"] for one in eight} == {"mysql8.0"}
    assert len(versions()) > 100
    assert versions(Engine="postgres", EngineVersion="99.9") == []


def test_upgrades_lead_to_later_versions():
    (found,) = versions(Engine="postgres", EngineVersion="16.9")
    targets = {one["EngineVersion"]: one for one in found["ValidUpgradeTarget"]}
    assert "16.8" not in targets
    assert targets["16.10"]["IsMajorVersionUpgrade"] is False
    assert targets["17.4"]["IsMajorVersionUpgrade"] is True


def test_what_is_not_offered_is_not_created():
    refused(lambda: created(Engine="dbase"), "InvalidParameterValue", "Invalid DB engine")
    refused(
        lambda: created(EngineVersion="99.9"), "InvalidParameterCombination", "Cannot find version"
    )
    refused(lambda: created(DBInstanceClass="m5.large"), "InvalidParameterValue")


def test_options_fit_what_is_asked_for():
    asked = {
        "Engine": "postgres",
        "EngineVersion": "16.4",
        "DBInstanceClass": "db.r6g.large",
        "LicenseModel": "postgresql-license",
    }
    found = options(**asked)
    assert {one["StorageType"] for one in found} == {"gp2", "gp3", "io1", "io2"}
    assert all(asked.items() <= one.items() for one in found)
    zones = [zone["Name"] for zone in found[0]["AvailabilityZones"]]
    assert f"{NEAR}a" in zones
    assert options(**asked | {"DBInstanceClass": "db.none.large"}) == []


def test_storage_is_offered_with_the_speed_that_it_can_be_asked_for():
    asked = {"Engine": "postgres", "EngineVersion": "16.8", "DBInstanceClass": "db.m5.large"}
    of = {one["StorageType"]: one for one in options(**asked)}
    gp3 = {
        "MinIopsPerDbInstance": 12_000,
        "MaxIopsPerDbInstance": 64_000,
        "MinStorageThroughputPerDbInstance": 500,
        "MaxStorageThroughputPerDbInstance": 4000,
        "MaxStorageThroughputPerIops": 0.25,
    }
    io1 = {
        "MinIopsPerDbInstance": 1000,
        "MaxIopsPerDbInstance": 256_000,
        "MinIopsPerGib": 0.5,
        "MaxIopsPerGib": 50.0,
    }
    assert gp3.items() <= of["gp3"].items()
    assert io1.items() <= of["io1"].items()
    assert not any("PerDbInstance" in name for name in of["gp2"])


def test_oracle_is_not_offered_on_graviton():
    classes = {one["DBInstanceClass"] for one in options(Engine="oracle-se2", EngineVersion="19")}
    assert "db.m5.large" in classes
    assert "db.m6g.large" not in classes


def test_whatever_is_offered_can_be_restored():
    source = taken()
    offered = options(
        Engine=source["Engine"],
        EngineVersion=source["EngineVersion"],
        DBInstanceClass="db.t4g.micro",
    )
    assert offered
    made = restored(source["DBSnapshotIdentifier"], DBInstanceClass="db.t4g.micro")
    assert made["DBInstanceClass"] == "db.t4g.micro"


def test_certificates_are_listed_and_used():
    listed = rds().describe_certificates()
    names = {one["CertificateIdentifier"] for one in listed["Certificates"]}
    default = listed["DefaultCertificateForNewLaunches"]
    assert created()["CACertificateIdentifier"] == default
    assert names == {"rds-ca-rsa2048-g1", "rds-ca-rsa4096-g1", "rds-ca-ecc384-g1"}
    (one,) = rds(SOURCE, FAR).describe_certificates(CertificateIdentifier=default)["Certificates"]
    assert one["CertificateArn"] == f"arn:aws:rds:{FAR}::cert:{default}"
    assert one["ValidFrom"] < one["ValidTill"]
    refused(
        lambda: rds().describe_certificates(CertificateIdentifier="none"), "CertificateNotFound"
    )
