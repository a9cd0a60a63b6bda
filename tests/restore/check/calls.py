"""What the restore called: by which role, how often, under which key."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from restore.arrange import Scene
from restore.check.finding import Finding
from restore.check.remains import hops_to_target, keys_of_db_snapshot
from restore.check.roles import FUNCTION, dry_runs, restore_role_calls, source_role_calls
from restore.cloud import Cloud
from restore.place import HOME

Call = dict[str, Any]

COPIES = {"ec2:CopySnapshot", "rds:CopyDBSnapshot"}
SHARES = {"ec2:ModifySnapshotAttribute", "rds:ModifyDBSnapshotAttribute"}
MAKES_STORAGE = COPIES | {"ec2:CreateVolume"}


def operation(call: Call) -> str:
    """The call as policies name it."""
    return f"{call['service']}:{call['action']}"


def is_dry(call: Call) -> bool:
    """Whether the call was a dry run, which changes nothing whatever its action."""
    return bool(call["params"].get("DryRun"))


def by_roles(calls: Iterable[Call]) -> list[Call]:
    """The calls of the restore, without those of the accounts' administrators: of the driver."""
    return [call for call in calls if call["roleArn"] or not _is_administrator(call)]


def call_findings(cloud: Cloud, scene: Scene, calls: Iterable[Call]) -> Iterator[Finding]:
    """The recorded calls held against what each role is given (see `roles`)."""
    made = by_roles(calls)
    yield from role_findings(cloud, scene, made)
    yield _copies(cloud, scene, made)
    yield _shares(scene, made)
    yield _keys(scene, made)


def role_findings(cloud: Cloud, scene: Scene, made: list[Call]) -> Iterator[Finding]:
    """For each role: the calls it made that were not its to make."""
    allowed = {
        "functions": (FUNCTION, None),
        "source role": (source_role_calls(scene), scene.source.account),
        "restore role": (
            restore_role_calls(scene, wanted_copies(cloud, scene)),
            scene.target.account,
        ),
    }
    for who, (operations, account) in allowed.items():
        theirs = [call for call in made if _who(cloud, call) == who]
        amiss = {
            f"{operation(call)} in {call['account']} {call['region']}"
            for call in theirs
            if operation(call) not in (dry_runs(operations) if is_dry(call) else operations)
            or call["account"] != (account or HOME)
        }
        shown = f"{len(theirs)} calls, {len({operation(call) for call in theirs})} kinds"
        yield Finding(f"calls of {who}", {"amiss": []}, {"amiss": sorted(amiss)}, shown)
    strangers = sorted({str(call["callerArn"]) for call in made if _who(cloud, call) is None})
    yield Finding("calls of others", {"callers": []}, {"callers": strangers}, "none")


def wanted_copies(cloud: Cloud, scene: Scene) -> int:
    """How many copies the restore role makes, by the table of flows."""
    if not hops_to_target(scene):
        return 0
    return len(scene.snapshots) * (2 if _takes_two_hops(scene) else 1)


def _takes_two_hops(scene: Scene) -> bool:
    return scene.service == "rds" and all(
        getattr(scene.source, part) != getattr(scene.target, part) for part in ("account", "region")
    )


def _copies(cloud: Cloud, scene: Scene, made: list[Call]) -> Finding:
    """Exactly the copies of the flow's path: none twice, none in vain."""
    ours = Counter(
        _who(cloud, call) for call in made if operation(call) in COPIES and call["outcome"] == "ok"
    )
    found = ours["restore role"]
    wanted = wanted_copies(cloud, scene)
    return Finding("copies made", {"count": wanted}, {"count": found}, f"{found}")


def _shares(scene: Scene, made: list[Call]) -> Finding:
    """Snapshots are shared with the target account alone, and only where they need to be."""
    shared_with = sorted(
        {
            account
            for call in made
            if operation(call) in SHARES and call["outcome"] == "ok"
            for account in _accounts(call["params"])
        }
    )
    wanted = [scene.target.account] if needs_sharing(scene) else []
    return Finding(
        "shared with",
        {"accounts": wanted},
        {"accounts": shared_with},
        " ".join(shared_with) or "none",
    )


def needs_sharing(scene: Scene) -> bool:
    """Whether there is a snapshot that the target account must be given permission on."""
    if scene.source.account == scene.target.account:
        return False
    before = {
        thing.id: facts.get("shared with", [])
        for thing, facts in scene.before.things.items()
        if thing.place == scene.source
    }
    ids = [snapshot.split(":snapshot:")[-1] for snapshot in scene.snapshots.values()]
    return not all(scene.target.account in before.get(it, []) for it in ids)


def _accounts(params: dict[str, Any]) -> list[str]:
    """The accounts, or groups of them, that a share is given to."""
    permission = params.get("CreateVolumePermission", {})
    added = permission.get("Add", []) if isinstance(permission, dict) else []
    users = params.get("UserIds", []) if params.get("OperationType") == "add" else []
    groups = params.get("GroupNames", []) if params.get("OperationType") == "add" else []
    listed = [account for it in added for account in it.values()]
    return [*listed, *users, *groups, *params.get("ValuesToAdd", [])]


def _keys(scene: Scene, made: list[Call]) -> Finding:
    """Every copy and every volume is made under a key that the call names, but for one copy.

    That is the first of two, of an unencrypted DB snapshot: it stays under the snapshot's key where
    the request names none for it, and so under none. The second one is under the target key.
    """
    keyless = [
        call
        for call in made
        if operation(call) in MAKES_STORAGE and not call["params"].get("KmsKeyId")
    ]
    plain = [call for call in keyless if _may_stay_unencrypted(scene, call)]
    left = sorted({operation(call) for call in keyless if call not in plain})
    shown = "on all but the first copy" if plain else "on every copy and volume"
    return Finding("keys named", {"without": []}, {"without": left}, shown)


def _may_stay_unencrypted(scene: Scene, call: Call) -> bool:
    return (
        _takes_two_hops(scene)
        and "intermediateKmsKeyId" not in scene.request["target"]
        and keys_of_db_snapshot(scene) == {None}
        and operation(call) == "rds:CopyDBSnapshot"
        and (call["account"], call["region"]) == (scene.target.account, scene.source.region)
    )


def _who(cloud: Cloud, call: Call) -> str | None:
    role = call["roleArn"]
    if role == cloud.restore_role.arn:
        return "restore role"
    if role == cloud.source_role.arn:
        return "source role"
    return "functions" if role and role.split(":")[4] == HOME else None


def _is_administrator(call: Call) -> bool:
    return str(call["callerArn"]).endswith(":root")
