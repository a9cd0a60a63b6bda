"""Restores that are stopped or refused something at a state, by `ARN#what is done where`."""

from __future__ import annotations

import json
import re
import secrets
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from restore.arrange import Scene
from restore.cloud import Cloud
from restore.follow import Ended

from matrix.case import PATIENCE, Act, restore_once
from matrix.execution import ended, hold, settled

CLEANS_UP = re.compile(r"is held by execution \S+-clean-up:")


class NotStopped(Exception):
    """An execution did not stop where it was to."""


@dataclass(frozen=True)
class Approach:
    """How a restore comes to the state in which it is stopped."""

    begins: Callable[[Cloud, Scene], Scene] = lambda _, scene: scene
    """What is done before; the restore as it is started, and started again."""
    meanwhile: str = ""
    """What its tasks are refused on the way (see `control_plane.refusals`)."""

    def case(self, state: str) -> str:
        """The case of an execution that is stopped in `state`."""
        return " and ".join(filter(None, (self.meanwhile, f"stop in {state}")))


STRAIGHT_ON = Approach()


def stopped(state: str) -> Act:
    """It is stopped in `state`, and that is cleaned up after."""

    def act(cloud: Cloud, scene: Scene) -> Ended:
        return _stop_and_settle(cloud, scene, f"stop in {state}")

    return act


def stopped_and_cleaned_up_after(state: str, approach: Approach = STRAIGHT_ON) -> Act:
    """It is stopped in `state`; once that is cleaned up after, it is started again."""

    def act(cloud: Cloud, scene: Scene) -> Ended:
        scene = approach.begins(cloud, scene)
        _stop_and_settle(cloud, scene, approach.case(state))
        return restore_once(cloud, scene)

    return act


def stopped_and_started_at_once(state: str, approach: Approach = STRAIGHT_ON) -> Act:
    """It is stopped in `state`, and started again before anything is cleaned up.

    Where waits are short, the clean-up may be the first to take the lease over; whoever is told so
    starts again once it is over.
    """

    def act(cloud: Cloud, scene: Scene) -> Ended:
        scene = approach.begins(cloud, scene)
        stop(cloud, scene, approach.case(state))
        end = restore_once(cloud, scene)
        if end.error == "Restore.AlreadyRunning" and CLEANS_UP.search(end.cause):
            settled(cloud, scene.restore_id)
            end = restore_once(cloud, scene)
        return end

    return act


def refused(what: str, of: str = "") -> Act:
    """Tasks are refused something (see `control_plane.refusals`), where the restore holds its id.

    `of` is the execution that holds the lease before, and has ended.
    """

    def act(cloud: Cloud, scene: Scene) -> Ended:
        if of:
            hold(cloud, scene.restore_id, of)
        end = ended(cloud, _start(cloud, scene, what, new_name(scene)), PATIENCE)
        errors = {part.split()[0] for part in what.split(" and ")}
        if errors != refusals(cloud, end.arn).keys():
            raise NotStopped(f"it ended {end.status} and was not refused {what}: {end.cause}")
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


REFUSED = "refused by a test"
"""The cause of what the control plane refuses (`control_plane.refusals`)."""


def refusals(cloud: Cloud, execution: str) -> Counter[str]:
    """How often tasks of the execution were refused what, by its name."""
    history = cloud.step_functions.get_paginator("get_execution_history")
    failures = (
        event.get("taskFailedEventDetails", {})
        for page in history.paginate(executionArn=execution)
        for event in page["events"]
    )
    return Counter(it["error"] for it in failures if it.get("cause") == REFUSED)


def stop(cloud: Cloud, scene: Scene, case: str, name: str = "") -> Ended:
    """The end of an execution, of this name or a new one, that is stopped as its case says."""
    execution = _start(cloud, scene, case, name or new_name(scene))
    end = ended(cloud, execution, PATIENCE)
    if end.status != "ABORTED":
        raise NotStopped(f"it ended {end.status} and did not {case}: {end.cause}")
    return end


def _stop_and_settle(cloud: Cloud, scene: Scene, case: str) -> Ended:
    end = stop(cloud, scene, case)
    if not settled(cloud, scene.restore_id):
        raise NotStopped(f"nothing has cleaned up after what did {case}")
    return end


def _start(cloud: Cloud, scene: Scene, case: str, name: str) -> str:
    return cloud.step_functions.start_execution(
        stateMachineArn=f"{cloud.state_machine}#{case}", name=name, input=json.dumps(scene.request)
    )["executionArn"]


def new_name(scene: Scene) -> str:
    """A name that no execution has yet."""
    return f"{scene.restore_id}-{secrets.token_hex(4)}"
