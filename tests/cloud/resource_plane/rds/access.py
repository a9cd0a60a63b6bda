"""What RDS calls need leave for: their resources, as the Service Authorization Reference has them.

A resource that a call falls back on (`og:default:…`, `pg:default.…`, `subgrp:default`) counts as
one that is named: AWS's own example policies allow them by name (RDS/security_iam_id-based-policy
-examples). Tags on what is made need rds:AddTagsToResource on it as well.
"""

from __future__ import annotations

from typing import Any

from resource_plane.authorization import Access, resources
from resource_plane.decision import Facts
from resource_plane.frame import Call
from resource_plane.rds import arn, engines, monitoring, tags
from resource_plane.rds.arn import Arn
from resource_plane.tagging import as_dict

Needed = list[str | Access]

SERVICE = "rds.amazonaws.com"


def on(name: Arn | str, action: str | None = None, context: Facts | None = None) -> Access:
    """Leave for a resource, with the tags it has now."""
    known = arn.parse(name) if isinstance(name, str) else name
    found = tags.find(known) if known is not None else None
    its = as_dict(found.tags) if found is not None else {}
    return Access(str(name), action, tags=its, context=context or {})


def here(call: Call, kind: str, name: str) -> Arn:
    """The resource of that kind and name in the account and Region of the call."""
    partition = arn.partition_of(call.account, call.region)
    return Arn(partition, call.region, call.account, kind, name.lower())


def given(call: Call, parameter: str, kind: str) -> Arn | str:
    """The resource that a parameter names, by its ARN or by its name; all of them without one."""
    text = call.params.get(parameter) or "*"
    return text if text.startswith("arn:") else here(call, kind, text)


def made(call: Call, name: Arn | str) -> Needed:
    """Leave to make a resource, and to tag it where the call gives tags."""
    tagged = [on(name, "rds:AddTagsToResource")] if call.params.get("Tags") else []
    return [on(name), *tagged]


@resources("rds", "CopyDBSnapshot")
def copied(call: Call) -> Needed:
    """RDS/USER_CopySnapshot "Requesting a cross-Region DB snapshot copy": on both snapshots' ARNs.

    "Communication with the source Region is made by RDS on the requester's behalf", and a policy
    must allow that Region as well as the one that is called.
    """
    name = given(call, "SourceDBSnapshotIdentifier", "snapshot")
    known = arn.parse(name) if isinstance(name, str) else name
    elsewhere = known is not None and known.region != call.region
    source = on(name, context=_on_behalf(known.region) if elsewhere else None)
    target = made(call, given(call, "TargetDBSnapshotIdentifier", "snapshot"))
    group = call.params.get("OptionGroupName")
    return [source, *target, *([on(here(call, "og", group))] if group else [])]


@resources("rds", "CreateDBSnapshot")
def taken(call: Call) -> Needed:
    """On the DB instance and on its new snapshot."""
    source = on(given(call, "DBInstanceIdentifier", "db"))
    return [source, *made(call, given(call, "DBSnapshotIdentifier", "snapshot"))]


@resources("rds", "RestoreDBInstanceFromDBSnapshot")
def restored(call: Call) -> Needed:
    """On the new DB instance, the snapshot and the groups."""
    name = given(call, "DBSnapshotIdentifier", "snapshot")
    known = arn.parse(str(name))
    source = tags.find(known) if known is not None else None
    version = None
    if source is not None:
        version = engines.version(source.engine, source.engine_version)
    return [on(name), *_instance(call, version)]


@resources("rds", "CreateDBInstance")
def created(call: Call) -> Needed:
    """On the new DB instance and the groups."""
    engine = call.params.get("Engine", "")
    number = call.params.get("EngineVersion")
    known = engine in engines.ENGINES and not call.params.get("DBClusterIdentifier")
    return _instance(call, engines.version(engine, number) if known else None)


@resources("rds", "ModifyDBInstance")
def modified(call: Call) -> Needed:
    """On the DB instance and the groups it is to have, and on what it passes on to RDS."""
    groups = {
        "DBParameterGroupName": "pg",
        "OptionGroupName": "og",
        "DBSubnetGroupName": "subgrp",
    }
    changed = [
        on(here(call, kind, call.params[name]))
        for name, kind in groups.items()
        if call.params.get(name)
    ]
    return [on(given(call, "DBInstanceIdentifier", "db")), *changed, *_passed_on(call)]


@resources("rds", "DeleteDBInstance", "StartDBInstance", "StopDBInstance", "RebootDBInstance")
def on_instance(call: Call) -> Needed:
    """On the DB instance."""
    return [on(given(call, "DBInstanceIdentifier", "db"))]


@resources("rds", "DescribeDBInstances")
def instances_listed(call: Call) -> Needed:
    """On the DB instance asked for, or on all."""
    return [on(given(call, "DBInstanceIdentifier", "db"))]


@resources(
    "rds",
    "DeleteDBSnapshot",
    "DescribeDBSnapshotAttributes",
    "DescribeDBSnapshots",
    "ModifyDBSnapshotAttribute",
)
def on_snapshot(call: Call) -> Needed:
    """On the snapshot asked for, or on all."""
    return [on(given(call, "DBSnapshotIdentifier", "snapshot"))]


@resources("rds", "DescribeDBClusterSnapshots")
def cluster_snapshots_listed(call: Call) -> Needed:
    """On the DB cluster snapshot asked for, or on all."""
    return [on(given(call, "DBClusterSnapshotIdentifier", "cluster-snapshot"))]


@resources("rds", "AddTagsToResource", "RemoveTagsFromResource", "ListTagsForResource")
def on_tagged(call: Call) -> Needed:
    """On the resource, with the tags it has already."""
    return [on(call.params.get("ResourceName", "*"))]


def _on_behalf(region: str) -> Facts:
    """The condition keys of a call that RDS makes for the caller to another Region."""
    return {
        "aws:RequestedRegion": region,
        "aws:ViaAWSService": True,
        "aws:CalledVia": [SERVICE],
    }


def _instance(call: Call, version: engines.Version | None) -> Needed:
    """Leave for a new DB instance and its groups, the default ones where none are named."""
    subnets = call.params.get("DBSubnetGroupName") or "default"
    groups = [on(here(call, "subgrp", subnets))]
    if version is not None:
        options = call.params.get("OptionGroupName") or version.default_option_group
        parameters = call.params.get("DBParameterGroupName") or version.default_parameter_group
        groups += [on(here(call, "og", options)), on(here(call, "pg", parameters))]
    return [*made(call, given(call, "DBInstanceIdentifier", "db")), *groups, *_passed_on(call)]


def _passed_on(call: Call) -> Needed:
    """The monitoring role, and a secret that RDS is to manage for the caller.

    RDS/USER_Monitoring.OS (iam:PassRole), RDS/rds-secrets-manager "Permissions required".
    """
    needed: Needed = []
    role: Any = call.params.get("MonitoringRoleArn")
    if role:
        facts = {"iam:PassedToService": monitoring.SERVICE}
        needed.append(Access(role, "iam:PassRole", context=facts))
    if call.params.get("ManageMasterUserPassword"):
        partition = arn.partition_of(call.account, call.region)
        secret = f"arn:{partition}:secretsmanager:{call.region}:{call.account}:secret:rds!*"
        needed += [
            Access(secret, "secretsmanager:CreateSecret"),
            Access(secret, "secretsmanager:TagResource"),
        ]
    return needed
