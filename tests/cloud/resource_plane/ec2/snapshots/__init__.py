"""EBS snapshots: made, copied, shared, archived, described and deleted."""
