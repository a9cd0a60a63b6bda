"""The two planes, each as a server of its own."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from local_aws.layout import CLOUD_PACKAGES, CLOUD_PYTHON, CONTROL_PYTHON
from local_aws.server import free_port, serving

HOST = "127.0.0.1"


@contextmanager
def resource_plane(port: int | None = None) -> Iterator[str]:
    """EC2, RDS, KMS, STS, IAM and commands of all accounts, at the endpoint that is yielded."""
    port = port or free_port()
    command = [CLOUD_PYTHON, "-m", "resource_plane", "-H", HOST, "-p", str(port)]
    endpoint = f"http://{HOST}:{port}"
    with serving("resource-plane", command, f"{endpoint}/moto-api/", _environment()):
        yield endpoint


@contextmanager
def control_plane(
    port: int | None = None, wait_scale: float = 1.0, resources: str | None = None
) -> Iterator[str]:
    """Step Functions, Lambda, CloudFormation of the home account, at the endpoint yielded.

    A second of a Wait state, of a retry's interval or of an execution's timeout takes `wait_scale`
    seconds. `resources` is the endpoint of the resource plane, which tasks of Systems Manager call.
    """
    port = port or free_port()
    command = [CONTROL_PYTHON, "-m", "control_plane", "-H", HOST, "-p", str(port)]
    command += ["--wait-scale", str(wait_scale)]
    command += ["--resource-plane", resources] if resources else []
    endpoint = f"http://{HOST}:{port}"
    ready = f"{endpoint}/_ministack/health"
    with serving("control-plane", command, ready, _environment()):
        yield endpoint


def _environment() -> dict[str, str]:
    """Nothing of the caller's that could change what a plane or a function does."""
    kept = {name: os.environ[name] for name in ("HOME", "PATH") if name in os.environ}
    return {**kept, "PYTHONPATH": str(CLOUD_PACKAGES), "PYTHONUNBUFFERED": "1"}
