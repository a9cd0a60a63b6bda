"""Executions that are stopped from outside, and the clean-up that another does after them."""

from __future__ import annotations

import json
import time

from restore.start import start

PATIENCE = 60
"""Seconds that an execution may take to come to a state, or a clean-up to end."""


def stop_at(cloud, scene, state):
    """Starts the scene and stops it once it has entered `state`; the execution."""
    execution = start(cloud, scene.request)
    until(cloud, execution, state)
    cloud.step_functions.stop_execution(executionArn=execution, cause="stopped by a person")
    return execution


def until(cloud, execution, state):
    """Waits until the execution has entered `state`."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        described = cloud.step_functions.describe_execution(executionArn=execution)
        history = cloud.step_functions.get_paginator("get_execution_history")
        for page in history.paginate(executionArn=execution):
            for event in page["events"]:
                if event.get("stateEnteredEventDetails", {}).get("name") == state:
                    return
        assert described["status"] == "RUNNING", described.get("cause")
        time.sleep(0.05)
    raise AssertionError(f"{execution} did not come to {state}")


def clean_up_after(cloud, execution):
    """What the clean-up that was started after `execution` answers, whoever started it."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        for it in cloud.step_functions.list_executions(stateMachineArn=clean_up_machine(cloud))[
            "executions"
        ]:
            described = cloud.step_functions.describe_execution(executionArn=it["executionArn"])
            if json.loads(described["input"])["executionArn"] != execution:
                continue
            if described["status"] != "RUNNING":
                assert described["status"] == "SUCCEEDED", described.get("cause")
                return json.loads(described["output"])
        time.sleep(0.1)
    raise AssertionError(f"no clean-up ended after {execution}")


def clean_up_machine(cloud):
    """The state machine that cleans up after another's executions."""
    return f"{cloud.state_machine}-clean-up"
