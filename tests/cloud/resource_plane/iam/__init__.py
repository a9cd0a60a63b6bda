"""IAM: policies that moto takes without reading them, simulations of policies, leave on roles."""

from resource_plane.iam import documents, roles, simulation

__all__ = ["documents", "roles", "simulation"]
