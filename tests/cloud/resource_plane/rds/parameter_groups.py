"""DB parameter groups, as DB instances use them."""

from __future__ import annotations

from typing import Any

from moto.rds.models import DBInstance, RDSBackend

from resource_plane.error import AwsError
from resource_plane.frame import Call, Proceed, rule
from resource_plane.rds import arn, engines
from resource_plane.rds.engines import Version


def find(backend: RDSBackend, name: str | None, version: Version) -> str:
    """The name of the group asked for, which must be of the version's family, or the default."""
    name = (name or version.default_parameter_group).lower()
    if name == version.default_parameter_group:
        return name
    group = backend.db_parameter_groups.get(name)
    if group is None:
        raise AwsError("DBParameterGroupNotFound", f"DBParameterGroup not found: {name}")
    if group.family != version.family:
        raise AwsError(
            "InvalidParameterCombination",
            f"The Parameter Group {name} with DBParameterGroupFamily {group.family} cannot be used "
            "for this instance. Please use a Parameter Group with DBParameterGroupFamily "
            f"{version.family}",
        )
    return name


@rule("rds", "DeleteDBParameterGroup")
def delete_db_parameter_group(call: Call, proceed: Proceed) -> Any:
    """A default group, or one that a DB instance uses, stays."""
    name = call.params["DBParameterGroupName"].lower()
    backend = arn.home(call.account, call.region)
    used = any(one.db_parameter_group_name == name for one in backend.databases.values())
    if used or name.startswith("default."):
        raise AwsError(
            "InvalidDBParameterGroupState",
            f"One or more database instances are still members of this parameter group {name}, "
            "so the group cannot be deleted",
        )
    return proceed()


def _default_group(database: DBInstance) -> tuple[str, str]:
    """moto takes all but the last number of a version for the family's: `postgres9.3`, but also
    `oracle-ee19.0.0.0.ru-…` for what is `oracle-ee-19`.
    """
    if database.engine not in engines.ENGINES:
        return _moto_default_group(database)
    version = engines.version(database.engine, database.engine_version)
    return version.family, version.default_parameter_group


_moto_default_group = DBInstance.default_db_parameter_group_details
DBInstance.default_db_parameter_group_details = _default_group
