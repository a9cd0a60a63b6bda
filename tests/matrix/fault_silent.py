"""Work of AWS's that it accepted and that fails later, with little or no word of why.

EBS looks at keys once it has answered, so that a missing permission shows as a copy in `error`,
a volume that is gone or an instance that went from `pending` to `terminated`; RDS shows a state.
What most likely is the key fails as `Restore.KeyNotUsable`, and says why that is likely; what AWS
itself calls a lack of capacity as `Restore.InsufficientCapacity`; all else as
`Restore.ResourceFailed`, in AWS's own words. `aws-facts.md` E has the states.
"""

from __future__ import annotations

import time
import traceback
from dataclasses import dataclass

from restore.example import FLOWS

from matrix.case import Run
from matrix.detours import CLIENT_ERROR, go
from matrix.fault_expected import A_KEY, Expected
from matrix.fault_judge import problems_of
from matrix.fault_run import scene_of
from matrix.world import World

FIRST_HOP, LAST_HOP = "first hop", "last hop"

NO_KEY = "Given key ID is not accessible"
NO_ROOM = "Server.InsufficientInstanceCapacity: There is no capacity in this zone"


@dataclass(frozen=True)
class Silent:
    """The next work of a kind, how it fails, and how the restore has to end."""

    kind: str
    """As the plane's durations name it."""
    state: str
    message: str
    expected: Expected
    hop: str = LAST_HOP
    """Where: copies into the target account are made in the source's Region first."""


@dataclass(frozen=True)
class SilentCase:
    """One in a flow."""

    flow: str
    silent: Silent

    def __str__(self) -> str:
        """As the table names it."""
        it = self.silent
        words = f": {it.message}" if it.message else ""
        return f"{self.flow}: {it.kind} ({it.hop}) {it.state}{words}"


def _key(*says: str) -> Expected:
    return Expected("KeyNotUsable", (*says, A_KEY))


def _failed(*says: str) -> Expected:
    return Expected("ResourceFailed", says)


COPY = (
    Silent("snapshot-copy", "error", NO_KEY, _key(NO_KEY, "kms:CreateGrant")),
    Silent("snapshot-copy", "error", "Internal error", _failed("error: Internal error")),
    Silent("snapshot-copy", "error", "", _key("error", "kms:CreateGrant")),
)

EC2 = (
    Silent("volume", "deleted", "", _key("it is gone", "kms:CreateGrant")),
    Silent("volume", "error", "", _failed("error", A_KEY)),
    Silent("instance", "terminated", CLIENT_ERROR, _key("Client.InternalError", "kms:CreateGrant")),
    Silent(
        "instance",
        "terminated",
        NO_ROOM,
        Expected("InsufficientCapacity", ("Server.InsufficientInstanceCapacity",)),
    ),
    Silent(
        "instance",
        "terminated",
        "Client.VolumeLimitExceeded: Volume limit exceeded",
        Expected("LimitReached", ("Client.VolumeLimitExceeded",)),
    ),
    Silent(
        "instance",
        "terminated",
        "Client.InvalidSnapshot.NotFound: The snapshot is not found",
        _failed("Client.InvalidSnapshot.NotFound"),
    ),
    Silent("instance", "terminated", "", _failed("terminated")),
)

DB_COPY = (
    Silent("db-snapshot-copy", "failed", "", _failed("failed")),
    Silent(
        "db-snapshot-copy",
        "incompatible-restore",
        "",
        # "The DB snapshot must be in the available state to be deleted" (BC:rds.DeleteDBSnapshot).
        Expected(
            "ResourceFailed",
            ("incompatible-restore", "rds:DeleteDBSnapshot", "InvalidDBSnapshotState"),
            leaves=True,
        ),
    ),
)

DB_INSTANCE = (
    *(
        Silent("db-instance", state, "", _failed(state))
        for state in (
            "failed",
            "restore-error",
            "incompatible-create",
            "incompatible-network",
            "incompatible-option-group",
            "incompatible-parameters",
            "incompatible-restore",
            "storage-full",
        )
    ),
    *(
        Silent("db-instance", state, "", _key(state, "kms:CreateGrant"))
        for state in (
            "inaccessible-encryption-credentials",
            "inaccessible-encryption-credentials-recoverable",
        )
    ),
    Silent(
        "db-instance",
        "insufficient-capacity",
        "",
        Expected("InsufficientCapacity", ("insufficient-capacity",)),
    ),
)


def silent_cases() -> list[SilentCase]:
    """Every failure in every flow that has the work."""
    return [SilentCase(flow, it) for flow in FLOWS for it in _of(flow)]


def _of(flow: str) -> tuple[Silent, ...]:
    if flow.startswith("ec2"):
        return (*(COPY if "cross-region" in flow else ()), *EC2)
    copied = DB_COPY
    if flow == "rds-cross-account-cross-region":
        first = (Silent(it.kind, it.state, it.message, it.expected, FIRST_HOP) for it in DB_COPY)
        copied = (*first, *DB_COPY)
    return (*copied, *DB_INSTANCE)


@dataclass(frozen=True)
class SilentResult:
    """How it came out."""

    case: SilentCase
    problems: tuple[str, ...]
    seconds: float = 0.0

    def __str__(self) -> str:
        """One line, for a report."""
        name = self.case.silent.expected.status
        return f"{self.case} -> {'; '.join(self.problems) or name}"


def run_silent(world: World, case: SilentCase) -> SilentResult:
    """Arranges one restore in which the work fails, and judges how it ends."""
    began = time.monotonic()
    try:
        problems = _run(world, case)
    except Exception as error:
        # The other cases go on; this one has failed, whoever is to blame.
        world.forget()
        trace = traceback.format_exc(limit=-3)
        return SilentResult(case, (f"{type(error).__name__}: {error}\n{trace}",))
    return SilentResult(case, tuple(problems), time.monotonic() - began)


def _run(world: World, case: SilentCase) -> list[str]:
    scene, it = scene_of(world, case.flow), case.silent
    where = scene.source if it.hop == FIRST_HOP else scene.target
    place = {"account": scene.target.account, "region": where.region}
    world.cloud.fail_next(it.kind, it.state, it.message, **place)
    end = go(world.cloud, scene)
    run = Run(world, scene, end, world.looked_at(scene))
    problems = list(problems_of(run, it.expected, may_leave=False))
    if it.expected.leaves:
        # Nobody can remove it: the world goes on with a new source beside it.
        world.forget()
    else:
        world.tidy(scene, run.after)
    return problems
