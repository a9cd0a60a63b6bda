"""Executions that are stopped from outside, and the clean-up that another does after them."""

from __future__ import annotations

import json
import time
import urllib.request
from contextlib import contextmanager

from restore.start import start

PATIENCE = 60
"""Seconds that an execution may take to come to a state, or a clean-up to end."""


def stop_at(cloud, scene, state, case=""):
    """Starts the scene and stops it once it has entered `state`; the execution.

    Until then it is disturbed as the case says. Where it would only look, it waits to be stopped.
    """
    if not case and state.startswith("Look at "):
        case = f"wait in {state} until nobody is in any state"
    execution = start(cloud, scene.request, case)
    until(cloud, execution, state)
    stop(cloud, execution)
    return execution


def stop(cloud, execution):
    """Stops the execution, as a person does."""
    cloud.step_functions.stop_execution(executionArn=execution, cause="stopped by a person")


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


def states_of(cloud, execution):
    """The states that it has entered."""
    history = cloud.step_functions.get_paginator("get_execution_history")
    events = (it for page in history.paginate(executionArn=execution) for it in page["events"])
    return {
        it["stateEnteredEventDetails"]["name"] for it in events if "stateEnteredEventDetails" in it
    }


def clean_up_after(cloud, execution):
    """What the clean-up that was started after `execution` answers, whoever started it."""
    described = clean_up_ended_after(cloud, execution)
    assert described["status"] == "SUCCEEDED", described.get("cause")
    return json.loads(described["output"])


def clean_up_ended_after(cloud, execution):
    """The clean-up that was started after `execution`, once it has ended, well or badly."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        for it in cloud.step_functions.list_executions(stateMachineArn=clean_up_machine(cloud))[
            "executions"
        ]:
            described = cloud.step_functions.describe_execution(executionArn=it["executionArn"])
            if json.loads(described["input"])["executionArn"] != execution:
                continue
            if described["status"] != "RUNNING":
                return described
        time.sleep(0.1)
    raise AssertionError(f"no clean-up ended after {execution}")


def disturbed(cloud, scene, case, name=None):
    """Starts the scene's request with a case (see `control_plane.stops`); the execution."""
    return _begin(cloud, f"{cloud.state_machine}#{case}", scene.request, name)


def clean_up(cloud, execution, case="", name=None):
    """Starts a clean-up after `execution`, disturbed as the case says; the clean-up's execution."""
    machine = clean_up_machine(cloud) + (f"#{case}" if case else "")
    return _begin(cloud, machine, {"executionArn": execution}, name)


def name_case(cloud, machine, given, case):
    """The machine's next execution with this text in its input is disturbed as the case says."""
    wanted = {"stateMachineArn": machine, "input": given, "case": case}
    url, body = f"{cloud.control}/_rules/cases", json.dumps(wanted).encode()
    with urllib.request.urlopen(urllib.request.Request(url, body, method="POST"), timeout=30):
        pass


def execution_arn(machine, name):
    """The ARN of the machine's execution of that name, begun or not."""
    return f"{machine.replace(':stateMachine:', ':execution:')}:{name}"


def _begin(cloud, machine, given, name):
    named = {"name": name} if name else {}
    return cloud.step_functions.start_execution(
        stateMachineArn=machine, input=json.dumps(given), **named
    )["executionArn"]


@contextmanager
def nobody_told(cloud):
    """Within the block no clean-up begins by itself after an execution that ends."""
    events = cloud.home_client("events")
    rule = _rule_for(events, clean_up_machine(cloud))
    events.disable_rule(Name=rule)
    try:
        yield
    finally:
        events.enable_rule(Name=rule)


def _rule_for(events, target):
    names = [it["Name"] for it in events.list_rules()["Rules"]]
    [name] = [
        name
        for name in names
        if target in {it["Arn"] for it in events.list_targets_by_rule(Rule=name)["Targets"]}
    ]
    return name


def clean_up_machine(cloud):
    """The state machine that cleans up after another's executions."""
    return f"{cloud.state_machine}-clean-up"
