"""Clean-ups after a restore that was stopped, which are stopped themselves and done again.

EventBridge starts one after each stop; what becomes of it is said before (`control_plane.cases`).
"""

from __future__ import annotations

import json
import time
import urllib.request

from restore.arrange import Scene
from restore.cloud import Cloud
from restore.follow import Ended

from matrix.case import PATIENCE, Act, restore_once
from matrix.execution import LOOK, ended
from matrix.stopping import NotStopped, new_name, stop


class NotCleanedUp(Exception):
    """A clean-up did not end well, or has left something."""


def left_behind(cloud: Cloud, scene: Scene, state: str, *cleaning: str) -> Ended:
    """It is stopped in `state`, and so are clean-ups after it: one in each state of `cleaning`.

    EventBridge starts the first of them, a person the others.
    """
    first, *others = cleaning
    name = new_name(scene)
    _name_case(cloud, name, f"stop in {first}")
    end = stop(cloud, scene, f"stop in {state}", name)
    _until_stopped(cloud, end.arn, first)
    for other in others:
        cleaned = clean_up(cloud, end.arn, f"#stop in {other}")
        if cleaned.status != "ABORTED":
            raise NotStopped(f"a clean-up ended {cleaned.status}, was not stopped in {other}")
    return end


def clean_up(cloud: Cloud, execution: str, case: str = "") -> Ended:
    """The end of a clean-up after the execution that a person starts."""
    begun = cloud.step_functions.start_execution(
        stateMachineArn=f"{_clean_up_machine(cloud)}{case}",
        input=json.dumps({"executionArn": execution}),
    )
    return ended(cloud, begun["executionArn"], PATIENCE)


def cleaned_up_again(state: str, *cleaning: str) -> Act:
    """It is `left_behind`, and a person starts its clean-up again."""

    def act(cloud: Cloud, scene: Scene) -> Ended:
        end = left_behind(cloud, scene, state, *cleaning)
        cleaned = clean_up(cloud, end.arn)
        if not cleaned.succeeded or cleaned.output["left"]:
            raise NotCleanedUp(f"it ended {cleaned.status}: {cleaned.cause or cleaned.output}")
        return end

    return act


def restored_after_all(state: str, *cleaning: str) -> Act:
    """It is `left_behind`, and started again."""

    def act(cloud: Cloud, scene: Scene) -> Ended:
        left_behind(cloud, scene, state, *cleaning)
        return restore_once(cloud, scene)

    return act


def _clean_up_machine(cloud: Cloud) -> str:
    return f"{cloud.state_machine}-clean-up"


def _name_case(cloud: Cloud, execution: str, case: str) -> None:
    """Names the case of the clean-up that will be started after the execution of this name."""
    wanted = {"stateMachineArn": _clean_up_machine(cloud), "input": execution, "case": case}
    url, body = f"{cloud.control}/_rules/cases", json.dumps(wanted).encode()
    with urllib.request.urlopen(urllib.request.Request(url, body, method="POST"), timeout=30):
        pass


def _until_stopped(cloud: Cloud, execution: str, state: str) -> None:
    """Waits until a clean-up after the execution has been stopped."""
    deadline = time.monotonic() + PATIENCE
    pages = cloud.step_functions.get_paginator("list_executions")
    of_machine = {"stateMachineArn": _clean_up_machine(cloud), "statusFilter": "ABORTED"}
    while time.monotonic() < deadline:
        for page in pages.paginate(**of_machine):
            for it in page["executions"]:
                given = cloud.step_functions.describe_execution(executionArn=it["executionArn"])
                if json.loads(given["input"])["executionArn"] == execution:
                    return
        time.sleep(LOOK)
    raise NotStopped(f"no clean-up after {execution} was stopped in {state}")
