"""Dry runs.

BC:ec2 `DryRun`: "Checks whether you have the required permissions for the action, without
actually making the request". The frame has authorised the call by the time its rules run, so a
dry run that gets here would have succeeded, whatever the state of the resources; one that may not
was refused with UnauthorizedOperation.
"""

from __future__ import annotations

from typing import Any

from resource_plane.error import AwsError
from resource_plane.frame import Call, Proceed, rule


@rule("ec2", "*")
def dry_run(call: Call, proceed: Proceed) -> Any:
    """Answers a dry run in the call's place."""
    if call.params.get("DryRun"):
        # EC2API/errors-overview: DryRunOperation, sent with status 412.
        message = "Request would have succeeded, but DryRun flag is set."
        raise AwsError("DryRunOperation", message, 412)
    return proceed()
