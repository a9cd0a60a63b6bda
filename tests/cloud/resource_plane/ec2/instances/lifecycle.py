"""The life of an instance (EC2/ec2-instance-lifecycle): each change takes its time.

pending → running → stopping → stopped → pending …, and from any of them shutting-down →
terminated. A launch that fails ends terminated, a start that fails stopped, and the instance says
why in its StateReason.
"""

from __future__ import annotations

from moto.core.utils import utcnow

from resource_plane.ec2 import tags
from resource_plane.ec2.instances.model import Instance
from resource_plane.ec2.transitions import after, cancel, later
from resource_plane.ec2.volumes.deleting import delete
from resource_plane.ec2.volumes.making import initialize, vanish
from resource_plane.ec2.volumes.model import disconnect
from resource_plane.progress import Failure, Work

MEMORY = 3600
"""Seconds of AWS's time for which a terminated instance is told of: "approximately one hour"
(BC:ec2.TerminateInstances)."""

BY_USER = "Client.UserInitiatedShutdown: User initiated shutdown"


def launch(instance: Instance, why: str | None) -> None:
    """Begins the launch; `why` is the StateReason of one that is going to fail."""
    failure = Failure("terminated", why) if why else None

    def launched(work: Work) -> None:
        if work.failure is None:
            for attachment in instance.attached.values():
                attachment.state, attachment.volume.state = "attached", "in-use"
                initialize(attachment.volume, work)
            _run(instance, work)
        else:
            _leave_unmade(instance)
            _end(instance, work.failure.message)

    instance.become("pending")
    _begin("instance", instance, launched, failure)


def start(instance: Instance, why: str | None) -> None:
    """Begins to start a stopped instance, which is stopped again where `why` says that it fails."""
    failure = Failure("stopped", why) if why else None

    def started(work: Work) -> None:
        if work.failure is None:
            _run(instance, work)
        elif work.failure.state == "terminated":
            _end(instance, work.failure.message)
        else:
            instance.become("stopped", work.failure.message)

    instance.become("pending")
    instance.launch_time = utcnow()
    _begin("instance", instance, started, failure)


def stop(instance: Instance) -> None:
    """Begins to stop a running instance."""

    def stopped(_: Work) -> None:
        # moto's own stop also lets go of public addresses.
        instance.stop()
        instance.become("stopped", BY_USER)

    _leave_running(instance)
    instance.become("stopping", BY_USER)
    _begin("instance-stop", instance, stopped)


def terminate(instance: Instance) -> None:
    """Begins to terminate an instance, whatever it is doing."""
    _leave_running(instance)
    instance.become("shutting-down", BY_USER)
    _begin("instance-termination", instance, lambda work: _end(instance, BY_USER))


def status_id(instance: Instance) -> str:
    """What the status checks of an instance are known by."""
    return f"{instance.id}/status"


def agent_id(instance: Instance) -> str:
    """What the SSM agent in an instance is known by."""
    return f"{instance.id}/agent"


def _begin(kind: str, instance: Instance, effect: object, failure: Failure | None = None) -> None:
    backend = instance.ec2_backend
    after(
        kind,
        instance.id,
        effect,
        failure=failure,
        account=backend.account_id,
        region=backend.region_name,
    )


def _run(instance: Instance, work: Work) -> None:
    """The instance runs, its status checks begin, and the agent in it starts."""
    instance.start()
    instance.become("running")
    backend = instance.ec2_backend
    for kind, known_by in (
        ("instance-status", status_id(instance)),
        ("ssm-agent", agent_id(instance)),
    ):
        after(
            kind,
            known_by,
            lambda _: None,
            following=work,
            account=backend.account_id,
            region=backend.region_name,
            instance=instance.id,
            **tags.as_facts(tags.of(backend, instance.id)),
        )


def _leave_running(instance: Instance) -> None:
    """What runs only while the instance does ends with that."""
    cancel(status_id(instance))
    cancel(agent_id(instance))


def _leave_unmade(instance: Instance) -> None:
    """A failed launch has made no volumes."""
    for attachment in list(instance.attached.values()):
        disconnect(attachment)
        vanish(attachment.volume)


def _end(instance: Instance, reason: str) -> None:
    """The instance is gone; volumes marked so go with it, the others become available."""
    for attachment in list(instance.attached.values()):
        cancel(attachment.id)
        disconnect(attachment)
        if attachment.delete_on_termination and not attachment.volume.attached:
            delete(attachment.volume)
    # moto's own lets go of network interfaces, addresses and the instance profile.
    instance.terminate()
    instance.become("terminated", reason)
    later(MEMORY, f"{instance.id}/memory", lambda: _forget(instance))


def _forget(instance: Instance) -> None:
    """It is told of no more; nor is its reservation, once no instance of that is left."""
    there = instance.ec2_backend.reservations
    for reservation in list(there.values()):
        reservation.instances = [it for it in reservation.instances if it is not instance]
        if not reservation.instances:
            del there[reservation.id]
