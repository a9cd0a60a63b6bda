"""What `make local` holds is found while it is up, and only then."""

import http.server
import json
import os
import subprocess
import threading

import pytest
from local_aws import standing
from local_aws.local import LocalAws
from local_aws.server import free_port


@pytest.fixture(autouse=True)
def _state_aside(monkeypatch, tmp_path):
    monkeypatch.setattr(standing, "LOCAL", tmp_path)
    monkeypatch.setattr(standing, "STATE", tmp_path / "aws.json")


@pytest.fixture
def endpoint():
    """Something that answers."""
    server = http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def held(endpoint, **changes):
    outputs = {"RestoreStateMachineArn": "arn:aws:states:us-east-1:123456789012:stateMachine:r"}
    given = {"scale": 0.1, "outputs": outputs, "fingerprint": "1"} | changes
    return LocalAws(resource_endpoint=endpoint, control_endpoint=endpoint, **given)


def test_nothing_is_found_where_nothing_is_held():
    assert standing.find() is None


def test_what_is_held_is_found_whole(endpoint):
    standing.hold(held(endpoint))

    assert standing.find() == held(endpoint)


def test_what_was_released_is_not_found(endpoint):
    standing.hold(held(endpoint))
    standing.release()

    assert standing.find() is None


def test_what_a_killed_holder_left_is_not_found(endpoint):
    standing.hold(held(endpoint))
    ended = subprocess.Popen(["true"])
    ended.wait()
    state = json.loads(standing.STATE.read_text()) | {"pid": ended.pid}
    standing.STATE.write_text(json.dumps(state))

    assert standing.find() is None


def test_what_does_not_answer_is_not_found():
    standing.hold(held(f"http://127.0.0.1:{free_port()}"))

    assert standing.find() is None


def test_an_update_leaves_the_holder_as_it_is(endpoint):
    standing.hold(held(endpoint))
    standing.update(held(endpoint, fingerprint="2"))

    assert standing.find().fingerprint == "2"
    assert json.loads(standing.STATE.read_text())["pid"] == os.getpid()
