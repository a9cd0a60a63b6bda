"""What comes to pass starts a recovery as it starts a restore, once."""

import json
import secrets
from functools import partial

import expect
import pytest
from delivering import (
    ON_ALARM,
    ON_ISSUE,
    ON_SCHEDULE,
    due,
    issue,
    recoveries,
    said,
    told,
    watched,
)
from news import eventually
from recovering import plan, remove_database, restore_of, statuses, written
from recovery.deployed import Deployed
from restore.arrange import arrange
from restore.example import example
from restore.follow import follow


@pytest.fixture
def scene(cloud, database):
    """What a recovery restores; the DB instance goes with the test."""
    scene = arrange(cloud, example("rds-cross-account"), database=database)
    yield scene
    remove_database(cloud, scene)


def by_alarm(cloud):
    with watched(cloud) as goes_off:
        goes_off()


def by_issue(cloud):
    first = said(cloud, issue())
    said(cloud, first)
    said(cloud, issue(eventArn=first["detail"]["eventArn"], page="2"))


def by_schedule(cloud):
    first = due(cloud, "StartRestoreScheduled")
    due(cloud, "StartRestoreScheduled", id=first["id"], time=first["time"])


@pytest.mark.parametrize(
    ("variable", "comes_to_pass"),
    [(ON_ALARM, by_alarm), (ON_ISSUE, by_issue), (ON_SCHEDULE, by_schedule)],
    ids=["alarm", "issue", "schedule"],
)
def test_a_plan_that_lies_in_s3_is_run_once(cloud, scene, variable, comes_to_pass):
    recovery = f"triggered-{secrets.token_hex(3)}"
    bucket, key = Deployed.on(cloud).bucket, f"plans/{recovery}.json"
    document = plan([{**restore_of(scene), "restoreId": scene.restore_id}])
    cloud.home_client("s3").put_object(Bucket=bucket, Key=key, Body=json.dumps(document))
    given = {"recoveryId": recovery, "planObject": {"bucket": bucket, "key": key}}
    with told(cloud, variable, given):
        comes_to_pass(cloud)
        [started] = eventually(partial(recoveries, cloud, recovery), "execution")

        ended = follow(cloud, started)

    ended.raise_unless_succeeded()
    assert statuses(written(cloud, ended)) == ["succeeded"]
    expect.ends_as_asked(cloud, scene)
    assert recoveries(cloud, recovery) == [started]
