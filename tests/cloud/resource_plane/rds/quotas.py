"""How much an account may have, or have under way, in a Region: quotas of RDS (RDS/CHAP_Limits).

`SnapshotQuotaExceeded` is one code for two things, which only its message tells apart
(GH:pbudzon/aws-maintenance#19 and #12). Each quota is a limit of the settings.
"""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.rds.models import RDSBackend

from resource_plane.error import AwsError
from resource_plane.frame import Call, Proceed, rule
from resource_plane.rds import arn
from resource_plane.settings import declare_limit, limit

INSTANCES, STORAGE = "dbInstances", "dbGibibytes"
SNAPSHOTS, COPIES, SHARES = "manualDbSnapshots", "dbSnapshotCopies", "accountsOfDbSnapshot"

declare_limit(INSTANCES, 40)
declare_limit(STORAGE, 100_000)
declare_limit(SNAPSHOTS, 100)
declare_limit(COPIES, 20)
# RDS/USER_ShareSnapshot: "You can share a manual snapshot with up to 20 other AWS accounts."
declare_limit(SHARES, 20)


def manual_snapshot(backend: RDSBackend) -> None:
    """Refuses one more manual DB snapshot than there may be."""
    most = limit(SNAPSHOTS)
    if most is not None and _manual(backend) >= most:
        message = f"Cannot create more than {most} manual snapshots"
        raise AwsError("SnapshotQuotaExceeded", message)


def copy(backend: RDSBackend) -> None:
    """Refuses one more copy from another Region than there may be under way."""
    most = limit(COPIES)
    under_way = sum(
        it.status == "copying" and it.source_region not in (None, backend.region_name)
        for it in backend.database_snapshots.values()
        if hasattr(it, "source_region")
    )
    if most is not None and under_way >= most:
        message = f"Cannot copy more than {most} snapshots across regions"
        raise AwsError("SnapshotQuotaExceeded", message)


def instance(backend: RDSBackend) -> None:
    """Refuses one more DB instance than there may be.

    The wording is that seen in GH:hashicorp/terraform-provider-aws#25768.
    """
    most = limit(INSTANCES)
    if most is not None and len(backend.databases) >= most:
        raise AwsError("InstanceQuotaExceeded", "DB Instance quota exceeded")


def storage(backend: RDSBackend, more: int) -> None:
    """Refuses more storage than there may be (GH:ministryofjustice/cloud-platform#6424)."""
    most = limit(STORAGE)
    over = 0 if most is None else _allocated(backend) + more - most
    if over > 0:
        message = "The operation cannot be completed. The storage quota for this account has been"
        end = "You can use the Service Quotas console to request an increase in total storage for"
        raise AwsError("StorageQuotaExceeded", f"{message} exceeded by {over}. {end} this account")


def shares(accounts: int) -> None:
    """Refuses more accounts than a DB snapshot may be shared with."""
    most = limit(SHARES)
    if most is not None and accounts > most:
        message = f"The snapshot can be shared with at most {most} accounts."
        raise AwsError("SharedSnapshotQuotaExceeded", message)


@rule("rds", "DescribeAccountAttributes")
def describe_account_attributes(call: Call, _: Proceed) -> Any:
    """The quotas and what is used of them (BC:rds.AccountQuota), which moto does not have."""
    backend = arn.home(call.account, call.region)
    quotas = {
        "DBInstances": (len(backend.databases), limit(INSTANCES)),
        "AllocatedStorage": (_allocated(backend), limit(STORAGE)),
        "ManualSnapshots": (_manual(backend), limit(SNAPSHOTS)),
        "DBSubnetGroups": (len(backend.subnet_groups), 50),
        "DBParameterGroups": (len(backend.db_parameter_groups), 50),
        "OptionGroups": (len(backend.option_groups), 20),
    }
    return ActionResult(
        {
            "AccountQuotas": [
                {"AccountQuotaName": name, "Used": used, "Max": most}
                for name, (used, most) in quotas.items()
                if most is not None
            ]
        }
    )


def _manual(backend: RDSBackend) -> int:
    return sum(it.snapshot_type == "manual" for it in backend.database_snapshots.values())


def _allocated(backend: RDSBackend) -> int:
    return sum(int(it.allocated_storage or 0) for it in backend.databases.values())
