"""A distributed Map gives its results, or writes them to S3."""

import json

import pytest
from machine import WAIT_SCALE, over

BAD_ITEMS = {
    "Choice": {
        "Type": "Choice",
        "Choices": [{"Condition": "{% $states.input.bad %}", "Next": "Fail"}],
        "Default": "Done",
    },
    "Fail": {"Type": "Fail", "Error": "Item.Bad", "Cause": "as told"},
    "Done": {"Type": "Pass", "Output": "{% [$states.input.n, 0] %}", "End": True},
}
GOOD, BAD = {"n": 1, "bad": False}, {"n": 2, "bad": True}


def writer(bucket, prefix="plans/one", **config):
    resource = "arn:aws:states:::s3:putObject"
    arguments = {"Bucket": f"{{% '{bucket}' %}}", "Prefix": prefix}
    written = {"Resource": resource, "Arguments": arguments}
    return {**written, "WriterConfig": config} if config else written


def written(states, items, **fields):
    """The ended execution, the manifest, and the entries by status."""
    bucket = states.bucket()
    config = fields.pop("config", {})
    state = over(BAD_ITEMS, Items=items, ResultWriter=writer(bucket, **config), **fields)
    ended = states.run({"Map": state})
    run = states.map_run(ended.arn)["mapRunArn"].rsplit(":", 1)[1]
    manifest = json.loads(states.read(bucket, f"plans/one/{run}/manifest.json"))
    texts = {
        status: "".join(states.read(bucket, file["Key"]) for file in files)
        for status, files in manifest["ResultFiles"].items()
    }
    return ended, manifest, texts


def test_the_state_gives_where_the_results_are(states):
    ended, manifest, _ = written(states, [GOOD])

    arn = states.map_run(ended.arn)["mapRunArn"]
    key = f"plans/one/{arn.rsplit(':', 1)[1]}/manifest.json"
    bucket = manifest["DestinationBucket"]
    assert ended.output == {
        "MapRunArn": arn,
        "ResultWriterDetails": {"Bucket": bucket, "Key": key},
    }
    assert manifest["MapRunArn"] == arn


def test_only_the_files_of_what_occurred_are_written_and_their_sizes_told(states):
    _, manifest, texts = written(states, [GOOD])

    files = manifest["ResultFiles"]
    assert files["FAILED"] == files["PENDING"] == []
    [file] = files["SUCCEEDED"]
    assert file["Key"].endswith("/SUCCEEDED_0.json")
    assert file["Size"] == len(texts["SUCCEEDED"])


def test_each_child_is_described_in_the_file_of_its_status(states):
    ended, _, texts = written(states, [GOOD, BAD], ToleratedFailureCount=1)

    children = {child["status"]: child for child in states.children(ended.arn)}
    [succeeded], [failed] = json.loads(texts["SUCCEEDED"]), json.loads(texts["FAILED"])
    assert list(succeeded) == [
        "ExecutionArn",
        "Input",
        "InputDetails",
        "Name",
        "Output",
        "OutputDetails",
        "RedriveCount",
        "RedriveStatus",
        "RedriveStatusReason",
        "StartDate",
        "StateMachineArn",
        "Status",
        "StopDate",
    ]
    assert succeeded["ExecutionArn"] == children["SUCCEEDED"]["executionArn"]
    assert json.loads(succeeded["Input"]) == GOOD
    assert json.loads(succeeded["Output"]) == [1, 0]
    assert failed["ExecutionArn"] == children["FAILED"]["executionArn"]
    assert (failed["Status"], failed["Error"], failed["Cause"]) == ("FAILED", "Item.Bad", "as told")
    assert "Output" not in failed


def test_what_was_never_started_is_told_when_the_run_fails(states):
    ended, _, texts = written(states, [BAD, GOOD, GOOD], MaxConcurrency=1)

    assert ended.error == "States.ExceedToleratedFailureThreshold"
    pending = json.loads(texts["PENDING"])
    told = {"InputDetails": {"Included": True}, "Status": "PENDING"}
    assert [{**entry, "Input": json.loads(entry["Input"])} for entry in pending] == [
        {"Input": GOOD, **told},
        {"Input": GOOD, **told},
    ]
    assert [entry["Status"] for entry in json.loads(texts["FAILED"])] == ["FAILED"]


def test_what_was_stopped_stands_among_the_failed(states):
    wait = {"Wait": {"Type": "Wait", "Seconds": "{% $states.input %}", "Next": "Fail"}}
    fail = {"Fail": {"Type": "Fail", "Error": "Item.Bad"}}
    bucket = states.bucket()
    items = [0, 5 / WAIT_SCALE]

    ended = states.run({"Map": over(wait | fail, Items=items, ResultWriter=writer(bucket))})

    run = states.map_run(ended.arn)["mapRunArn"].rsplit(":", 1)[1]
    entries = json.loads(states.read(bucket, f"plans/one/{run}/FAILED_0.json"))
    assert sorted(entry["Status"] for entry in entries) == ["ABORTED", "FAILED"]
    assert ended.seconds < 5


def test_compact_json_lines_hold_the_outputs_alone(states):
    config = {"Transformation": "COMPACT", "OutputType": "JSONL"}
    _, manifest, texts = written(states, [GOOD, {"n": 3, "bad": False}], config=config)

    assert texts["SUCCEEDED"] == "[1,0]\n[3,0]\n"
    assert manifest["ResultFiles"]["SUCCEEDED"][0]["Key"].endswith("/SUCCEEDED_0.jsonl")


def test_results_are_flattened_without_being_written(states):
    preview = {"WriterConfig": {"Transformation": "FLATTEN", "OutputType": "JSON"}}
    state = over(BAD_ITEMS, Items=[GOOD, GOOD], ResultWriter=preview)

    assert states.run({"Map": state}).output == [1, 0, 1, 0]


def test_a_tolerated_failure_is_described_among_the_results(states):
    ended = states.run({"Map": over(BAD_ITEMS, Items=[GOOD, BAD], ToleratedFailurePercentage=50)})

    succeeded, failed = ended.output
    assert succeeded == [1, 0]
    assert (failed["Status"], failed["Error"]) == ("FAILED", "Item.Bad")
    assert json.loads(failed["Input"]) == BAD


def test_a_bucket_that_is_missing_fails_the_writing(states):
    state = over(BAD_ITEMS, Items=[GOOD], ResultWriter=writer("no-such-bucket"))

    assert states.run({"Map": state}).error == "States.ResultWriterFailed"


@pytest.mark.parametrize("is_written", [False, True])
def test_results_above_256_kib_must_be_written(states, is_written):
    text = {"Text": {"Type": "Pass", "Output": "{% $pad('', 100000, 'x') %}", "End": True}}
    fields = {"ResultWriter": writer(states.bucket())} if is_written else {"Output": "short"}

    ended = states.run({"Map": over(text, Items=[1, 2, 3], **fields)})

    assert ended.description.get("error") == (None if is_written else "States.DataLimitExceeded")
