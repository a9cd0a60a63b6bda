"""The restored DB instance, as the target account sees it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from botocore.exceptions import ClientError

from restore.arrange import Scene
from restore.check.finding import Finding, short
from restore.check.instance import RESTORE_ID
from restore.check.volumes import SOURCE_TAG
from restore.cloud import Cloud
from restore.inventory import tags

DbInstance = dict[str, Any]

NETWORK: dict[str, Callable[[DbInstance], Any]] = {
    "dbSubnetGroupName": lambda it: it["DBSubnetGroup"]["DBSubnetGroupName"],
    "vpcSecurityGroupIds": lambda it: sorted(
        group["VpcSecurityGroupId"] for group in it["VpcSecurityGroups"]
    ),
    "availabilityZone": lambda it: it["AvailabilityZone"],
    "multiAz": lambda it: it["MultiAZ"],
    "port": lambda it: it["Endpoint"]["Port"],
    "publiclyAccessible": lambda it: it["PubliclyAccessible"],
    "networkType": lambda it: it.get("NetworkType"),
}
ENGINE_SETTINGS: dict[str, Callable[[DbInstance], Any]] = {
    "dbInstanceClass": lambda it: it["DBInstanceClass"],
    "dbParameterGroupName": lambda it: it["DBParameterGroups"][0]["DBParameterGroupName"],
    "optionGroupName": lambda it: it["OptionGroupMemberships"][0]["OptionGroupName"],
    "licenseModel": lambda it: it.get("LicenseModel"),
    "engineLifecycleSupport": lambda it: it.get("EngineLifecycleSupport"),
    "caCertificateIdentifier": lambda it: it.get("CACertificateIdentifier"),
    "enableIamDatabaseAuthentication": lambda it: it.get("IAMDatabaseAuthenticationEnabled"),
    "manageMasterUserPassword": lambda it: "MasterUserSecret" in it,
}
STORAGE: dict[str, Callable[[DbInstance], Any]] = {
    "storageType": lambda it: it["StorageType"],
    "allocatedStorage": lambda it: it["AllocatedStorage"],
    "iops": lambda it: it.get("Iops"),
    "storageThroughput": lambda it: it.get("StorageThroughput"),
    "maxAllocatedStorage": lambda it: it.get("MaxAllocatedStorage"),
}
OPERATION: dict[str, Callable[[DbInstance], Any]] = {
    "backupRetentionPeriod": lambda it: it["BackupRetentionPeriod"],
    "deletionProtection": lambda it: it["DeletionProtection"],
    "copyTagsToSnapshot": lambda it: it["CopyTagsToSnapshot"],
    "enableCloudwatchLogsExports": lambda it: sorted(it.get("EnabledCloudwatchLogsExports", [])),
    "preferredMaintenanceWindow": lambda it: it["PreferredMaintenanceWindow"],
    "monitoringInterval": lambda it: it.get("MonitoringInterval"),
    "monitoringRoleArn": lambda it: it.get("MonitoringRoleArn"),
    "enablePerformanceInsights": lambda it: it.get("PerformanceInsightsEnabled"),
}
LOOKED_AT = {
    "network": NETWORK,
    "engine": ENGINE_SETTINGS,
    "storage": STORAGE,
    "operation": OPERATION,
}
"""Every field of `target.rds`, and where DescribeDBInstances shows it."""


def restored_database(cloud: Cloud, scene: Scene) -> DbInstance | None:
    """The DB instance of the identifier asked for, in the target's account and Region."""
    identifier = scene.request["target"]["rds"]["dbInstanceIdentifier"].lower()
    rds = cloud.client("rds", scene.target)
    try:
        return rds.describe_db_instances(DBInstanceIdentifier=identifier)["DBInstances"][0]
    except ClientError as error:
        if error.response["Error"]["Code"] != "DBInstanceNotFound":
            raise
        return None


def database_findings(cloud: Cloud, scene: Scene) -> Iterator[Finding]:
    """The DB instance: its state, key, and everything that was asked for."""
    database = restored_database(cloud, scene)
    status = database["DBInstanceStatus"] if database else "missing"
    yield Finding("DB instance", {"status": "available"}, {"status": status}, status)
    if database is None:
        return
    yield _origin(scene, database)
    key = database.get("KmsKeyId")
    yield Finding(
        "encryption",
        {"encrypted": True, "key": scene.request["target"]["kmsKeyId"]},
        {"encrypted": database["StorageEncrypted"], "key": key},
        f"key {short(key or 'none')}",
    )
    asked = scene.request["target"]["rds"]
    for what, fields in LOOKED_AT.items():
        wanted = {name: _comparable(asked[name]) for name in fields if name in asked}
        found = {name: fields[name](database) for name in wanted}
        if wanted:
            yield Finding(what, wanted, found, _shown(found))
    yield _tags(scene, database)


def unchecked(asked: dict[str, Any]) -> set[str]:
    """The fields of `target.rds` that no check looks at."""
    checked = {name for fields in LOOKED_AT.values() for name in fields}
    return asked.keys() - checked - {"dbInstanceIdentifier", "tags"}


def _origin(scene: Scene, database: DbInstance) -> Finding:
    wanted = {
        "account": scene.target.account,
        "region": scene.target.region,
        "engine": scene.database.engine,
        "source": scene.snapshots["db"],
        "unchecked fields": [],
    }
    _, _, _, region, account, *_ = database["DBInstanceArn"].split(":")
    found = {
        "account": account,
        "region": region,
        "engine": f"{database['Engine']} {database['EngineVersion']}",
        "source": tags(database.get("TagList")).get(SOURCE_TAG),
        "unchecked fields": sorted(unchecked(scene.request["target"]["rds"])),
    }
    return Finding("place", wanted, found, f"{account} {region}, {found['engine']}")


def _tags(scene: Scene, database: DbInstance) -> Finding:
    asked = scene.request["target"]["rds"].get("tags", {})
    wanted = asked | {RESTORE_ID: scene.restore_id}
    carried = tags(database.get("TagList"))
    found = {name: carried.get(name) for name in wanted}
    return Finding("tags", wanted, found, ", ".join(f"{k}={v}" for k, v in asked.items()))


def _comparable(value: Any) -> Any:
    return sorted(value) if isinstance(value, list) else value


def _shown(found: dict[str, Any]) -> str:
    return ", ".join(_word(name, value) for name, value in found.items())


def _word(name: str, value: Any) -> str:
    if isinstance(value, list):
        return " ".join(short(it) for it in value)
    if isinstance(value, str):
        return short(value)
    return f"{name} {value}"
