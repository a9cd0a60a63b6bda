"""Settings of a DB instance, each checked by itself: the value as RDS takes it, or its refusal."""

from __future__ import annotations

from resource_plane.error import AwsError
from resource_plane.rds.engines import Version

LIFECYCLE_SUPPORT = (
    "open-source-rds-extended-support",
    "open-source-rds-extended-support-disabled",
)
PORTS = range(1150, 65536)
OF_SQL_SERVER = frozenset({1234, 1434, 3260, 3343, 3389, 47001, *range(49152, 49157)})
"""Ports that SQL Server has taken for itself (BC:rds.CreateDBInstanceMessage.Port)."""
LONGEST_RETENTION = 35


def port(engine: str, port: int) -> int:
    """The port, if it is one that a DB instance of the engine may listen on."""
    if port not in PORTS:
        raise AwsError(
            "InvalidParameterValue",
            f"Invalid port: {port}. The port must be between {PORTS.start} and {PORTS.stop - 1}.",
        )
    if engine.startswith("sqlserver") and port in OF_SQL_SERVER:
        # The model gives the ports, and no words of the refusal.
        raise AwsError("InvalidParameterValue", f"Invalid port: {port}. {engine} reserves it.")
    return port


def retention(days: int) -> int:
    """The days that automated backups are kept: 0 means that there are none."""
    if not 0 <= days <= LONGEST_RETENTION:
        raise AwsError(
            "InvalidParameterValue",
            f"Invalid backup retention period: {days}. Must be between 0 and {LONGEST_RETENTION}",
        )
    return days


def license(version: Version, asked: str | None) -> str:
    """The license model asked for, or the engine's default one."""
    known = version.engine.licenses
    if asked is not None and asked not in known:
        raise AwsError(
            "InvalidParameterCombination",
            f"Invalid license model '{asked}' for engine '{version.engine.name}'. Valid license "
            f"models are: {','.join(known)}.",
        )
    return asked or known[0]


def logs(version: Version, asked: list[str]) -> list[str]:
    """The log types to export, all of which the engine must write."""
    unknown = [one for one in asked if one not in version.engine.logs]
    if unknown:
        raise AwsError(
            "InvalidParameterCombination",
            f"You cannot use the log types '{', '.join(unknown)}' with engine version "
            f"{version.engine.name} {version.number}.",
        )
    return list(asked)


def iam_authentication(version: Version, asked: bool) -> bool:
    """Whether IAM identities may log in, which not every engine knows."""
    if asked and not version.engine.iam_authentication:
        raise AwsError(
            "InvalidParameterCombination",
            f"IAM Database Authentication is not supported by {version.engine.name}.",
        )
    return asked


def lifecycle_support(version: Version, asked: str | None) -> str | None:
    """Whether the DB instance is enrolled in Extended Support, where its engine knows that."""
    if not version.engine.extended_support:
        if asked is not None:
            raise AwsError(
                "InvalidParameterCombination",
                f"EngineLifecycleSupport does not apply to {version.engine.name}.",
            )
        return None
    if asked is not None and asked not in LIFECYCLE_SUPPORT:
        raise AwsError("InvalidParameterValue", f"Invalid EngineLifecycleSupport: {asked}")
    return asked or LIFECYCLE_SUPPORT[0]
