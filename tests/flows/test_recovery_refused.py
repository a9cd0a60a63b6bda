"""What the recovery state machine is refused: it goes on all the same, or says what cut it off."""

import hashlib
import secrets

import pytest
from news import eventually, heard, subscribed
from recovering import plan, restore_of, start, statuses, written
from recovery.deployed import Deployed
from restore.arrange import arrange
from restore.example import example
from restore.follow import follow
from stopped import execution_arn, name_case

ALWAYS = 99
"""More often than any retrier tries."""

DECIDES = ("Plan recovery", "Schedule waves", "Account for wave", "Report recovery")


@pytest.fixture
def document(cloud, database):
    """A plan of one restore, whose DB instance goes with the test."""
    scene = arrange(cloud, example("rds-cross-account"), database=database)
    name = f"refused-{secrets.token_hex(3)}"
    changes = {"rds__dbInstanceIdentifier": name, "rds__deletionProtection": False}
    yield plan([restore_of(scene, **{f"target__{key}": it for key, it in changes.items()})])
    rds = cloud.client("rds", scene.target)
    made = [it["DBInstanceIdentifier"] for it in rds.describe_db_instances()["DBInstances"]]
    if name in made:
        rds.delete_db_instance(DBInstanceIdentifier=name, SkipFinalSnapshot=True)


def recovered(cloud, document, case):
    """The end of a recovery that is refused what the case says."""
    return follow(cloud, start(cloud, {"plan": document}, case=case))


@pytest.mark.parametrize("when", ["in", "after"])
@pytest.mark.parametrize("state", DECIDES)
def test_a_step_that_fails_once_is_done_again(cloud, document, state, when):
    ended = recovered(cloud, document, f"Lambda.ServiceException 1 times {when} {state}")

    ended.raise_unless_succeeded()
    assert statuses(written(cloud, ended)) == ["succeeded"]


@pytest.mark.parametrize("state", ["Announce start", "Notify of start"])
def test_a_recovery_goes_on_though_its_start_cannot_be_told_of(cloud, document, state):
    recovered(cloud, document, f"States.Timeout {ALWAYS} times in {state}").raise_unless_succeeded()


@pytest.mark.parametrize("state", ["Announce end", "Notify"])
def test_an_end_that_it_cannot_tell_of_is_told_by_who_announces(cloud, document, state):
    with heard(cloud) as events, subscribed(cloud) as notifications:
        ended = recovered(cloud, document, f"States.Timeout {ALWAYS} times in {state}")
        told = eventually(lambda: events(ended.arn).get("Recovery Succeeded"), "event of the end")
        message = eventually(
            lambda: [
                it["Message"]
                for it in notifications()
                if ended.arn in it["Message"] and it["Subject"].startswith("Recovery succeeded: ")
            ],
            "notification of the end",
        )[0]

    ended.raise_unless_succeeded()
    assert told["report"] == ended.output
    assert told["message"] == message
    assert "1 of 1 restores succeeded" in message


def test_an_end_that_nobody_can_tell_of_is_a_failed_announcement_which_an_alarm_counts(
    cloud, document
):
    refused = f"Sns.InternalErrorException {ALWAYS} times in Notify"
    name = f"unheard-{secrets.token_hex(4)}"
    recovery = execution_arn(Deployed.on(cloud).state_machine, name)
    announcing = f"{cloud.state_machine}-announce"
    name_case(cloud, announcing, f'"{recovery}"', refused)

    follow(cloud, start(cloud, {"plan": document}, name, refused)).raise_unless_succeeded()

    handed_over = f"untold-{hashlib.sha256(recovery.encode()).hexdigest()[:32]}"
    announced = follow(cloud, execution_arn(announcing, handed_over))
    assert (announced.status, announced.error) == ("FAILED", "Restore.Unexpected")
    assert "Sns.InternalErrorException" in announced.cause


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("Plan recovery", "before any restore was begun"),
        ("Schedule waves", "before any restore was begun"),
        ("Report recovery", "Lambda.ServiceException"),
    ],
)
def test_a_step_that_always_fails_ends_the_recovery_and_is_told(cloud, document, state, words):
    with subscribed(cloud) as notifications:
        ended = recovered(cloud, document, f"Lambda.ServiceException {ALWAYS} times in {state}")
        [told] = eventually(
            lambda: [it for it in notifications() if it["Subject"].startswith("Recovery failed")],
            "notification",
        )

    assert (ended.status, ended.error) == ("FAILED", "Restore.Unexpected")
    assert "Lambda.ServiceException" in ended.cause
    assert ended.arn in told["Message"] and words in told["Message"]


def test_a_wave_that_cannot_be_accounted_for_is_reported_with_what_cut_it_off(cloud, document):
    case = f"Lambda.ServiceException {ALWAYS} times in Account for wave"
    ended = recovered(cloud, document, case)

    assert (ended.status, ended.error) == ("FAILED", "Restore.ResourceFailed")
    assert "ended unseen, since the recovery was cut off by Lambda.ServiceException" in ended.cause
    assert statuses(written(cloud, ended)) == ["notStarted"]
