"""A test says beforehand what becomes of an execution that somebody else starts.

Who starts an execution can name its case (`ARN#case`, see `stops` and `refusals`); a rule of
EventBridge's and a task of another state machine name none. So a test asks for it over HTTP, under
a path that no bucket has: `POST /_rules/cases` with `{"stateMachineArn": …, "input": …, "case": …}`
lets the next execution of that state machine with this text in its input begin with that case.
"""

import json
import threading

from ministack import app
from ministack.services import stepfunctions as states

PATH = "/_rules/cases"
FIELDS = {"stateMachineArn", "input", "case"}

_wanted: list[dict] = []
_taking = threading.Lock()


def mend() -> None:
    """Serves the path, and names the cases of what is started."""
    serve = app._handle_post_body_shortcuts
    start = states._start_execution

    async def serve_or_note(method, path, headers, body, query_params, request_id):
        if (method, path) != ("POST", PATH):
            return await serve(method, path, headers, body, query_params, request_id)
        status, answer = _note(json.loads(body))
        return status, {"Content-Type": "application/json"}, json.dumps(answer).encode()

    def start_as_wanted(request):
        case = _take(request)
        if case is None:
            return start(request)
        return start(request | {"stateMachineArn": f"{request['stateMachineArn']}#{case}"})

    app._handle_post_body_shortcuts = serve_or_note
    states._start_execution = start_as_wanted


def _note(wanted: dict) -> tuple[int, dict]:
    if wanted.keys() != FIELDS:
        return 400, {"message": f"a case has {', '.join(sorted(FIELDS))}"}
    with _taking:
        _wanted.append(wanted)
    return 200, {}


def _take(request: dict) -> str | None:
    with _taking:
        for one in _wanted:
            is_of_it = one["stateMachineArn"] == request.get("stateMachineArn")
            if is_of_it and one["input"] in request.get("input", "{}"):
                _wanted.remove(one)
                return one["case"]
    return None
