"""Performance Insights: the key and the retention of its data."""

from __future__ import annotations

from dataclasses import dataclass

from moto.rds.models import DBInstance

from resource_plane.error import AwsError
from resource_plane.frame import Call
from resource_plane.rds import keys

RETENTIONS = (7, *(month * 31 for month in range(1, 24)), 731)
"""BC:rds.ModifyDBInstanceMessage.PerformanceInsightsRetentionPeriod, in days."""


@dataclass(frozen=True)
class Insights:
    """How Performance Insights keeps its data."""

    key: str
    days: int


def wanted(call: Call) -> Insights | None:
    """What a call asks of Performance Insights; its data is under `aws/rds` by default."""
    if not call.params.get("EnablePerformanceInsights"):
        return None
    days = call.params.get("PerformanceInsightsRetentionPeriod", RETENTIONS[0])
    if days not in RETENTIONS:
        raise AwsError(
            "InvalidParameterValue", f"Invalid Performance Insights retention period: {days}"
        )
    key = call.params.get("PerformanceInsightsKMSKeyId")
    key = key or keys.default_key(call.account, call.region)
    return Insights(keys.usable_to_store(call.caller, key, call.region), days)


def set_up(database: DBInstance, insights: Insights | None) -> None:
    """Turns Performance Insights on, or off."""
    database.performance_insights_enabled = bool(insights)
    database.performance_insights_kms_key_id = insights.key if insights else None
    database.performance_insights_retention_period = insights.days if insights else None
