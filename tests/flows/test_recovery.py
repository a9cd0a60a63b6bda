"""A recovery plan: waves in order, every restore accounted for once, under each failure policy."""

import expect
import pytest
from recovering import plan, recover, restore_of, statuses, written
from recovery.check import Before, target_findings
from recovery.deployed import Deployed
from recovery.scenes import Part
from restore.arrange import arrange
from restore.example import example
from restore.inventory import Inventory

FLOWS = ("rds-same-location", "ec2-same-location", "rds-cross-account")


@pytest.fixture
def scenes(cloud):
    """Three restores, each on a source of its own."""
    return [arrange(cloud, example(flow)) for flow in FLOWS]


def test_waves_bring_back_all_that_a_plan_asks_for(cloud, scenes):
    first, second, third = scenes
    before = Before.taken(cloud)

    ended = recover(
        cloud,
        plan(
            [restore_of(first), restore_of(second)],
            [restore_of(third)],
            rtoMinutes=10_000,
            rpoMinutes=10_000,
        ),
    )

    ended.raise_unless_succeeded()
    summary = ended.output["summary"]
    assert (summary["status"], summary["counts"]["succeeded"]) == ("succeeded", 3)
    waves = summary["waves"]
    assert waves[0]["endedAt"] <= waves[1]["startedAt"]
    report = written(cloud, ended)
    assert statuses(report) == ["succeeded"] * 3
    assert all(it["recoveryPoint"] for it in report["restores"])
    for held in (*report["restores"], *waves, summary):
        assert held["rto"]["met"] is held["rpo"]["met"] is True, held
    # Here each restore has a clock of its own: the last to begin need not be the last that is up.
    of_waves = [report["restores"][:2], report["restores"][2:]]
    for wave, restores in zip(waves, of_waves, strict=True):
        assert wave["rto"] == max((it["rto"] for it in restores), key=lambda it: it["seconds"])
    assert summary["rto"] == max((it["rto"] for it in waves), key=lambda it: it["seconds"])
    parts = [
        Part("", "", flow, scene.asking(restoreId=it["restoreId"]))
        for flow, scene, it in zip(FLOWS, scenes, report["restores"], strict=True)
    ]
    for part, findings in target_findings(Deployed.on(cloud), ended.arn, parts, before):
        assert {it.what: it.differences for it in findings if not it.ok} == {}, part.flow


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


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (plan(), "waves: is empty"),
        (plan([]), "waves[0].restores: is empty"),
        (
            plan([{"restoreId": "orders"}], [{"restoreId": "orders"}]),
            "waves[1].restores[0].restoreId: `orders` is also the id of waves[0].restores[0]",
        ),
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


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"fromWave": "servers"}, "fromWave: there is no wave `servers` but `wave-1`"),
        (
            {"sourceLost": {"region": "sa-east-1"}},
            "sourceLost: no restore of the plan has its source there",
        ),
        ({"sourceLost": {}}, "sourceLost: give `accountId`, `region` or both"),
    ],
)
def test_what_a_good_plan_has_not_is_named_by_the_field_that_asks_for_it(
    cloud, scenes, given, words
):
    ended = recover(cloud, plan([restore_of(scenes[0])]), **given)

    assert (ended.status, ended.error) == ("FAILED", "Restore.InvalidInput")
    assert words in ended.cause
