"""The master user's password: the caller's own, or one that RDS manages in Secrets Manager."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moto.rds.models import DBInstance, MasterUserSecret

from resource_plane.error import AwsError

SHORTEST = 8


def check_new(asked: Mapping[str, Any]) -> None:
    """Refuses a new DB instance without a master user, or whose password is not one.

    BC:rds.CreateDBInstanceMessage.MasterUserPassword, ManageMasterUserPassword.
    """
    if not asked.get("MasterUsername"):
        raise _missing("MasterUsername")
    managed = bool(asked.get("ManageMasterUserPassword"))
    _check_password(asked.get("MasterUserPassword"), managed)
    if not managed and not asked.get("MasterUserPassword"):
        raise _missing("MasterUserPassword")


def check_change(database: DBInstance, asked: Mapping[str, Any]) -> None:
    """Refuses a change of the master user's password that RDS refuses.

    BC:rds.ModifyDBInstanceMessage.ManageMasterUserPassword.
    """
    password = asked.get("MasterUserPassword")
    managed = asked.get("ManageMasterUserPassword")
    manages = bool(database.manage_master_user_password)
    _check_password(password, manages if managed is None else bool(managed))
    if managed is False and manages and not password:
        raise _missing("MasterUserPassword")
    if asked.get("RotateMasterUserPassword"):
        if not manages:
            raise AwsError(
                "InvalidParameterCombination",
                "You can't rotate the master user password of an instance without "
                "ManageMasterUserPassword enabled.",
            )
        if not asked.get("ApplyImmediately"):
            raise AwsError(
                "InvalidParameterCombination",
                "You must specify apply immediately when rotating the master user password.",
            )


def manage(database: DBInstance, key_id: str | None) -> None:
    """Lets RDS manage the password: the secret is `creating` until it is activated."""
    if not database.manage_master_user_password:
        database.master_user_secret = MasterUserSecret(database, key_id)
        database.manage_master_user_password = True


def rotate(database: DBInstance) -> None:
    """Gives the secret another password: it is `rotating` until it is activated."""
    database.master_user_secret._status = "rotating"


def activate(database: DBInstance) -> None:
    """The secret, if there is one, holds the password in use."""
    if database.manage_master_user_password:
        database.master_user_secret._status = "active"


def stop_managing(database: DBInstance) -> None:
    """Deletes the secret."""
    if database.manage_master_user_password:
        database.master_user_secret.delete_secret()
        del database.master_user_secret
        database.manage_master_user_password = False


def _check_password(password: str | None, managed: bool) -> None:
    if password is None:
        return
    if managed:
        raise AwsError(
            "InvalidParameterValue",
            "You can't specify MasterUserPassword for an instance with ManageMasterUserPassword "
            "enabled.",
        )
    if len(password) < SHORTEST:
        raise AwsError(
            "InvalidParameterValue",
            "The parameter MasterUserPassword is not a valid password because it is shorter than "
            f"{SHORTEST} characters.",
        )
    if any(not "!" <= letter <= "~" or letter in '/"@' for letter in password):
        raise AwsError(
            "InvalidParameterValue",
            "The parameter MasterUserPassword is not a valid password. Only printable ASCII "
            "characters besides '/', '@', '\"', ' ' may be used.",
        )


def _missing(parameter: str) -> AwsError:
    return AwsError(
        "InvalidParameterValue",
        f"The parameter {parameter} must be provided and must not be blank.",
    )


# moto's secret becomes active by being looked at; RDS's does when the password is in use.
MasterUserSecret.secret_status = property(lambda secret: secret._status)
