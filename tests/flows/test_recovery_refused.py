"""What the recovery state machine is refused: it goes on all the same, or says what cut it off."""

import secrets

import pytest
from news import eventually, subscribed
from recovering import plan, restore_of, start, statuses, written
from restore.arrange import arrange
from restore.example import example
from restore.follow import follow

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


@pytest.mark.parametrize("state", ["Announce start", "Notify of start", "Announce end", "Notify"])
def test_a_recovery_goes_on_though_it_cannot_be_told_of(cloud, document, state):
    recovered(cloud, document, f"States.Timeout {ALWAYS} times in {state}").raise_unless_succeeded()


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
