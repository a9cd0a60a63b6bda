"""What a caller of Systems Manager has to be allowed (its Service Authorization Reference).

* SendCommand: on the document and on each instance. Conditions on the tags of an instance
  (`ssm:resourceTag/KEY`, `aws:ResourceTag/KEY`) do not hold for a document without these tags, so
  that a policy needs a statement for each (SSM/run-command-setting-up).
* GetCommandInvocation, on no resource in particular: AWS asks for `arn:aws:ssm:REGION:ACCOUNT:*`,
  as its refusals say.
"""

from __future__ import annotations

from resource_plane.authorization import Access, resources
from resource_plane.ec2 import tags
from resource_plane.frame import Call
from resource_plane.ssm import documents


@resources("ssm", "SendCommand")
def document_and_instances(call: Call) -> list[Access]:
    """The document, and the instances by their tags."""
    named = call.params.get("DocumentName") or ""
    document = Access(documents.arn(call, named), tags=documents.tags(call, named))
    instances = call.params.get("InstanceIds") or ()
    return [document, *(tags.access(call, "instance", one) for one in instances)]


@resources("ssm", "GetCommandInvocation")
def commands(call: Call) -> list[str]:
    """Everything that there is in the account and Region."""
    return [f"arn:aws:ssm:{call.region}:{call.account}:*"]


@resources(
    "ssm",
    "DeleteDocument",
    "DescribeDocument",
    "DescribeDocumentPermission",
    "GetDocument",
    "ModifyDocumentPermission",
    "UpdateDocument",
    "UpdateDocumentDefaultVersion",
)
def document(call: Call) -> list[Access]:
    """The document."""
    named = call.params.get("Name") or ""
    return [Access(documents.arn(call, named), tags=documents.tags(call, named))]
