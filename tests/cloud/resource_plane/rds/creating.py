"""DB instances are created: CreateDBInstance."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.rds.models import DBInstance

from resource_plane.error import AwsError
from resource_plane.frame import Call, Proceed, rule
from resource_plane.rds import (
    arn,
    backups,
    certificates,
    credentials,
    insights,
    instance,
    keys,
    lifecycle,
    monitoring,
    room,
    tags,
)
from resource_plane.rds.lifecycle import Moment, Stage


@rule("rds", "CreateDBInstance")
def create_db_instance(call: Call, proceed: Proceed) -> Any:
    """moto's DB instance is there at once, under any key.

    The members of DB clusters are left to it.
    """
    if call.params.get("DBClusterIdentifier"):
        call.set_param("CACertificateIdentifier", certificates.DEFAULT)
        return proceed()
    backend = arn.home(call.account, call.region)
    identifier = instance.new_identifier(backend, call.params["DBInstanceIdentifier"])
    if not call.params.get("AllocatedStorage"):
        raise AwsError(
            "InvalidParameterValue",
            "The parameter AllocatedStorage must be provided and must not be blank.",
        )
    wanted = call.params | {"DBInstanceIdentifier": identifier}
    wanted["Tags"] = tags.checked(call.params.get("Tags"))
    credentials.check_new(wanted)
    monitoring.check(backend, wanted)
    observed = insights.wanted(call)
    wanted["KmsKeyId"] = _key(call)
    made = instance.make(backend, wanted, frozenset())
    insights.set_up(made, observed)
    bring_up(made, wanted)
    return ActionResult({"DBInstance": made})


def bring_up(made: DBInstance, wanted: instance.Settings) -> None:
    """Puts a new DB instance in its place and on its course to `available`.

    RDS/accessing-monitoring "DB instance status": what it is given beside its data is configured
    once it is created, and then it is backed up.
    """
    lack = room.short(made.backend, made)
    made.backend.databases[made.db_instance_identifier] = made
    made.add_event("DB_INSTANCE_CREATE")

    def created(moment: Moment) -> None:
        credentials.activate(made)
        if made.status == "available":
            backups.back_up(made, moment)

    stages = [Stage("creating", "db-instance", created, lack)]
    configured = {
        "configuring-enhanced-monitoring": wanted.get("MonitoringInterval"),
        "configuring-iam-database-auth": wanted.get("EnableIAMDatabaseAuthentication"),
        "configuring-log-exports": wanted.get("EnableCloudwatchLogsExports"),
    }
    stages += [
        Stage(status, "db-instance-modification", created)
        for status, needed in configured.items()
        if needed
    ]
    lifecycle.start(made, *stages)


def _key(call: Call) -> str | None:
    """The key that the storage is encrypted with: the default one where none is named.

    BC:rds.CreateDBInstanceMessage.KmsKeyId, StorageEncrypted.
    """
    asked = call.params.get("KmsKeyId")
    if not call.params.get("StorageEncrypted"):
        if asked:
            raise AwsError(
                "InvalidParameterCombination",
                "You can't specify the KmsKeyId parameter when StorageEncrypted is false.",
            )
        return None
    asked = asked or keys.default_key(call.account, call.region)
    return keys.usable_to_store(call.caller, asked, call.region)
