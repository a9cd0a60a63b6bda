"""A distributed Map runs a child for every item."""

import pytest
from machine import WAIT_SCALE, over

ECHO = {"Echo": {"Type": "Pass", "End": True}}
ITEMS = "{% $states.input.items %}"


def test_every_item_is_the_input_of_a_child_and_the_outputs_stand_in_their_order(states):
    double = {"Double": {"Type": "Pass", "Output": "{% $states.input * 2 %}", "End": True}}

    ended = states.run({"Map": over(double, Items=ITEMS)}, {"items": [3, 1, 2]})

    assert ended.output == [6, 2, 4]


def test_the_selector_is_evaluated_for_each_item(states):
    selector = {
        "index": "{% $states.context.Map.Item.Index %}",
        "value": "{% $states.context.Map.Item.Value.name %}",
        "source": "{% $states.context.Map.Item.Source %}",
        "plan": "{% $states.input.plan & $suffix %}",
        "parent": "{% $states.context.Execution.Name %}",
    }
    assigned = {"Type": "Pass", "Assign": {"suffix": "!"}, "Next": "Map"}
    machine = states.create(
        {"Assigned": assigned, "Map": over(ECHO, Items=ITEMS, ItemSelector=selector)}
    )
    given = {"plan": "A", "items": [{"name": "one"}, {"name": "two"}]}

    ended = states.ended(states.start(machine, given, name="the-parent"))

    common = {"source": "STATE_DATA", "plan": "A!", "parent": "the-parent"}
    assert ended.output == [
        {"index": 0, "value": "one", **common},
        {"index": 1, "value": "two", **common},
    ]


@pytest.mark.parametrize("items", [1, "one", {"a": 1}])
def test_items_that_are_no_array_are_refused(states, items):
    ended = states.run({"Map": over(ECHO, Items=ITEMS)}, {"items": items})

    assert ended.error == "States.QueryEvaluationError"


def test_no_items_give_no_results(states):
    assert states.run({"Map": over(ECHO, Items=ITEMS)}, {"items": []}).output == []


def test_no_more_children_run_at_once_than_the_expression_allows(states):
    wait = {"Wait": {"Type": "Wait", "Seconds": 0.2 / WAIT_SCALE, "End": True}}
    concurrency = "{% $states.input.atOnce %}"
    state = over(wait, Items=ITEMS, MaxConcurrency=concurrency)

    ended = states.run({"Map": state}, {"items": [1, 2, 3, 4, 5], "atOnce": 2})

    times = [(child["startDate"], child["stopDate"]) for child in states.children(ended.arn)]
    beside = [sum(start <= began < stop for start, stop in times) for began, _ in times]
    assert max(beside) == 2
    assert states.map_run(ended.arn)["maxConcurrency"] == 2


def test_a_child_is_an_execution_of_its_own(states):
    context = {"Context": {"Type": "Pass", "Output": "{% $states.context %}", "End": True}}
    machine = states.create({"Map": over(context, Items=["item"], Label="Wave")})

    ended = states.ended(states.start(machine))

    [seen] = ended.output
    [child] = states.children(ended.arn)
    execution = child["executionArn"]
    assert seen["Execution"]["Id"] == execution != ended.arn
    assert seen["Execution"]["Name"] == child["name"]
    assert seen["Execution"]["Input"] == "item"
    assert seen["StateMachine"]["Id"] == child["stateMachineArn"] == f"{machine}/Wave"
    assert "Map" not in seen
    assert len(states.events(execution, "ExecutionStarted")) == 1
    assert len(states.events(execution, "ExecutionSucceeded")) == 1
    listed = states.client.list_executions(stateMachineArn=machine)["executions"]
    assert [it["executionArn"] for it in listed] == [ended.arn]


def test_the_parents_history_tells_of_the_map_run_and_not_of_the_children(states):
    ended = states.run({"Map": over(ECHO, Items=[1, 2])})

    history = states.client.get_execution_history(executionArn=ended.arn)["events"]
    assert [event["type"] for event in history] == [
        "ExecutionStarted",
        "MapStateEntered",
        "MapStateStarted",
        "MapRunStarted",
        "MapRunSucceeded",
        "MapStateSucceeded",
        "MapStateExited",
        "ExecutionSucceeded",
    ]


def test_a_processor_is_described_by_its_label_and_not_listed(states):
    machine = states.create({"Map": over(ECHO, Items=[1], Label="Wave")})
    states.ended(states.start(machine))

    described = states.client.describe_state_machine(stateMachineArn=f"{machine}/Wave")
    pages = states.client.get_paginator("list_state_machines").paginate()
    listed = [it["stateMachineArn"] for page in pages for it in page["stateMachines"]]

    assert '"Echo"' in described["definition"]
    assert machine in listed
    assert f"{machine}/Wave" not in listed


def test_a_child_does_not_see_the_parents_variables(states):
    assigned = {"Type": "Pass", "Assign": {"secret": 1}, "Next": "Map"}
    child = {"Pass": {"Type": "Pass", "Output": "{% $secret %}", "End": True}}

    ended = states.run({"Assigned": assigned, "Map": over(child, Items=[1])})

    assert ended.status == "FAILED"
    assert states.children(ended.arn)[0]["error"] == "States.QueryEvaluationError"


def test_output_and_assign_see_the_results(states):
    state = over(ECHO, Items=[1, 2], Output="{% $count($states.result) %}", Next="Pass")
    del state["End"]
    state["Assign"] = {"first": "{% $states.result[0] %}"}
    last = {"Type": "Pass", "Output": "{% [$states.input, $first] %}", "End": True}

    assert states.run({"Map": state, "Pass": last}).output == [2, 1]


def test_a_map_in_a_childs_own_map_has_children_too(states):
    inner = {"Inner": over(ECHO, Items="{% $states.input %}", Label="Inner")}

    ended = states.run({"Map": over(inner, Items=[[1, 2], [3]], Label="Outer")})

    assert ended.output == [[1, 2], [3]]


def test_the_fields_of_jsonpath_are_heeded(states):
    fail = {"Type": "Fail", "Error": "Item.Bad"}
    choice = {"Variable": "$.value", "NumericEquals": 2, "Next": "Fail"}
    processor = {
        "Choice": {"Type": "Choice", "Choices": [choice], "Default": "Done"},
        "Fail": fail,
        "Done": {"Type": "Pass", "OutputPath": "$.value", "End": True},
    }
    state = over(
        processor,
        ItemsPath="$.items",
        ItemSelector={"value.$": "$$.Map.Item.Value"},
        MaxConcurrencyPath="$.atOnce",
        ToleratedFailureCountPath="$.tolerated",
        ResultPath="$.results",
    )
    given = {"items": [1, 2], "atOnce": 1, "tolerated": 1}

    ended = states.run({"Map": state}, given, QueryLanguage="JSONPath")

    succeeded, failed = ended.output["results"]
    assert succeeded == 1
    assert (failed["Status"], failed["Error"]) == ("FAILED", "Item.Bad")


def test_what_this_control_plane_does_not_serve_is_refused(states):
    state = over(ECHO, Items=[1], ItemBatcher={"MaxItemsPerBatch": 2})

    assert states.run({"Map": state}).error == "States.Runtime"
