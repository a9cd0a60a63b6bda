"""What of Systems Manager is served: commands and their documents.

The rest of it, Parameter Store among it, would be moto's alone.
"""

from __future__ import annotations

from typing import Any

from resource_plane.ec2 import transitions
from resource_plane.error import AwsError
from resource_plane.frame import Call, Proceed, rule

SERVED = {
    "CreateDocument",
    "DeleteDocument",
    "DescribeDocument",
    "DescribeDocumentPermission",
    "GetCommandInvocation",
    "GetDocument",
    "GetServiceSetting",
    "ListDocuments",
    "ModifyDocumentPermission",
    "ResetServiceSetting",
    "SendCommand",
    "UpdateDocument",
    "UpdateDocumentDefaultVersion",
    "UpdateServiceSetting",
}


@rule("ssm", "*")
def served(call: Call, proceed: Proceed) -> Any:
    """Every call that is served finds EC2 as it is at its moment."""
    if call.action not in SERVED:
        raise AwsError("NotImplemented", f"the local AWS has no {call.operation}", 501)
    transitions.settle()
    return proceed()
