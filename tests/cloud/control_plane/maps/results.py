"""What a Map Run gives: its children's results, in the forms that `WriterConfig` names."""

import json
from collections.abc import Iterable

REDRIVE = {
    "SUCCEEDED": {
        "RedriveStatus": "NOT_REDRIVABLE",
        "RedriveStatusReason": "Execution is SUCCEEDED and cannot be redriven",
    }
}


def transformed(children: Iterable[dict], transformation: str) -> list:
    """The children's results (SFN/input-output-resultwriter, "Transformation").

    `NONE` describes each child; `COMPACT`, the default without a ResultWriter, gives outputs;
    `FLATTEN` those that are arrays item by item. A child that has not succeeded is described in any
    of them.
    """
    results = []
    for child in children:
        if transformation == "NONE" or child["status"] != "SUCCEEDED":
            results.append(described(child))
            continue
        output = json.loads(child["output"])
        if transformation == "FLATTEN" and isinstance(output, list):
            results.extend(output)
        else:
            results.append(output)
    return results


def described(child: dict) -> dict:
    """A child as the result files describe it: its data as JSON text, its keys in order."""
    told = {
        "ExecutionArn": child["executionArn"],
        "Input": child["input"],
        "InputDetails": {"Included": True},
        "Name": child["name"],
        "OutputDetails": {"Included": True},
        "RedriveCount": 0,
        **REDRIVE.get(child["status"], {"RedriveStatus": "REDRIVABLE_BY_MAP_RUN"}),
        "StartDate": child["startDate"],
        "StateMachineArn": child["stateMachineArn"],
        "Status": child["status"],
        "StopDate": child["stopDate"],
    }
    if child["status"] == "SUCCEEDED":
        told["Output"] = child["output"]
    for name in ("error", "cause"):
        if child.get(name):
            told[name.capitalize()] = child[name]
    return dict(sorted(told.items()))


def never_started(given: str) -> dict:
    """An item whose turn never came, as the result files describe it."""
    return {"Input": given, "InputDetails": {"Included": True}, "Status": "PENDING"}
