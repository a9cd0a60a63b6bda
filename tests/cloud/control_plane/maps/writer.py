"""The results of a Map Run, written to S3 (SFN/input-output-resultwriter).

Under the prefix and the Map Run's id stand `manifest.json` and, for each status that occurred, a
file: `SUCCEEDED_0`, `PENDING_0` (never started, for the Map Run failed or was stopped) and
`FAILED_0` ("all failed, timed out, and aborted"). AWS begins another at 5 GB, which no run here
comes near. The files' names, keys and order are as recorded from AWS.
"""

import json

from ministack.services import s3
from ministack.services import stepfunctions as states

from control_plane.maps import results


def write(evaluated, run) -> dict:
    """Writes the results, and gives what the state's result is then: where they are."""
    config = evaluated.state_def["ResultWriter"]
    arguments = evaluated.arguments(config)
    form = config.get("WriterConfig") or {}
    transformation = form.get("Transformation", "NONE")
    ending = "jsonl" if form.get("OutputType") == "JSONL" else "json"
    bucket, prefix = arguments.get("Bucket"), arguments.get("Prefix") or ""
    folder = f"{prefix}/" if prefix and not prefix.endswith("/") else prefix
    folder += run.arn.rsplit(":", 1)[1]

    succeeded = [child for child in run.children if child["status"] == "SUCCEEDED"]
    others = [child for child in run.children if child["status"] != "SUCCEEDED"]
    contents = {
        "FAILED": results.transformed(others, transformation),
        "PENDING": [results.never_started(given) for given in run.pending],
        "SUCCEEDED": results.transformed(succeeded, transformation),
    }
    files = {}
    for status, entries in contents.items():
        files[status] = []
        if entries:
            key = f"{folder}/{status}_0.{ending}"
            size = _put(bucket, key, _text(entries, ending))
            files[status].append({"Key": key, "Size": size})
    manifest = {"DestinationBucket": bucket, "MapRunArn": run.arn, "ResultFiles": files}
    _put(bucket, f"{folder}/manifest.json", _json(manifest))
    details = {"Bucket": bucket, "Key": f"{folder}/manifest.json"}
    return {"MapRunArn": run.arn, "ResultWriterDetails": details}


def _text(entries: list, ending: str) -> str:
    if ending == "jsonl":
        return "".join(f"{_json(entry)}\n" for entry in entries)
    return _json(entries)


def _json(value) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _put(bucket: str, key: str, text: str) -> int:
    body = text.encode()
    status, _, answer = s3._put_object(bucket, key, body, {"content-type": "application/json"})
    if status >= 300:
        raise states._ExecutionError(
            "States.ResultWriterFailed", f"s3://{bucket}/{key} was not written: {answer!r}"
        )
    return len(body)
