"""The documents that commands are of: the account's own, shared ones, and two of AWS's.

moto keeps an account's own. BC:ssm.SendCommandRequest.DocumentName: a document of AWS's or of the
account's own by its name, one that another account shares by its ARN; any other is told to be no
document at all.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from moto.ssm.models import Document, Documents, ssm_backends

from resource_plane.error import AwsError
from resource_plane.frame import Call

ARN = re.compile(r"arn:aws[a-z-]*:ssm:(?P<region>[^:]+):(?P<owner>\d*):document/(?P<name>.+)")
DEFAULT = "$DEFAULT"


@dataclass(frozen=True)
class Runnable:
    """A document that can be run in an instance."""

    name: str
    version: str
    steps: tuple[str, ...]
    """The names by which GetCommandInvocation knows its steps."""
    parameters: Mapping[str, Mapping[str, Any]]
    """By name, as the document declares them; those without a default must be given."""


def _script(name: str, step: str) -> Runnable:
    """One of AWS's own documents that run commands of a shell, with their parameters."""
    parameters = {
        "commands": {"type": "StringList"},
        "workingDirectory": {"type": "String", "default": ""},
        "executionTimeout": {"type": "String", "default": "3600"},
    }
    return Runnable(name, DEFAULT, (step,), parameters)


OF_AWS = {
    it.name: it
    for it in (
        _script("AWS-RunShellScript", "aws:runShellScript"),
        _script("AWS-RunPowerShellScript", "aws:runPowerShellScript"),
    )
}
"""Those that this plane knows, of the many that there are."""


def find(call: Call, named: str) -> Runnable:
    """The document that a command is to be of."""
    where = ARN.fullmatch(named)
    if named in OF_AWS or (where and not where["owner"]):
        found = OF_AWS.get(where["name"] if where else named)
        if found is None:
            raise _unknown(named)
        return found
    every = _every(call, named)
    if every is None:
        raise _unknown(named)
    version = call.params.get("DocumentVersion") or DEFAULT
    document = every.find(None if version == DEFAULT else version, strict=False)
    if document is None:
        raise AwsError("InvalidDocumentVersion", f"Document version {version} does not exist")
    if document.document_type not in (None, "Command"):
        message = f"Document type {document.document_type} is not supported by SendCommand"
        raise AwsError("InvalidDocument", message)
    return _runnable(document, version)


def arn(call: Call, named: str) -> str:
    """The ARN of a document, which may not exist; AWS's own have no account."""
    if ARN.fullmatch(named):
        return named
    owner = "" if named in OF_AWS or named.startswith("AWS-") else call.account
    return f"arn:aws:ssm:{call.region}:{owner}:document/{named}"


def tags(call: Call, named: str) -> dict[str, str]:
    """The tags of a document of the account's own."""
    backend = ssm_backends[call.account][call.region]
    return dict(backend._resource_tags["Document"].get(named, {}))


def values(document: Runnable, given: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """The parameters of a command: those given, and the defaults of the others.

    BC:ssm.InvalidParameters: "You must specify values for all required parameters … You can only
    supply values to parameters defined in the SSM document."
    """
    unknown = [name for name in given if name not in document.parameters]
    if unknown:
        raise AwsError("InvalidParameters", f"document {document.name} does not support {unknown}")
    found = {}
    for name, declared in document.parameters.items():
        value = given.get(name, declared.get("default"))
        if value is None:
            raise AwsError("InvalidParameters", f"document {document.name} requires {name}")
        found[name] = value if isinstance(value, list) else [str(value)]
        allowed = declared.get("allowedValues")
        if allowed and not set(found[name]) <= {str(one) for one in allowed}:
            message = f"Parameter {name} of document {document.name} may be one of {allowed}"
            raise AwsError("InvalidParameters", message)
    return found


def _every(call: Call, named: str) -> Documents | None:
    """The versions of a document that the caller's account may use."""
    where = ARN.fullmatch(named)
    owner = where["owner"] if where else call.account
    if where and where["region"] != call.region:
        return None
    found = ssm_backends[owner][call.region]._documents.get(where["name"] if where else named)
    if found is None or owner == call.account:
        return found
    return found if found.permissions.keys() & {call.account, "all"} else None


def _runnable(document: Document, version: str) -> Runnable:
    content = document.content_json
    steps = content.get("mainSteps") or [{"name": it} for it in content.get("runtimeConfig") or ()]
    return Runnable(
        document.name,
        version,
        tuple(step["name"] for step in steps),
        content.get("parameters") or {},
    )


def _unknown(named: str) -> AwsError:
    return AwsError("InvalidDocument", f"Document with name {named} does not exist.")
