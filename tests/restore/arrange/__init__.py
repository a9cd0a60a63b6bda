"""Arranging: a realistic source, the target's network and groups, and the request that fits."""

from restore.arrange.scene import Scene, arrange

__all__ = ["Scene", "arrange"]
