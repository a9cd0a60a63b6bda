"""A recovery is measured until its instances can be used, and told as met only where it was."""

from datetime import datetime

import pytest
from news import eventually, subscribed
from recovering import plan, recover, remove_database, restore_of, written
from restore.arrange import arrange
from restore.example import example

LOADING = 60
"""Seconds for which volumes load their data, and their snapshots have to stay."""

PLENTY = 10_000
"""Minutes within which every recovery here is complete."""


@pytest.fixture
def database_scene(cloud, database):
    """What a recovery restores; the DB instance goes with the test."""
    scene = arrange(cloud, example("rds-cross-account"), database=database)
    scene = scene.asking(target__rds__deletionProtection=False)
    yield scene
    remove_database(cloud, scene)


def instant(told):
    return datetime.fromisoformat(told)


def test_what_is_loaded_after_an_instance_is_up_is_not_counted(cloud, instance, scale):
    scene = arrange(cloud, example("ec2-cross-account-cross-region"), instance=instance)
    document = plan([restore_of(scene)], rtoMinutes=PLENTY, rpoMinutes=PLENTY)
    with cloud.lasting(volume_initialization=LOADING):
        ended = recover(cloud, document)
    ended.raise_unless_succeeded()

    [restore] = written(cloud, ended)["restores"]
    up, over = instant(restore["upAt"]), instant(restore["endedAt"])
    # The restore waited for the loading, which is longer by its own clock than by that of the API.
    assert (over - instant(restore["startedAt"])).total_seconds() >= LOADING
    assert restore["seconds"] < LOADING / scale

    summary = ended.output["summary"]
    seconds = int((up - instant(summary["startedAt"])).total_seconds())
    told = {"targetMinutes": PLENTY, "seconds": seconds, "met": True}
    [wave] = summary["waves"]
    assert restore["rto"] == wave["rto"] == summary["rto"] == told
    assert restore["seconds"] == wave["seconds"] <= seconds
    assert instant(wave["endedAt"]) == instant(summary["endedAt"]) == over
    age = restore["rpo"]
    assert age["met"] is True and age == wave["rpo"] == summary["rpo"]
    assert wave["recoveryPoint"] == restore["recoveryPoint"]


def test_what_an_earlier_run_has_finished_is_not_told_as_reached_in_no_time(cloud, database_scene):
    document = plan([restore_of(database_scene)], rtoMinutes=PLENTY, rpoMinutes=PLENTY)
    first = recover(cloud, document, recoveryId="finished-before")
    first.raise_unless_succeeded()
    assert all(first.output["summary"][it]["met"] is True for it in ("rto", "rpo"))

    with subscribed(cloud) as notifications:
        second = recover(cloud, document, recoveryId="finished-before")
        second.raise_unless_succeeded()
        told = eventually(
            lambda: (
                len(it := [it for it in notifications() if second.arn in it["Message"]]) == 2 and it
            ),
            "two notifications",
        )

    [message] = [
        it["Message"]
        for it in told
        if it["Subject"] == "Recovery restored nothing: finished-before"
    ]
    reached = f"unknown of {PLENTY * 60} s, not known to be met"
    for words in (
        "has restored nothing now",
        "another recoveryId",
        f"Recovery time: {reached}. Age of the data: {reached}.",
    ):
        assert words in message
    assert "is done" not in message
    counted = [it.output["summary"]["counts"]["foundFinished"] for it in (first, second)]
    assert counted == [0, 1]
    [restore] = written(cloud, second)["restores"]
    assert (restore["status"], restore["foundFinished"]) == ("succeeded", True)
    assert not {"upAt", "recoveryPoint", "seconds"} & restore.keys()
    [wave] = second.output["summary"]["waves"]
    for told in (restore, wave, second.output["summary"]):
        assert told["rto"] == told["rpo"] == {"targetMinutes": PLENTY}
    for ended in (first, second):
        name, began = ended.arn.rsplit(":", 1)[-1], instant(ended.output["summary"]["startedAt"])
        key = f"recoveries/finished-before/{began:%Y%m%dT%H%M%SZ}-{name}/outcome.json"
        assert ended.output["key"] == key
        assert written(cloud, ended)["summary"] == ended.output["summary"]
