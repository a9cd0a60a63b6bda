"""A distributed Map reads its items from S3."""

import json

import pytest
from machine import over

ECHO = {"Echo": {"Type": "Pass", "End": True}}
CATCH = [{"ErrorEquals": ["States.ItemReaderFailed"], "Next": "Caught"}]
CAUGHT = {"Type": "Pass", "Output": "{% $states.input.Error %}", "End": True}
LIMIT = 256 * 1024


def reader(kind="JSON", **config):
    return {
        "Resource": "arn:aws:states:::s3:getObject",
        "ReaderConfig": {"InputType": kind, **config},
        "Arguments": {
            "Bucket": "{% $states.input.bucket %}",
            "Key": "{% $states.input.folder & '.json' %}",
        },
    }


def read(states, text, item_reader, **fields):
    bucket = states.bucket(**{"plan.json": text})
    state = over(ECHO, ItemReader=item_reader, **fields)
    return states.run({"Map": state}, {"bucket": bucket, "folder": "plan"}), bucket


def test_the_items_of_a_json_array_are_read(states):
    ended, _ = read(states, '[{"id": 1}, {"id": 2}]', reader())

    assert ended.output == [{"id": 1}, {"id": 2}]


def test_the_items_of_json_lines_are_read(states):
    ended, _ = read(states, '{"id": 1}\n{"id": 2}\n', reader("JSONL"))

    assert ended.output == [{"id": 1}, {"id": 2}]


def test_the_items_that_a_pointer_names_are_read(states):
    ended, _ = read(
        states, '{"waves": [{"restores": [7, 8]}]}', reader(ItemsPointer="/waves/0/restores")
    )

    assert ended.output == [7, 8]


def test_no_more_items_are_read_than_the_expression_allows(states):
    ended, _ = read(states, "[1, 2, 3]", reader(MaxItems="{% 1 + 1 %}"))

    assert ended.output == [1, 2]


def test_the_selector_sees_where_the_items_come_from(states):
    selector = {"from": "{% $states.context.Map.Item.Source %}"}
    ended, bucket = read(states, "[1]", reader(), ItemSelector=selector)

    assert ended.output == [{"from": f"s3://{bucket}/plan.json"}]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("JSON", ""),
        ("JSON", "restores"),
        ("JSON", '{"restores": []}'),
        ("JSONL", ""),
        ("JSONL", '{"id": 1}\nrestores\n'),
    ],
)
def test_what_is_no_dataset_fails_the_reading(states, kind, text):
    ended, _ = read(states, text, reader(kind))

    assert ended.error == "States.ItemReaderFailed"
    assert states.map_run(ended.arn)["status"] == "FAILED"


@pytest.mark.parametrize("missing", ["object", "bucket"])
def test_what_is_missing_fails_the_reading_and_can_be_caught(states, missing):
    bucket = "no-such-bucket" if missing == "bucket" else states.bucket()
    state = over(ECHO, ItemReader=reader(), Catch=CATCH)

    ended = states.run({"Map": state, "Caught": CAUGHT}, {"bucket": bucket, "folder": "plan"})

    assert ended.output == "States.ItemReaderFailed"


def test_an_item_above_256_kib_is_refused_before_any_child_starts(states):
    text = json.dumps(["small", "x" * LIMIT])
    ended, _ = read(states, text, reader())

    assert ended.error == "States.DataLimitExceeded"
    assert states.children(ended.arn) == []


def test_an_item_above_256_kib_passes_when_the_selector_shortens_it(states):
    text = json.dumps([{"id": 1, "text": "x" * LIMIT}])
    selector = {"id": "{% $states.context.Map.Item.Value.id %}"}
    ended, _ = read(states, text, reader(), ItemSelector=selector)

    assert ended.output == [{"id": 1}]
