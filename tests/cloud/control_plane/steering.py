"""What only AWS itself does, a test has it do: an event is said, a schedule comes due.

Nobody else puts events on a bus whose source begins with `aws.` (NotAuthorizedForSourceException),
and no rule's schedule ever comes due by itself here: a test's hours are seconds, and it says which
of them it is. Both are asked for over HTTP, under a path that no bucket has, of the default bus of
an account and Region:

- `POST /_rules/buses/ACCOUNT/REGION/events` says the event in the body, which is written as targets
  are handed it (EB/eb-events-structure); what is left out of it is filled in. One that is said
  again with its `id` is one that EventBridge delivers once more.
- `POST /_rules/buses/ACCOUNT/REGION/schedules/RULE` lets the rule come due: at the instant at which
  it would next, unless the body names another `time`; with the body's `id`, where it has one.

Both answer the event as it was delivered. That of a rule which is disabled is null: it never comes
due.
"""

import contextvars
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime

from ministack import app
from ministack.core.responses import new_uuid, set_request_account_id, set_request_region
from ministack.services import eventbridge

BUS = re.compile(r"/_rules/buses/(?P<account>\d{12})/(?P<region>[a-z0-9-]+)/(?P<rest>.+)")
EVENTS = "events"
SCHEDULES = "schedules/"
REQUIRED = ("source", "detail-type")


class Misuse(Exception):
    """What was asked for cannot be done; says why."""


def mend() -> None:
    """Serves these paths, and stops the clock of schedules."""
    serve = app._handle_post_body_shortcuts

    async def serve_or_steer(method, path, headers, body, query_params, request_id):
        asked = BUS.fullmatch(path) if method == "POST" else None
        if asked is None:
            return await serve(method, path, headers, body, query_params, request_id)
        return _answer(asked["account"], asked["region"], asked["rest"], body)

    app._handle_post_body_shortcuts = serve_or_steer
    eventbridge.start_scheduler = lambda: None


def _answer(account: str, region: str, what: str, body: bytes) -> tuple[int, dict, bytes]:
    try:
        given = json.loads(body or b"{}")
        answer = {"event": contextvars.copy_context().run(_steer, account, region, what, given)}
        status = 200
    except (Misuse, json.JSONDecodeError) as error:
        answer, status = {"message": str(error)}, 400
    return status, {"Content-Type": "application/json"}, json.dumps(answer).encode()


def _steer(account: str, region: str, what: str, given: dict) -> dict | None:
    set_request_account_id(account)
    set_request_region(region)
    given = {"account": account, "region": region, **given}
    if what == EVENTS:
        return _say(given)
    if what.startswith(SCHEDULES):
        return _come_due(what.removeprefix(SCHEDULES), given)
    raise Misuse(f"no such path: {what}")


def _say(event: dict) -> dict:
    missing = [name for name in REQUIRED if not event.get(name)]
    if missing:
        raise Misuse(f"the event has no {', no '.join(missing)}")

    def deliver(record: dict, view: eventbridge._EventView) -> None:
        eventbridge._dispatch_event(record, view)
        eventbridge._archive_event(record, view)

    return _delivered({"time": _written(datetime.now(UTC)), **event}, deliver)


def _come_due(name: str, given: dict) -> dict | None:
    key = eventbridge._rule_key(name, "default")
    rule = eventbridge._rules.get(key)
    if rule is None or not rule["ScheduleExpression"]:
        raise Misuse(f"no rule of the default bus with a schedule: {name}")
    if rule["State"] != "ENABLED":
        return None
    # EB/eb-create-rule-schedule, "Scheduled Event".
    event = {
        "time": _next(rule["ScheduleExpression"]),
        **given,
        "source": "aws.events",
        "detail-type": "Scheduled Event",
        "resources": [rule["Arn"]],
        "detail": {},
    }

    def deliver(record: dict, view: eventbridge._EventView) -> None:
        for target in eventbridge._targets.get(key, []):
            eventbridge._invoke_target(target, record, rule, view)

    return _delivered(event, deliver)


def _delivered(event: dict, deliver: Callable[[dict, eventbridge._EventView], None]) -> dict:
    """The event, once ministack has delivered it as its own."""
    record = {
        "EventId": event.get("id") or new_uuid(),
        "Source": event["source"],
        "DetailType": event["detail-type"],
        "Detail": json.dumps(event.get("detail", {})),
        "EventBusName": "default",
        "Time": event["time"],
        "Resources": event.get("resources", []),
        "Account": event["account"],
        "Region": event["region"],
    }
    view = eventbridge._pattern_event_view(record)
    deliver(record, view)
    return view.event_with_detail()


def _next(expression: str) -> str:
    """When the expression is due next; a rate is due whenever one looks."""
    now = datetime.now(UTC)
    if eventbridge._parse_rate_seconds(expression) is not None:
        return _written(now)
    due = eventbridge._cron_next_fire(eventbridge._parse_cron_fields(expression), now)
    if due is None:
        raise Misuse(f"{expression} is never due")
    return _written(due)


def _written(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")
