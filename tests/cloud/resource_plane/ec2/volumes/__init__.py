"""EBS volumes: made, attached, detached, described and deleted."""
