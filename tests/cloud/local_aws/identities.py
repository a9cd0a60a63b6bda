"""Makes the functions' roles known where the functions call.

The functions and their roles are made on the control plane, and call the resource plane, whose home
account must know the same roles, with the same policies, and which access key is whose.
"""

import hashlib
import json
import urllib.request
from typing import Any

from local_aws.accounts import HOME, administrator

FOR_TRACING = ":iam::aws:policy/AWSXrayWriteOnlyAccess"
"""What SAM attaches for `Tracing: Active`. X-Ray is on neither plane, nor is this policy."""


def introduce(control_endpoint: str, resource_endpoint: str) -> None:
    """Copies the roles of all functions, and tells the resource plane the functions' keys."""
    functions = administrator("lambda", control_endpoint, HOME).list_functions()["Functions"]
    made = administrator("iam", control_endpoint, HOME)
    known = administrator("iam", resource_endpoint, HOME)
    for function in functions:
        _copy_role(made, known, function["Role"].rsplit("/", 1)[-1])
        identity = {
            "accessKeyId": _access_key(function),
            "roleArn": function["Role"],
            "name": function["FunctionName"],
        }
        _post(f"{resource_endpoint}/rules/identities", identity)


def _access_key(function: dict[str, Any]) -> str:
    """The access key id that the control plane gives the function (ministack, with AUTH=true)."""
    known = f"{function['FunctionArn']}:{function['Role']}"
    return f"ASIA{hashlib.sha256(known.encode()).hexdigest()[:16].upper()}"


def _copy_role(made: Any, known: Any, name: str) -> None:
    role = made.get_role(RoleName=name)["Role"]
    try:
        known.create_role(
            RoleName=name,
            Path=role["Path"],
            AssumeRolePolicyDocument=json.dumps(role["AssumeRolePolicyDocument"]),
        )
    except known.exceptions.EntityAlreadyExistsException:
        for policy in known.list_role_policies(RoleName=name)["PolicyNames"]:
            known.delete_role_policy(RoleName=name, PolicyName=policy)
    for policy, document in _policies(made, name).items():
        # SAM writes none for a function's destinations, and moto takes no policy without. Both mean
        # the same where there are no variables (IAM/reference_policies_elements_version).
        document = {"Version": "2012-10-17"} | document
        known.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=json.dumps(document))


def _policies(iam: Any, role: str) -> dict[str, Any]:
    """All policies of the role by their names, inline and attached ones."""
    inline = iam.list_role_policies(RoleName=role)["PolicyNames"]
    documents = {
        name: iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        for name in inline
    }
    for attached in iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]:
        if attached["PolicyArn"].endswith(FOR_TRACING):
            continue
        policy = iam.get_policy(PolicyArn=attached["PolicyArn"])["Policy"]
        version = iam.get_policy_version(
            PolicyArn=policy["Arn"], VersionId=policy["DefaultVersionId"]
        )["PolicyVersion"]
        documents[attached["PolicyName"]] = version["Document"]
    return documents


def _post(url: str, body: dict[str, str]) -> None:
    request = urllib.request.Request(
        url, json.dumps(body).encode(), {"Content-Type": "application/json"}, method="POST"
    )
    with urllib.request.urlopen(request, timeout=10):
        pass
