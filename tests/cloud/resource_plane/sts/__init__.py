"""STS: who may become which role, for how long, and who is who."""

from resource_plane.sts import assume_role, caller_identity, sessions

__all__ = ["assume_role", "caller_identity", "sessions"]
