"""CloudFormation: the resources of a member account's stacks, as AWS makes them.

Stacks act with the rights of whoever administers the account: what a stack makes is not authorised
again under the caller's own policies. What the templates of this project have is made, changed and
deleted as on AWS: roles, policies, keys, and an isolated network. Other kinds are made by moto.
"""

from resource_plane.cloudformation import (
    capabilities,
    conditions,
    db_subnet_groups,
    endpoints,
    functions,
    keys,
    managed_policies,
    networks,
    parameters,
    roles,
    security_groups,
    updates,
)

__all__ = [
    "capabilities",
    "conditions",
    "db_subnet_groups",
    "endpoints",
    "functions",
    "keys",
    "managed_policies",
    "networks",
    "parameters",
    "roles",
    "security_groups",
    "updates",
]
