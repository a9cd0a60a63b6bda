"""The syntax of the identifiers that callers choose: stored in lower case, checked before use.

BC:rds.CreateDBInstanceMessage.DBInstanceIdentifier,
BC:rds.CopyDBSnapshotMessage.TargetDBSnapshotIdentifier, BC:rds.CreateOptionGroupMessage
.OptionGroupName.
"""

from __future__ import annotations

import re

from resource_plane.error import AwsError

SYNTAX = re.compile(r"[a-z](-?[a-z0-9])*")
INSTANCE_LENGTH, SNAPSHOT_LENGTH, GROUP_LENGTH = 63, 255, 255


def of_instance(text: str, parameter: str = "DBInstanceIdentifier") -> str:
    """A new DB instance's identifier as it is stored, or InvalidParameterValue."""
    return _stored(text, parameter, INSTANCE_LENGTH)


def of_snapshot(text: str, parameter: str = "DBSnapshotIdentifier") -> str:
    """A manual DB snapshot's identifier as it is stored, or InvalidParameterValue.

    Identifiers of automated snapshots (`rds:…`, `awsbackup:…`) are not valid here: the colon is
    no letter, digit or hyphen, which is what AWS says of them (GH:aws/aws-cli#5407).
    """
    return _stored(text, parameter, SNAPSHOT_LENGTH)


def of_option_group(text: str) -> str:
    """A new option group's name as it is stored, or InvalidParameterValue."""
    return _stored(text, "OptionGroupName", GROUP_LENGTH)


def blank(parameter: str) -> AwsError:
    """The refusal of a parameter without a value.

    GH:terraform-aws-modules/terraform-aws-rds#239.
    """
    return AwsError(
        "InvalidParameterValue",
        f"The parameter {parameter} must be provided and must not be blank.",
    )


def _stored(text: str, parameter: str, longest: int) -> str:
    if not text.strip():
        raise blank(parameter)
    stored = text.lower()
    if len(stored) > longest or not SYNTAX.fullmatch(stored):
        raise AwsError(
            "InvalidParameterValue",
            f"The parameter {parameter} is not a valid identifier. Identifiers must begin with a "
            "letter; must contain only ASCII letters, digits, and hyphens; and must not end with "
            "a hyphen or contain two consecutive hyphens.",
        )
    return stored
