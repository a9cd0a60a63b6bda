"""Nothing that was started outlives whoever started it."""

import os
import signal
import subprocess
import sys
import textwrap
import time

import pytest
from local_aws.layout import CLOUD_PACKAGES
from local_aws.server import ServerError, answers, free_port, serving

# A server that has a child of its own, as the control plane has functions.
PARENT = textwrap.dedent(
    """
    import http.server, pathlib, subprocess, sys, tempfile
    pathlib.Path(tempfile.gettempdir(), "left").write_text("behind")
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    open(sys.argv[2], "w").write(str(child.pid))
    http.server.HTTPServer(
        ("127.0.0.1", int(sys.argv[1])), http.server.SimpleHTTPRequestHandler
    ).serve_forever()
    """
)


@pytest.fixture(autouse=True)
def _logs_aside(monkeypatch, tmp_path):
    monkeypatch.setattr("local_aws.server.LOCAL", tmp_path)


def command(port, child):
    return [sys.executable, "-c", PARENT, str(port), str(child)]


def eventually(look):
    """Whether `look` comes true within some seconds."""
    for _ in range(100):
        if look():
            return True
        time.sleep(0.1)
    return False


def gone(process):
    """Whether the process ends within some seconds; one that nobody has buried has ended."""
    return eventually(lambda: _state(process) in {"", "Z"})


def _state(process):
    asked = ["ps", "-o", "stat=", "-p", str(process)]
    return subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()[:1]


def test_a_server_and_its_children_end_with_the_block(tmp_path):
    port, child = free_port(), tmp_path / "child"
    url = f"http://127.0.0.1:{port}/"

    with serving("test", command(port, child), url, dict(os.environ)):
        assert answers(url)
        assert len(list(tmp_path.rglob("left"))) == 1

    assert not answers(url)
    assert gone(int(child.read_text()))
    assert list(tmp_path.rglob("left")) == []


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_a_server_and_its_children_end_when_the_starter_is_killed(tmp_path, how):
    port, child = free_port(), tmp_path / "child"
    url = f"http://127.0.0.1:{port}/"
    starter = textwrap.dedent(
        f"""
        import os, pathlib, time
        from local_aws import server
        server.LOCAL = pathlib.Path({str(tmp_path)!r})
        with server.serving("test", {command(port, child)!r}, {url!r}, dict(os.environ)):
            print("up", flush=True)
            time.sleep(600)
        """
    )
    process = subprocess.Popen(
        [sys.executable, "-c", starter],
        env={**os.environ, "PYTHONPATH": str(CLOUD_PACKAGES)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "up\n"

    process.send_signal(how)
    process.wait()

    assert gone(int(child.read_text()))
    assert not answers(url)
    assert eventually(lambda: not list(tmp_path.rglob("left")))


def test_a_server_that_ends_while_starting_is_reported_with_its_log():
    dies = [sys.executable, "-c", "raise SystemExit('no such port')"]

    with (
        pytest.raises(ServerError, match="no such port"),
        serving("test", dies, f"http://127.0.0.1:{free_port()}/", dict(os.environ)),
    ):
        pytest.fail("it is up")
