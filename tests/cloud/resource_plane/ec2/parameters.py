"""Parameters that no EC2 call may leave out.

boto3 refuses such a call before it sends it; other clients send it, and AWS answers.
"""

from __future__ import annotations

from typing import Any

from moto.core.utils import get_service_model

from resource_plane.error import AwsError
from resource_plane.frame import Call, Proceed, rule


def missing(name: str) -> AwsError:
    """The refusal of a request without a parameter it needs (EC2API/errors-overview)."""
    return AwsError("MissingParameter", f"The request must contain the parameter {name}")


@rule("ec2", "*")
def required(call: Call, proceed: Proceed) -> Any:
    """Every parameter that the API model requires must be there."""
    shape = get_service_model("ec2").operation_model(call.action).input_shape
    for name in shape.required_members if shape else ():
        if call.params.get(name) in (None, ""):
            raise missing(name)
    return proceed()
