"""Whether AWS has room for a DB instance of a class in a zone (see `capacity`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.rds.models import DBInstance, RDSBackend

from resource_plane import capacity
from resource_plane.error import AwsError
from resource_plane.progress import Failure
from resource_plane.rds import arn

FAILED = Failure("insufficient-capacity", "There is not enough capacity for the DB instance.")
"""What becomes of a DB instance that RDS found no room for later (RDS/accessing-monitoring)."""


def short(backend: RDSBackend, made: DBInstance) -> Failure | None:
    """How a new DB instance fails for lack of room, now or later; None where there is room."""
    if _fits(backend, made, made.db_instance_class):
        return None
    if capacity.found_out_later():
        return FAILED
    # GH:Fraudmarc/fraudmarc-ce#50, there of a DB instance outside of a VPC.
    name, kind = made.db_instance_class, made.storage_type
    message = f"Cannot create a {name} database instance because there are no availability zones"
    message += f" with sufficient capacity for VPC and storage type : {kind} for {name}."
    raise AwsError(
        "InsufficientDBInstanceCapacity", f"{message} Please try the request again at a later time."
    )


def check_change(database: DBInstance, wanted: Mapping[str, Any]) -> None:
    """Refuses to begin a change to a class for which the zones of a DB instance have no room.

    BC:rds.ModifyDBInstance has the error. A lack that is found out later is one of new DB
    instances alone: what becomes of a change then is not documented.
    """
    name = wanted.get("DBInstanceClass", database.db_instance_class)
    if name == database.db_instance_class or _fits(database.backend, database, name):
        return
    raise AwsError(
        "InsufficientDBInstanceCapacity",
        f"Cannot modify the instance class because {name} is not available in the Availability "
        "Zone of the DB instance. Please try the request again at a later time.",
    )


def _fits(backend: RDSBackend, database: DBInstance, of: str) -> bool:
    """Whether all zones of a DB instance have room for one more of a class."""
    standby = getattr(database, "secondary_availability_zone", None)
    zones = {database.availability_zone, standby} - {None}
    return all(left(backend, of, zone) >= 1 for zone in zones)


def left(backend: RDSBackend, of: str, zone: str) -> float:
    """How many more DB instances of a class a zone has room for."""
    there = sum(
        it.db_instance_class == of and it.availability_zone == zone
        for one in arn.everywhere()
        if one.region_name == backend.region_name
        for it in one.databases.values()
    )
    return capacity.left("db-instance", of, zone, there)
