"""Restores that are stopped at a state, and started again under the same id."""

from __future__ import annotations

import json
import re
import secrets

from restore.arrange import Scene
from restore.cloud import Cloud
from restore.follow import Ended

from matrix.case import PATIENCE, Act, restore_once
from matrix.execution import ended, settled

CLEANS_UP = re.compile(r"is held by execution \S+-clean-up:")


class NotStopped(Exception):
    """An execution did not stop where it was to."""


def stopped_and_cleaned_up_after(state: str) -> Act:
    """It is stopped in `state`; once that is cleaned up after, it is started again."""

    def act(cloud: Cloud, scene: Scene) -> Ended:
        _stop(cloud, scene, state)
        if not settled(cloud, scene.restore_id):
            raise NotStopped(f"nothing has cleaned up after the stop in {state}")
        return restore_once(cloud, scene)

    return act


def stopped_and_started_at_once(state: str) -> Act:
    """It is stopped in `state`, and started again before anything is cleaned up.

    Where waits are short, the clean-up may be the first to take the lease over; whoever is told so
    starts again once it is over.
    """

    def act(cloud: Cloud, scene: Scene) -> Ended:
        _stop(cloud, scene, state)
        end = restore_once(cloud, scene)
        if end.error == "Restore.AlreadyRunning" and CLEANS_UP.search(end.cause):
            settled(cloud, scene.restore_id)
            end = restore_once(cloud, scene)
        return end

    return act


def task_states(cloud: Cloud, execution: str) -> list[str]:
    """The tasks that the execution has entered, in the order of their first turn."""
    pages = cloud.step_functions.get_paginator("get_execution_history").paginate(
        executionArn=execution
    )
    entered = [
        event["stateEnteredEventDetails"]["name"]
        for page in pages
        for event in page["events"]
        if event["type"] == "TaskStateEntered"
    ]
    return list(dict.fromkeys(entered))


def _stop(cloud: Cloud, scene: Scene, state: str) -> None:
    execution = cloud.step_functions.start_execution(
        stateMachineArn=f"{cloud.state_machine}#stop in {state}",
        name=f"{scene.restore_id}-{secrets.token_hex(4)}",
        input=json.dumps(scene.request),
    )["executionArn"]
    end = ended(cloud, execution, PATIENCE)
    if end.status != "ABORTED":
        raise NotStopped(f"it ended {end.status} and was not stopped in {state}: {end.cause}")
