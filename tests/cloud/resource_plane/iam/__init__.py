"""IAM: what moto takes for a policy without being able to read it."""

from resource_plane.iam import documents

__all__ = ["documents"]
