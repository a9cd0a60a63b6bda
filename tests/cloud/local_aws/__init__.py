"""The local AWS: both planes, with the stack deployed to them, for as long as a block runs.

with local_aws.running() as local:
    local.control_client("stepfunctions").start_execution(
        stateMachineArn=local.state_machine_arn, ...
    )
"""

from local_aws.accounts import HOME, SOURCE, TARGET
from local_aws.local import LocalAws
from local_aws.planes import control_plane, resource_plane
from local_aws.running import SCALE, fresh, running

__all__ = [
    "HOME",
    "SCALE",
    "SOURCE",
    "TARGET",
    "LocalAws",
    "control_plane",
    "fresh",
    "resource_plane",
    "running",
]
