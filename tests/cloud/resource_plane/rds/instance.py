"""DB instances: how they are found, and made from settings in the names of the API."""

from __future__ import annotations

import random
import string
from collections.abc import Mapping
from typing import Any

from botocore import xform_name
from moto.rds.models import DBInstance, RDSBackend

from resource_plane.error import AwsError
from resource_plane.rds import (
    arn,
    certificates,
    classes,
    engines,
    identifiers,
    instance_checks,
    network,
    option_groups,
    parameter_groups,
    quotas,
    room,
    storage,
)

Settings = Mapping[str, Any]
"""What a DB instance is to be, by the parameter names of CreateDBInstance."""


AS_ASKED = (
    "AutoMinorVersionUpgrade",
    "BackupRetentionPeriod",
    "CharacterSetName",
    "CopyTagsToSnapshot",
    "DBName",
    "DeletionProtection",
    "ManageMasterUserPassword",
    "MasterUserPassword",
    "MasterUserSecretKmsKeyId",
    "MasterUsername",
    "MaxAllocatedStorage",
    "MonitoringInterval",
    "MonitoringRoleArn",
    "PreferredBackupWindow",
    "PreferredMaintenanceWindow",
    "Tags",
)
"""Settings that moto's model takes as they are, with AWS's own defaults."""


def find(backend: RDSBackend, identifier: str) -> DBInstance:
    """The DB instance of that identifier or ARN, or DBInstanceNotFound."""
    name = arn.named(
        identifier, "db", backend.account_id, backend.region_name, "DBInstanceIdentifier"
    )
    here = (name.account, name.region) == (backend.account_id, backend.region_name)
    found = backend.databases.get(name.name) if here else None
    if found is None:
        raise AwsError("DBInstanceNotFound", f"DBInstance {name.name} not found.")
    return found


def new_identifier(backend: RDSBackend, asked: str, parameter: str = "DBInstanceIdentifier") -> str:
    """An identifier for a new DB instance, which no other one may have."""
    identifier = identifiers.of_instance(asked, parameter)
    if identifier in backend.databases:
        raise AwsError("DBInstanceAlreadyExists", "DB instance already exists")
    return identifier


def make(backend: RDSBackend, settings: Settings, lasting_options: frozenset[str]) -> DBInstance:
    """A DB instance with these settings and AWS's defaults, checked before anything is made.

    `lasting_options` are options that its option group must have. The key is not checked here.
    """
    version = engines.version(settings["Engine"], settings.get("EngineVersion"))
    of = version.engine
    classes.check(settings["DBInstanceClass"], of.name, version.number)
    stored = storage.checked(
        of.name,
        settings["AllocatedStorage"],
        settings.get("StorageType"),
        settings.get("Iops"),
        settings.get("StorageThroughput"),
    )
    if settings.get("MaxAllocatedStorage") is not None:
        storage.check_limit(stored.size, settings["MaxAllocatedStorage"])
    at = network.place(
        backend,
        settings.get("DBSubnetGroupName"),
        settings.get("AvailabilityZone"),
        bool(settings.get("MultiAZ")),
        settings.get("VpcSecurityGroupIds"),
        lambda zone: room.left(backend, settings["DBInstanceClass"], zone) >= 1,
    )
    checked = {
        "DBParameterGroupName": parameter_groups.find(
            backend, settings.get("DBParameterGroupName"), version
        ),
        "Port": instance_checks.port(of.name, settings.get("Port", of.port)),
        "LicenseModel": instance_checks.license(version, settings.get("LicenseModel")),
        "CACertificateIdentifier": certificates.check(
            settings.get("CACertificateIdentifier", certificates.DEFAULT)
        ),
        "EnableCloudwatchLogsExports": instance_checks.logs(
            version, settings.get("EnableCloudwatchLogsExports") or []
        ),
        "EnableIAMDatabaseAuthentication": instance_checks.iam_authentication(
            version, bool(settings.get("EnableIAMDatabaseAuthentication"))
        ),
    }
    option_group = option_groups.find(
        backend, settings.get("OptionGroupName"), version, lasting_options
    )
    network_type = network.check_network_type(
        at.subnet_group, settings.get("NetworkType") or "IPV4"
    )
    lifecycle_support = instance_checks.lifecycle_support(
        version, settings.get("EngineLifecycleSupport")
    )
    instance_checks.retention(settings.get("BackupRetentionPeriod", 1))
    quotas.instance(backend)
    quotas.storage(backend, stored.size)
    as_asked = {name: settings[name] for name in AS_ASKED if settings.get(name) is not None}
    made = DBInstance(
        backend,
        settings["DBInstanceIdentifier"],
        settings["DBInstanceClass"],
        of.name,
        engine_version=version.number,
        db_subnet_group_name=at.subnet_group.name,
        availability_zone=at.zone,
        multi_az=at.standby_zone is not None,
        vpc_security_group_ids=at.security_groups,
        publicly_accessible=settings.get("PubliclyAccessible", at.public),
        allocated_storage=stored.size,
        storage_type=stored.kind,
        iops=stored.iops,
        storage_throughput=stored.throughput,
        storage_encrypted=settings.get("KmsKeyId") is not None,
        kms_key_id=settings.get("KmsKeyId"),
        **{xform_name(name): value for name, value in (as_asked | checked).items()},
    )
    # moto would look for a default option group among those that were created.
    made.option_group_name = option_group
    made.secondary_availability_zone = at.standby_zone
    made.network_type = network_type
    made.engine_lifecycle_support = lifecycle_support
    made.storage_encryption_type = "sse-kms" if made.storage_encrypted else "none"
    return made


def _initialise(database: DBInstance, *arguments: Any, **settings: Any) -> None:
    """moto gives every DB instance the same resource id; in AWS it is unique to the Region.

    It also knows nothing of changes that wait, nor of Performance Insights.
    """
    _moto_initialise(database, *arguments, **settings)
    letters = string.ascii_uppercase + string.digits
    database.dbi_resource_id = "db-" + "".join(random.choices(letters, k=26))
    database.pending = {}
    """Changes that wait to be applied, by the parameter names of ModifyDBInstance."""
    database.not_begun = {}
    """Those, and others, that RDS has taken on and has not begun to apply."""
    database.performance_insights_enabled = False


def _endpoint(database: DBInstance) -> dict[str, Any] | None:
    """moto shows an endpoint from the first; in AWS there is none before it has been created."""
    return _moto_endpoint(database) if getattr(database, "is_made", True) else None


def _latest_restorable_time(database: DBInstance) -> Any:
    """Nor is there anything to go back to before."""
    return _moto_restorable(database) if getattr(database, "is_made", True) else None


_moto_initialise = DBInstance.__init__
_moto_restorable = DBInstance.latest_restorable_time.fget
DBInstance.latest_restorable_time = property(_latest_restorable_time)
_moto_endpoint = DBInstance.endpoint.fget
DBInstance.__init__ = _initialise
DBInstance.endpoint = property(_endpoint)
# moto takes a backup of every new DB instance, whatever its BackupRetentionPeriod, and at once:
# `backups` takes them as AWS does.
DBInstance.save_automated_backup = lambda database: None
