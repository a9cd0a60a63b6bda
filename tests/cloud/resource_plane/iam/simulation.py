"""What a principal's policies would allow: SimulatePrincipalPolicy, which moto does not have.

It evaluates identity policies within the permissions boundary, as calls themselves are evaluated,
and so tells nothing of key policies or trust policies (BC:iam.SimulatePrincipalPolicyRequest:
resource policies are simulated for IAM users only, and not here).
"""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from typing import Any

from moto.core.responses import ActionResult

from resource_plane import identity_policies
from resource_plane.authorization import resources
from resource_plane.caller import Caller
from resource_plane.decision import may
from resource_plane.error import AwsError
from resource_plane.frame import Call, Proceed, rule
from resource_plane.iam.documents import require_identity_policy
from resource_plane.principal import HOME_PARTITION

ROLE = re.compile(r"arn:aws[a-z-]*:iam::(\d{12}):role/(?:.*/)?([^/]+)")


@resources("iam", "SimulatePrincipalPolicy")
def simulated(call: Call) -> list[str]:
    """The principal."""
    return [call.params.get("PolicySourceArn", "*")]


@rule("iam", "SimulatePrincipalPolicy")
def simulate_principal_policy(call: Call, _: Proceed) -> Any:
    """Says of each action on each resource whether the role's policies allow it."""
    for name in ("ResourcePolicy", "PolicyExclusionList", "PermissionsBoundaryPolicyInputList"):
        if call.params.get(name):
            raise AwsError("NotImplemented", f"the local AWS cannot simulate with {name}", 501)
    caller = _principal(call)
    facts = {
        one["ContextKeyName"]: one.get("ContextKeyValues") or []
        for one in call.params.get("ContextEntries") or ()
    }
    on = itertools.product(call.params["ActionNames"], call.params.get("ResourceArns") or ["*"])
    results = [_result(caller, action, resource, facts) for action, resource in on]
    return ActionResult({"EvaluationResults": results, "IsTruncated": False})


def _principal(call: Call) -> Caller:
    """A session of the role that is asked about, with the policies given beside its own."""
    arn = call.params["PolicySourceArn"]
    match = ROLE.fullmatch(arn)
    if match is None:
        raise AwsError("InvalidInput", f"{arn} is not the ARN of a role")
    account, name = match.groups()
    if account != call.account or identity_policies.role(arn) is None:
        raise AwsError("NoSuchEntity", f"The role with name {name} cannot be found.", 404)
    session = f"arn:{HOME_PARTITION}:sts::{account}:assumed-role/{name}/simulated"
    caller = Caller(account, session, arn, f"{name}:simulated", role_arn=arn)
    more = call.params.get("PolicyInputList") or []
    for document in more:
        require_identity_policy(document)
    return replace(caller, given_policies=(*identity_policies.of(caller), *more))


def _result(caller: Caller, action: str, resource: str, facts: dict[str, Any]) -> dict[str, Any]:
    if not re.fullmatch(r"[a-z0-9-]+:[A-Za-z0-9]+", action):
        raise AwsError("InvalidInput", f"Invalid Action: {action}")
    decision = may(caller, action, resource, facts)
    refused = "explicitDeny" if decision.explicit else "implicitDeny"
    return {
        "EvalActionName": action,
        "EvalResourceName": resource,
        "EvalDecision": "allowed" if decision else refused,
        "MatchedStatements": [],
        "MissingContextValues": [],
    }
