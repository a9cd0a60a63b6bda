"""CloudFormation: the resources of a member account's stack, as AWS makes them.

Stacks act with the rights of whoever administers the account: what a stack makes is not authorised
again under the caller's own policies.
"""

from resource_plane.cloudformation import (
    capabilities,
    conditions,
    keys,
    managed_policies,
    parameters,
    roles,
)

__all__ = ["capabilities", "conditions", "keys", "managed_policies", "parameters", "roles"]
