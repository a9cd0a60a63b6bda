"""IAM takes no policy that cannot be evaluated (BC:iam MalformedPolicyDocument)."""

from __future__ import annotations

from typing import Any

from resource_plane.error import AwsError
from resource_plane.frame import Call, Proceed, rule
from resource_plane.policy.document import Malformed, statements

IDENTITY = (
    "CreatePolicy",
    "CreatePolicyVersion",
    "PutGroupPolicy",
    "PutRolePolicy",
    "PutUserPolicy",
)


@rule("iam", *IDENTITY)
def with_identity_policy(call: Call, proceed: Proceed) -> Any:
    """Refuses what is no identity policy."""
    require_identity_policy(call.params["PolicyDocument"])
    return proceed()


@rule("iam", "CreateRole", "UpdateAssumeRolePolicy")
def with_trust_policy(call: Call, proceed: Proceed) -> Any:
    """Refuses what is no trust policy."""
    document = call.params.get("AssumeRolePolicyDocument") or call.params.get("PolicyDocument")
    require_trust_policy(document or "")
    return proceed()


def require_identity_policy(document: str) -> None:
    """Every statement says what it is on, and none says for whom."""
    for statement in _readable(document):
        if statement.principals or statement.not_principals:
            raise _malformed("Policy document should not specify a principal.")
        if not statement.resources and not statement.not_resources:
            raise _malformed("Policy statement must contain resources.")


def require_trust_policy(document: str) -> None:
    """Every statement says for whom, and none says what it is on: it is on its role."""
    for statement in _readable(document):
        if not statement.principals and not statement.not_principals:
            raise _malformed("Policy document must specify a principal.")
        if statement.resources is not None or statement.not_resources:
            raise _malformed("Has prohibited field Resource")


def _readable(document: str) -> Any:
    try:
        return statements(document)
    except Malformed as error:
        raise _malformed(str(error)) from error


def _malformed(message: str) -> AwsError:
    return AwsError("MalformedPolicyDocument", message)
