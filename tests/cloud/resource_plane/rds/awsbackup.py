"""AWS Backup takes DB snapshots of its own, named `awsbackup:…`.

The plane does not serve AWS Backup, so a test says when it does:

| request | does |
| --- | --- |
| `POST /rules/awsbackup` | a DB snapshot of a DB instance, as AWS Backup takes it |

The body is `{"account", "region", "dbInstanceIdentifier"}`, the answer
`{"dbSnapshotIdentifier"}`. Such a snapshot is listed under `SnapshotType=awsbackup` alone.
"""

from __future__ import annotations

import uuid
from typing import Any

from werkzeug.routing import Rule
from werkzeug.wrappers import Request

from resource_plane import steering
from resource_plane.error import AwsError
from resource_plane.rds import arn, backups, instance

FIELDS = {"account", "region", "dbInstanceIdentifier"}


def back_up_as_aws_backup(_request: Request, wanted: dict[str, Any]) -> dict[str, str]:
    """Takes a DB snapshot of an available DB instance."""
    if wanted.keys() != FIELDS:
        raise AwsError("ValidationException", f"needed are exactly {sorted(FIELDS)}")
    source = instance.find(
        arn.home(wanted["account"], wanted["region"]), wanted["dbInstanceIdentifier"]
    )
    identifier = f"awsbackup:job-{uuid.uuid4()}"
    backups.take(source, identifier, kind="awsbackup")
    return {"dbSnapshotIdentifier": identifier}


steering.PATHS.add(Rule("/rules/awsbackup", endpoint="back_up_as_aws_backup", methods=["POST"]))
steering.ENDPOINTS["back_up_as_aws_backup"] = back_up_as_aws_backup
