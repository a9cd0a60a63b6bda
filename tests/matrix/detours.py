"""Restores that come off their way: how each does, how it must end, and which calls are new in it.

On most of its way such a restore makes the calls of its flow, which are disturbed there. Here those
are that it makes alone: of the clean-up after its end, of giving up a place without capacity, of
deleting what an earlier run under its id has made in vain.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from restore.arrange import Scene
from restore.arrange.network import network
from restore.cloud import Cloud
from restore.follow import Ended
from restore.place import FAR
from restore.start import start

from matrix.case import Act, Expectation, Run
from matrix.execution import ended
from matrix.expectations import failed_clean, one_token_more, restored_as_asked, stopped_clean
from matrix.spots import Made, Stretch
from matrix.stopping import NotStopped, stopped

PATIENCE = 240
"""Seconds that a restore may take to end: it may be refused everything eight times over."""


def go(cloud: Cloud, scene: Scene) -> Ended:
    """Starts the restore and waits for its end."""
    return ended(cloud, start(cloud, scene.request), PATIENCE)


NOWHERE = Stretch()


@dataclass(frozen=True)
class Detour:
    """One way that a restore can take."""

    stretch: Stretch = NOWHERE
    """Where on it the calls are that it makes alone."""
    act: Act = go
    injections: tuple[dict[str, Any], ...] = ()
    """What is injected to bring it there: see `Case.injections`."""
    ends: Expectation = restored_as_asked
    seen_as: Callable[[Cloud, Scene], Scene] = lambda _, scene: scene
    """The restore that it must end as."""
    also: Expectation = lambda _: []
    """What else must be seen at its end."""
    has_own_calls: bool = True
    """Whether any of them is another than its flow makes, and so may be refused otherwise."""

    @property
    def restores(self) -> bool:
        """Whether it ends well."""
        return self.ends is restored_as_asked

    def expect(self, run: Run) -> list[str]:
        """What is not as it should be at its end."""
        problems = self.ends(replace(run, scene=self.seen_as(run.cloud, run.scene)))
        return problems + self.also(run)


# Cleaned up after

DENIED = {"code": "AccessDenied", "message": "no more", "status": 403}

REFUSED_EC2 = {
    "kind": "error",
    "match": {"function": "restore-create-and-attach-volumes", "action": "ec2:AttachVolume"},
    "error": DENIED,
    "times": None,
}
"""With an instance, its volumes, copies and shares there."""

MODIFIED = {
    "kind": "delay",
    "seconds": 0,
    "match": {"function": "restore-create-instance", "action": "rds:ModifyDBInstance"},
}
REFUSED_RDS = {
    "kind": "error",
    "match": {"function": "restore-create-instance", "action": "rds:DescribeDBInstances"},
    "error": DENIED,
    "after": 0,
}
"""Once the DB instance is being protected from deletion."""

CLEANED_UP = Stretch(frozenset({"clean-up"}))

# Gone on with elsewhere

LACKING = {
    "kind": "error",
    "match": {
        "function": "restore-create-and-attach-volumes",
        "action": "ec2:CreateVolume",
        "params": {"AvailabilityZone": f"{FAR}a"},
    },
    "error": {
        "code": "InsufficientVolumeCapacity",
        "message": "There is not enough capacity to fulfill your EBS volume provision request.",
        "status": 500,
    },
    "skip": 1,
    "times": None,
}
"""One volume can be made in the zone, the next one cannot."""


def _other_subnet(cloud: Cloud, scene: Scene) -> str:
    return network(cloud, scene.target).subnets[1]


def with_another_zone(cloud: Cloud, scene: Scene) -> Scene:
    """The restore, which may go to another zone than its own."""
    places = [{"subnetId": _other_subnet(cloud, scene)}]
    return scene.asking(target__ec2__alternatives=places)


OTHER_CLASS = "db.m6g.large"


def with_another_class(cloud: Cloud, scene: Scene) -> Scene:
    """The restore, which may be of another class, and whose next DB instance lacks capacity."""
    account, region = scene.target
    cloud.fail_next("db-instance", "insufficient-capacity", "", account=account, region=region)
    places = [{"dbInstanceClass": OTHER_CLASS}]
    return scene.asking(target__rds__alternatives=places)


# Made anew


def _made_in_vain(
    kind: str,
    state: str,
    message: str = "",
    near: bool = False,
    ends_as: str = "ResourceFailed",
    saying: str = "",
) -> Act:
    """A first run under the id ends with what is made in `state`, and keeps it."""

    def act(cloud: Cloud, scene: Scene) -> Ended:
        region = (scene.source if near else scene.target).region
        cloud.fail_next(kind, state, message, account=scene.target.account, region=region)
        kept = scene.request.get("options", {}) | {"onFailure": "keep", "timeoutHours": 1}
        first = go(cloud, scene.asking(options=kept))
        if first.error != f"Restore.{ends_as}" or (saying or state) not in first.cause:
            raise NotStopped(f"the first run ended {first.status} {first.error}: {first.cause}")
        return go(cloud, scene)

    return act


def _copy_in_vain(function: str, near: bool) -> Detour:
    copies = (function, "rds:CopyDBSnapshot")
    made = Stretch.between((function, "rds:DeleteDBSnapshot"), copies)
    return Detour(made, _made_in_vain("db-snapshot-copy", "failed", near=near))


SHARED_AGAIN = ("share-snapshot", "ec2:DescribeSnapshots")
"""What the second run does before it makes anything."""

CLIENT_ERROR = "Client.InternalError: A client error caused the instance to terminate during launch"
"""Of an instance for whose volume EC2 could not use the key (EC2/troubleshooting-launch)."""


def _ec2_in_vain(made: Made, act: Act, also: Expectation) -> Detour:
    stretch = Stretch(frozenset({made[0]}), since=SHARED_AGAIN, last=made)
    return Detour(stretch, act, also=also, has_own_calls=False)


def _volume_in_vain(state: str, ends_as: str, saying: str) -> Detour:
    act = _made_in_vain("volume", state, ends_as=ends_as, saying=saying)
    made = ("create-and-attach-volumes", "ec2:CreateVolume")
    return _ec2_in_vain(made, act, one_token_more("CreateVolume", lambda it: len(it.snapshots)))


PLACED = Stretch.between(
    ("create-instance", "ec2:TerminateInstances"), ("create-and-attach-volumes", "ec2:CreateVolume")
)
DB_PLACED = Stretch.between(
    ("create-instance", "rds:DeleteDBInstance"),
    ("create-instance", "rds:RestoreDBInstanceFromDBSnapshot"),
)

WAYS = {
    "ec2, after a failure": Detour(
        CLEANED_UP, injections=(REFUSED_EC2,), ends=failed_clean("Restore.AccessDenied")
    ),
    "ec2, after a stop": Detour(CLEANED_UP, stopped("Attach volumes"), ends=stopped_clean),
    "ec2, in another zone": Detour(
        PLACED,
        lambda cloud, scene: go(cloud, with_another_zone(cloud, scene)),
        (LACKING,),
        seen_as=lambda cloud, it: it.asking(target__ec2__subnetId=_other_subnet(cloud, it)),
    ),
    "ec2, copy made in vain": _ec2_in_vain(
        ("copy-snapshot", "ec2:CopySnapshot"),
        _made_in_vain("snapshot-copy", "error", ends_as="KeyNotUsable"),
        lambda _: [],
    ),
    "ec2, instance made in vain": _ec2_in_vain(
        ("create-instance", "ec2:RunInstances"),
        _made_in_vain("instance", "terminated", CLIENT_ERROR, ends_as="KeyNotUsable"),
        one_token_more("RunInstances", lambda _: 1),
    ),
    "ec2, volume that vanished": _volume_in_vain("deleted", "KeyNotUsable", "it is gone"),
    "ec2, volume made in vain": _volume_in_vain("error", "ResourceFailed", "error"),
    "rds, after a failure": Detour(
        CLEANED_UP,
        injections=(MODIFIED, REFUSED_RDS),
        ends=failed_clean("Restore.AccessDenied"),
    ),
    "rds, after a stop": Detour(CLEANED_UP, stopped("Modify DB instance"), ends=stopped_clean),
    "rds, of another class": Detour(
        DB_PLACED,
        lambda cloud, scene: go(cloud, with_another_class(cloud, scene)),
        seen_as=lambda _, it: it.asking(target__rds__dbInstanceClass=OTHER_CLASS),
    ),
    "rds, first copy made in vain": _copy_in_vain("copy-snapshot", near=True),
    "rds, last copy made in vain": _copy_in_vain("reencrypt-copy", near=False),
    "rds, DB instance made in vain": Detour(
        DB_PLACED, _made_in_vain("db-instance", "restore-error")
    ),
}
"""How each of `variants.DETOURS` goes."""

GOING_ON = tuple(name for name, way in WAYS.items() if way.restores and way.has_own_calls)
"""Those that end well, by calls of their own."""

STRAIGHT = Detour()
"""No detour."""
