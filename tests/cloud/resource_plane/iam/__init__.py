"""IAM: what moto takes for a policy without being able to read it, and simulations of policies."""

from resource_plane.iam import documents, simulation

__all__ = ["documents", "simulation"]
