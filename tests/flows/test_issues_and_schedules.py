"""What AWS itself says starts restores: an issue that it opens, and a schedule that is due."""

from contextlib import contextmanager

import expect
import pytest
from delivering import (
    FUNCTION,
    ON_ISSUE,
    ON_SCHEDULE,
    due,
    executions,
    handled,
    issue,
    physical,
    said,
    started_by,
    told,
)
from drilling import drill, evidence, outcomes
from news import eventually, failed_starts, received
from restore.arrange import arrange
from restore.example import example
from restore.follow import follow
from restore.place import FAR

ISSUES, SCHEDULE = "StartRestoreHealthIssue", "StartRestoreScheduled"
"""The rules, by their names in the deployed template."""


@pytest.fixture
def rds(cloud, database):
    return arrange(cloud, example("rds-cross-account"), database=database)


# Issues


def test_an_issue_starts_what_the_stack_was_told_to_start_however_often_it_is_told_of(cloud, rds):
    with told(cloud, ON_ISSUE, rds.request):
        for other in ({"eventRegion": FAR}, {"service": "LAMBDA"}, {"statusCode": "closed"}):
            said(cloud, issue(**other))
        first = said(cloud, issue())
        said(cloud, first)
        of_it = {"eventArn": first["detail"]["eventArn"], "page": "2"}
        second = said(cloud, issue(**of_it))
        answers = handled(cloud, first, times=2) + handled(cloud, second)

    [started] = {it["execution"] for it in answers}
    assert first["id"] != second["id"]
    follow(cloud, started).raise_unless_succeeded()
    expect.ends_as_asked(cloud, rds)
    assert executions(cloud, rds.restore_id) == [started]


@contextmanager
def not_let(cloud, rule):
    """Within the block the function does not let the rule invoke it."""
    functions, events = cloud.home_client("lambda"), cloud.home_client("events")
    arn = events.describe_rule(Name=physical(cloud, rule))["Arn"]
    permission = {"FunctionName": FUNCTION, "StatementId": physical(cloud, f"{rule}Permission")}
    functions.remove_permission(**permission)
    try:
        yield arn
    finally:
        functions.add_permission(
            **permission,
            Action="lambda:InvokeFunction",
            Principal="events.amazonaws.com",
            SourceArn=arn,
        )


@pytest.mark.parametrize(
    ("rule", "comes"), [(ISSUES, lambda cloud: said(cloud, issue())), (SCHEDULE, None)]
)
def test_what_the_function_does_not_let_a_rule_hand_it_is_kept(cloud, rule, comes):
    with not_let(cloud, rule):
        sent = comes(cloud) if comes else due(cloud, rule)

    url = failed_starts(cloud)
    assert eventually(lambda: received(cloud, url), "message in the queue") == [sent]


# Schedules


def test_a_schedule_starts_what_the_stack_was_told_to_start_once_a_time(cloud, rds):
    with told(cloud, ON_SCHEDULE, rds.request):
        first = due(cloud, SCHEDULE)
        again = due(cloud, SCHEDULE, id=first["id"], time=first["time"])
        [started] = {it["execution"] for it in handled(cloud, first, times=2)}

    assert again == first
    assert first["time"].endswith("-01T04:00:00Z")
    follow(cloud, started).raise_unless_succeeded()
    expect.ends_as_asked(cloud, rds)
    assert executions(cloud, rds.restore_id) == [started]


def test_a_drill_that_is_scheduled_leaves_its_evidence_and_nothing_else(cloud, rds):
    scene = drill(cloud, rds)
    with told(cloud, ON_SCHEDULE, scene.request):
        started = started_by(cloud, due(cloud, SCHEDULE)["id"])
        ended = follow(cloud, started)

    ended.raise_unless_succeeded()
    assert ended.output["status"] == "DRILLED"
    assert outcomes(evidence(cloud, ended.output["evidence"]))["available"] == "passed"
    expect.unchanged_since(cloud, scene.before)


def test_a_schedule_that_is_switched_off_starts_nothing(cloud):
    events, rule = cloud.home_client("events"), physical(cloud, SCHEDULE)
    events.disable_rule(Name=rule)
    try:
        assert due(cloud, SCHEDULE) is None
    finally:
        events.enable_rule(Name=rule)
