"""Several executions at once that go for the lease of a restore which has ended.

One gets it, and nobody else touches what the ended one has made: nothing is doubled and nothing
left. EventBridge tells nobody of that end here, so that only those go for it that a test starts.
Who is first is left to chance, or as a test has it (see `control_plane.turns`).
"""

import secrets

import expect
import pytest
from restore.arrange import arrange
from restore.example import example
from restore.follow import follow
from restore.inventory import Inventory
from restore.start import start
from stopped import (
    clean_up,
    clean_up_machine,
    disturbed,
    execution_arn,
    nobody_told,
    stop_at,
    until,
)
from test_lease import leases

STOPPED_IN = {
    "ec2-cross-account-cross-region": "Look at volumes",
    "rds-cross-account": "Look at re-encrypted copy",
}

HAS_TAKEN_OVER = "Planned by an earlier run?"
"""The state after that in which a restore takes a lease over."""

HAS_BEEN_REFUSED = "Restore is already running"


@pytest.fixture(params=STOPPED_IN)
def stopped(cloud, instance, database, db_instances_go, request):
    """A restore that was stopped with something made, and its execution, which holds the lease."""
    flow = request.param
    source = {"instance": instance} if flow.startswith("ec2") else {"database": database}
    scene = arrange(cloud, example(flow), **source)
    scene = scene.asking(options={"onFailure": "cleanUp"}).now(cloud)
    with nobody_told(cloud):
        execution = stop_at(cloud, scene, STOPPED_IN[flow])
        assert Inventory.taken(cloud).new_since(scene.before) != set()
        assert scene.restore_id in leases(cloud)
        yield execution, scene


def test_of_two_starts_at_once_one_goes_on_and_the_other_names_it(cloud, stopped):
    _, scene = stopped

    first, second = (follow(cloud, arn) for arn in [start(cloud, scene.request) for _ in range(2)])

    only_one_restores(cloud, scene, *((first, second) if first.succeeded else (second, first)))


def test_of_two_starts_that_both_find_its_holder_ended_one_goes_on(cloud, stopped):
    _, scene = stopped
    name = name_of(scene)
    first = execution_arn(cloud.state_machine, name)
    second = disturbed(
        cloud, scene, f"wait in Take over lease until {first} is in {HAS_TAKEN_OVER}"
    )
    until(cloud, second, "Take over lease")

    disturbed(cloud, scene, "", name)

    only_one_restores(cloud, scene, *(follow(cloud, it) for it in (first, second)))


def test_a_start_whose_lease_a_clean_up_takes_names_that_and_a_later_one_restores(cloud, stopped):
    execution, scene = stopped
    name = name_of(scene)
    cleaner = execution_arn(clean_up_machine(cloud), name)
    begun = disturbed(
        cloud, scene, f"wait in Take over lease until {cleaner} is in Did it have a plan?"
    )
    until(cloud, begun, "Take over lease")

    clean_up(cloud, execution, f"wait in Clean up until {begun} is in {HAS_BEEN_REFUSED}", name)
    refused, cleaned = follow(cloud, begun), follow(cloud, cleaner)

    assert (refused.status, refused.error) == ("FAILED", "Restore.AlreadyRunning"), refused.cause
    assert cleaner in refused.cause
    cleaned.raise_unless_succeeded()
    assert cleaned.output["cleanedUp"] and not cleaned.output["left"]
    expect.unchanged_since(cloud, scene.before)
    assert scene.restore_id not in leases(cloud)
    expect.restored(cloud, scene)
    expect.ends_as_asked(cloud, scene)


def test_a_clean_up_whose_lease_a_start_takes_does_nothing(cloud, stopped):
    execution, scene = stopped
    name = name_of(scene)
    begun = execution_arn(cloud.state_machine, name)
    cleaner = clean_up(
        cloud, execution, f"wait in Take over its lease until {begun} is in {HAS_TAKEN_OVER}"
    )
    until(cloud, cleaner, "Take over its lease")

    disturbed(cloud, scene, "", name)
    cleaned, restored = follow(cloud, cleaner), follow(cloud, begun)

    cleaned.raise_unless_succeeded()
    assert (cleaned.output["cleanedUp"], cleaned.output["left"]) == ([], [])
    restored.raise_unless_succeeded()
    expect.ends_as_asked(cloud, scene)
    assert scene.restore_id not in leases(cloud)


def only_one_restores(cloud, scene, restored, refused):
    """One restores what was asked for; the other has ended before, with the name of that one."""
    restored.raise_unless_succeeded()
    assert (refused.status, refused.error) == ("FAILED", "Restore.AlreadyRunning"), refused.cause
    assert restored.arn in refused.cause
    expect.ends_as_asked(cloud, scene)
    assert scene.restore_id not in leases(cloud)


def name_of(scene):
    """A name for an execution of the scene."""
    return f"{scene.restore_id}-{secrets.token_hex(4)}"
