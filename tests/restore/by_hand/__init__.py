"""The same restores done by hand, with boto3 under the same two roles.

They are what the checks are checked with: a check must pass on a restore that is right, and fail
on each that is not, whether or not the functions under test can get it right or wrong.
"""

from restore.by_hand.database import restore_database
from restore.by_hand.instance import restore_instance

__all__ = ["restore_database", "restore_instance"]
