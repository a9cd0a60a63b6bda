"""A recovery plan, drilled: every restore of it looked at and taken away, and the plan unharmed."""

from datetime import datetime

import expect
import pytest
from drilling import drill, evidence_of
from recovering import plan, recover, remove_database, restore_of, statuses, written
from restore.arrange import arrange
from restore.example import example
from restore.inventory import Inventory


@pytest.fixture
def scenes(cloud, instance, database):
    rds = arrange(cloud, example("rds-cross-account"), database=database)
    yield [arrange(cloud, example("ec2-cross-account"), instance=instance), rds]
    remove_database(cloud, rds)


def drilled(cloud, scenes):
    """A plan of the scenes that serves for the day and, where `mode` says so, for a drill."""
    ec2, rds = ({**restore_of(it), "drill": drill(cloud, it).request["drill"]} for it in scenes)
    defaults = {"options": {"onFailure": "keep"}}
    return plan([ec2], [rds], defaults=defaults, rtoMinutes=600)


def restores_of(cloud, recovery):
    """The executions by which the recovery has drilled, by their restore ids."""
    pages = cloud.step_functions.get_paginator("list_executions").paginate(
        stateMachineArn=cloud.state_machine
    )
    names = {it["name"]: it["executionArn"] for page in pages for it in page["executions"]}
    mine = {it["restoreId"] for it in recovery["restores"]}
    return {
        name.split("--")[0]: arn
        for name, arn in names.items()
        if name.split("--")[0] in mine and "--plan-" not in name
    }


def test_a_plan_is_drilled_as_a_whole_and_leaves_nothing(cloud, scenes):
    document, before = drilled(cloud, scenes), Inventory.taken(cloud)

    ended = recover(cloud, document, mode="drill")

    ended.raise_unless_succeeded()
    assert ended.output["summary"]["mode"] == "drill"
    report = written(cloud, ended)
    assert statuses(report) == ["succeeded", "succeeded"]
    expect.unchanged_since(cloud, before)
    executions = restores_of(cloud, report)
    assert len(executions) == 2
    told = {it["restoreId"]: it for it in report["restores"]}
    for restore_id, arn in executions.items():
        assert restore_id.startswith("drill-")
        evidence = evidence_of(cloud, arn)
        assert evidence["status"] == "PASSED"
        # What the evidence shows is what the recovery is measured by.
        shown, restore = (
            [datetime.fromisoformat(it[name]) for name in ("upAt", "checkedAt")]
            for it in (evidence, told[restore_id])
        )
        assert restore == shown and shown[0] <= shown[1]
    checked = max(datetime.fromisoformat(it["checkedAt"]) for it in told.values())
    began = datetime.fromisoformat(report["summary"]["startedAt"])
    assert report["summary"]["rto"]["seconds"] == int((checked - began).total_seconds())


def test_the_same_plan_without_the_word_restores(cloud, scenes):
    document = drilled(cloud, scenes)

    ended = recover(cloud, document)

    ended.raise_unless_succeeded()
    assert "mode" not in ended.output["summary"]
    for scene in scenes:
        made = Inventory.taken(cloud, [scene.target]).new_since(scene.before)
        assert {it.kind for it in made} & {"instance", "DB instance"}


def test_a_drill_that_fails_is_accounted_for_as_a_restore_that_fails(cloud, scenes):
    document = drilled(cloud, scenes)
    before = Inventory.taken(cloud)
    target = scenes[1].target
    cloud.fail_next("db-snapshot-copy", "failed", "", account=target.account, region=target.region)

    ended = recover(cloud, document, mode="drill")

    assert (ended.status, ended.error) == ("FAILED", "Restore.ResourceFailed"), ended.cause
    assert sorted(statuses(written(cloud, ended))) == ["failed", "succeeded"]
    expect.unchanged_since(cloud, before)
