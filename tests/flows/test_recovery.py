"""A recovery plan: waves in order, every restore accounted for once, under each failure policy."""

import json
import secrets

import expect
import pytest
from news import PATIENCE, eventually
from restore.arrange import arrange
from restore.example import example
from restore.follow import follow
from restore.inventory import Inventory

FLOWS = ("rds-same-location", "ec2-same-location", "rds-cross-account")


@pytest.fixture
def scenes(cloud):
    """Three restores, each on a source of its own."""
    return [arrange(cloud, example(flow)) for flow in FLOWS]


def restore_of(scene, **changes):
    """A restore of a plan that asks for what the scene does, under an id of the recovery's own."""
    asked = scene.asking(**changes).request
    return {name: asked[name] for name in ("source", "target", "options") if name in asked}


def plan(*waves, **settings):
    """A plan with these waves, each a list of restores."""
    named = [{"name": f"wave-{n}", "restores": list(it)} for n, it in enumerate(waves, 1)]
    return {"planId": "orders-dr", "waves": named, **settings}


def recover(cloud, document, **given):
    """The end of a recovery by this plan."""
    arn = cloud.step_functions.start_execution(
        stateMachineArn=f"{cloud.state_machine}-recovery",
        name=f"recovery-{secrets.token_hex(4)}",
        input=json.dumps({"plan": document, **given}),
    )["executionArn"]
    return follow(cloud, arn)


def written(cloud, report):
    """What is written of every restore."""
    body = cloud.home_client("s3").get_object(Bucket=report["bucket"], Key=report["key"])["Body"]
    return json.loads(body.read())


def test_waves_bring_back_all_that_a_plan_asks_for(cloud, scenes):
    first, second, third = scenes

    ended = recover(
        cloud,
        plan([restore_of(first), restore_of(second)], [restore_of(third)], rtoMinutes=10_000),
    )

    ended.raise_unless_succeeded()
    summary = ended.output["summary"]
    assert (summary["status"], summary["counts"]["succeeded"]) == ("succeeded", 3)
    assert summary["rto"]["met"] is True
    restores = written(cloud, ended.output)["restores"]
    assert [it["status"] for it in restores] == ["succeeded"] * 3
    assert all(it["recoveryPoint"] for it in restores)
    waves = summary["waves"]
    assert waves[0]["endedAt"] <= waves[1]["startedAt"]
    for scene, restore in zip(scenes, restores, strict=True):
        expect.ends_as_asked(cloud, scene.asking(restoreId=restore["restoreId"]))


def test_a_dry_run_plans_all_and_changes_nothing(cloud, scenes):
    before = Inventory.taken(cloud)

    ended = recover(cloud, plan([restore_of(it) for it in scenes]), dryRun=True)

    ended.raise_unless_succeeded()
    assert ended.output["status"] == "PLANNED"
    assert ended.output["restores"] == 3
    expect.unchanged_since(cloud, before)


def test_an_obstacle_keeps_a_stopping_plan_from_beginning_anything(cloud, scenes):
    first, second, _ = scenes
    before = Inventory.taken(cloud)

    bad = restore_of(second, target__kmsKeyId="alias/nowhere")
    ended = recover(cloud, plan([restore_of(first)], [bad]))

    assert (ended.status, ended.error) == ("FAILED", "Restore.InvalidInput")
    assert "waves[1].restores[0]" in ended.cause and "alias/nowhere" in ended.cause
    expect.unchanged_since(cloud, before)


def test_a_plan_that_goes_on_restores_the_others(cloud, scenes):
    first, second, third = scenes

    bad = restore_of(second, target__kmsKeyId="alias/nowhere")
    ended = recover(
        cloud, plan([restore_of(first), bad], [restore_of(third)], onWaveFailure="continue")
    )

    assert (ended.status, ended.error) == ("FAILED", "Restore.ResourceFailed")
    for scene in (first, third):
        eventually(lambda scene=scene: made(cloud, scene), f"end within {PATIENCE} s")


def made(cloud, scene):
    """Whether the scene's DB instance is there."""
    rds = cloud.client("rds", scene.target)
    wanted = scene.request["target"]["rds"]["dbInstanceIdentifier"]
    found = rds.describe_db_instances()["DBInstances"]
    return [it for it in found if it["DBInstanceIdentifier"] == wanted.lower()]


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (plan(), "waves"),
        (plan([]), "waves[0].restores"),
        ({"planId": "Orders", "waves": []}, "planId"),
        (
            plan([{"profile": "a"}], profiles={"a": {"extends": "b"}, "b": {"extends": "a"}}),
            "profiles.",
        ),
    ],
)
def test_a_bad_plan_ends_with_the_field_named(cloud, document, words):
    ended = recover(cloud, document)

    assert (ended.status, ended.error) == ("FAILED", "Restore.InvalidInput")
    assert words in ended.cause
