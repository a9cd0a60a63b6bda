"""Enhanced Monitoring: its interval and the role that writes its metrics."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from moto.iam.models import iam_backends
from moto.rds.models import RDSBackend

from resource_plane.error import AwsError

INTERVALS = (0, 1, 5, 10, 15, 30, 60)
"""BC:rds.ModifyDBInstanceMessage.MonitoringInterval, in seconds."""
SERVICE = "monitoring.rds.amazonaws.com"


def check(backend: RDSBackend, asked: Mapping[str, Any], role_now: str | None = None) -> None:
    """Refuses an interval that does not exist, or without a role that RDS may use for it."""
    interval, role = asked.get("MonitoringInterval"), asked.get("MonitoringRoleArn")
    if interval is not None and interval not in INTERVALS:
        raise AwsError(
            "InvalidParameterValue",
            f"Invalid MonitoringInterval: {interval}. Valid values are "
            f"{', '.join(map(str, INTERVALS))}.",
        )
    if role and not interval:
        raise AwsError(
            "InvalidParameterCombination",
            "You must specify a MonitoringInterval value other than 0 when you specify a "
            "MonitoringRoleARN value.",
        )
    if interval and not (role or role_now):
        raise AwsError(
            "InvalidParameterCombination",
            "A MonitoringRoleARN value is required if you specify a MonitoringInterval value "
            "other than 0.",
        )
    if role and not _trusts_monitoring(backend, role):
        raise AwsError(
            "InvalidParameterValue",
            "IAM role ARN value is invalid or does not include the required permissions for: "
            "ENHANCED_MONITORING",
        )


def _trusts_monitoring(backend: RDSBackend, role_arn: str) -> bool:
    roles = iam_backends[backend.account_id][backend.partition].roles.values()
    role = next((one for one in roles if one.arn == role_arn), None)
    if role is None:
        return False
    statements = json.loads(role.assume_role_policy_document).get("Statement", [])
    trusted = [
        one.get("Principal", {}).get("Service")
        for one in ([statements] if isinstance(statements, dict) else statements)
        if one.get("Effect") == "Allow" and isinstance(one.get("Principal"), dict)
    ]
    return any(SERVICE in ([one] if isinstance(one, str) else one or ()) for one in trusted)
