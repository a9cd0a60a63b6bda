"""What each call of a restore can be answered: the kinds of `fault_answers`, call by call.

Beside what a service can answer to any call stands what only this one can be answered. Left out
are the errors of parameters that restores do not give (a DB proxy, a reserved capacity, a domain):
`UNASKED` names them, so that the test that goes through the models can tell them from forgotten
ones. EC2's dry runs answer what the calls themselves would; its calls stand in `fault_calls_ec2`.
"""

from __future__ import annotations

from matrix import fault_answers as answers
from matrix.fault_answers import Answer, of
from matrix.fault_calls_ec2 import EC2

ALWAYS = {
    "ec2": answers.EC2_ALWAYS,
    "rds": answers.RDS_ALWAYS,
    "kms": answers.KMS_ALWAYS,
    "sts": answers.STS_ALWAYS,
    "iam": answers.IAM_ALWAYS,
}

OWN: dict[str, tuple[Answer, ...]] = {
    **EC2,
    # DB snapshots and their shares
    "rds:DescribeDBSnapshots": answers.NO_DB_SNAPSHOT,
    "rds:DescribeDBSnapshotAttributes": answers.NO_DB_SNAPSHOT,
    "rds:ModifyDBSnapshotAttribute": (
        *answers.NO_DB_SNAPSHOT,
        *answers.DB_SNAPSHOT_STATE,
        *of(
            answers.LIMIT,
            "LimitReached",
            ("SharedSnapshotQuotaExceeded", "It is shared with as many accounts as can be.", 400),
        ),
    ),
    "rds:AddTagsToResource": (
        *answers.NO_DB_SNAPSHOT,
        *answers.NO_DB_INSTANCE,
        *answers.DB_INSTANCE_STATE,
    ),
    "rds:RemoveTagsFromResource": (*answers.NO_DB_SNAPSHOT, *answers.DB_INSTANCE_STATE),
    "rds:CopyDBSnapshot": (
        *answers.NO_DB_SNAPSHOT,
        *answers.DB_SNAPSHOT_STATE,
        *answers.DB_KEY,
        *of(
            answers.QUOTA,
            "QuotaExceeded",
            ("SnapshotQuotaExceeded", "Cannot copy more than 20 snapshots across regions", 400),
        ),
        *of(
            answers.LIMIT,
            "LimitReached",
            ("SnapshotQuotaExceeded", "Cannot create more than 100 manual snapshots", 400),
        ),
        *of(
            answers.CONFLICT,
            "AlreadyExists",
            ("DBSnapshotAlreadyExists", "Cannot create the snapshot: it exists.", 400),
        ),
    ),
    "rds:DeleteDBSnapshot": (*answers.NO_DB_SNAPSHOT, *answers.DB_SNAPSHOT_STATE),
    # The DB instance
    "rds:DescribeDBInstances": answers.NO_DB_INSTANCE,
    "rds:RestoreDBInstanceFromDBSnapshot": (
        *answers.NO_DB_SNAPSHOT,
        *answers.DB_SNAPSHOT_STATE,
        *answers.DB_KEY,
        *of(
            answers.CAPACITY,
            "InsufficientCapacity",
            ("InsufficientDBInstanceCapacity", "The class is not available in the zone.", 400),
        ),
        *of(
            answers.LIMIT,
            "LimitReached",
            ("InstanceQuotaExceeded", "The quota of DB instances is reached.", 400),
        ),
        *of(
            answers.CONFLICT,
            "AlreadyExists",
            ("DBInstanceAlreadyExists", "DBInstance already exists", 400),
        ),
    ),
    "rds:ModifyDBInstance": (
        *answers.NO_DB_INSTANCE,
        *answers.DB_INSTANCE_STATE,
        *answers.DB_KEY,
        *of(
            answers.CAPACITY,
            "InsufficientCapacity",
            ("InsufficientDBInstanceCapacity", "The class is not available in the zone.", 400),
        ),
        *of(
            answers.LIMIT,
            "LimitReached",
            ("StorageQuotaExceeded", "The quota of storage is reached.", 400),
        ),
    ),
    "rds:DeleteDBInstance": (*answers.NO_DB_INSTANCE, *answers.DB_INSTANCE_STATE),
    "rds:DescribeDBParameterGroups": of(
        answers.NOT_FOUND,
        "InvalidInput",
        ("DBParameterGroupNotFound", "DBParameterGroup not found", 404),
    ),
    "rds:DescribeOptionGroups": of(
        answers.NOT_FOUND,
        "InvalidInput",
        ("OptionGroupNotFoundFault", "The option group does not exist", 404),
    ),
    "rds:DescribeDBSubnetGroups": of(
        answers.NOT_FOUND,
        "InvalidInput",
        ("DBSubnetGroupNotFoundFault", "DB subnet group not found", 404),
    ),
    # Keys, as dry runs
    "kms:Decrypt": answers.KEY_STATES,
    "kms:Encrypt": answers.KEY_STATES,
    "kms:GenerateDataKey": answers.KEY_STATES,
    "kms:GenerateDataKeyWithoutPlaintext": answers.KEY_STATES,
    "kms:ReEncrypt": answers.KEY_STATES,
    "kms:CreateGrant": (
        *answers.KEY_STATES,
        *of(
            answers.LIMIT,
            "LimitReached",
            ("LimitExceededException", "The key has as many grants as it can.", 400),
        ),
    ),
    "kms:GetKeyPolicy": answers.KEY_STATES[1:],
    # Grants on them
    "kms:ListGrants": answers.KEY_STATES[1:],
    "kms:RevokeGrant": answers.KEY_STATES[1:],
    # Roles
    "sts:AssumeRole": of(
        answers.STATE,
        "AccessDenied",
        ("RegionDisabledException", "STS is not activated in this region", 403),
    ),
}
"""What only this call can be answered."""


UNASKED = {
    "rds:AddTagsToResource": "DBProxy|Tenant|Integration|BlueGreen|ShardGroup|Cluster|Capacity",
    "rds:RemoveTagsFromResource": (
        "DBProxy|Tenant|Integration|BlueGreen|ShardGroup|Cluster|Capacity"
    ),
    "rds:CopyDBSnapshot": "CustomAvailabilityZone",
    "rds:RestoreDBInstanceFromDBSnapshot": (
        "Authorization|Cluster|CapacityReservation|BackupPolicy|Domain|Tenant|DBSecurityGroup"
    ),
    "rds:ModifyDBInstance": (
        "Authorization|Cluster|CapacityReservation|BackupPolicy|Domain|Tenant|DBSecurityGroup"
        "|DBUpgradeDependency|DBInstanceAlreadyExists"
    ),
    "rds:DeleteDBInstance": "Cluster|Snapshot|AutomatedBackup|KMSKey",
    "kms:*": "DryRunOperation|InvalidCiphertext|IncorrectKey|InvalidGrant(Token|Id)|InvalidMarker",
    "sts:AssumeRole": "MalformedPolicy|PackedPolicy",
}
"""Patterns of the errors of what restores do not ask for: see `test_fault_answers.py`."""

SAME_AS = {
    # By the class that `step::classify` gives them; see its tests.
    "DBParameterGroupNotFound": "InvalidParameterValue",
    "DBSubnetGroupDoesNotCoverEnoughAZs": "InvalidParameterValue",
    "InvalidSubnet": "InvalidParameterValue",
    "VpcEncryptionControlViolationException": "InvalidParameterValue",
    "ProvisionedIopsNotAvailableInAZFault": "InvalidParameterValue",
    "StorageTypeNotSupported": "InvalidParameterValue",
    "NetworkTypeNotSupported": "InvalidParameterValue",
    "OptionGroupNotFoundFault": "InvalidParameterValue",
    "CertificateNotFound": "InvalidParameterValue",
    "InvalidVPCNetworkStateFault": "InvalidParameterValue",
    "DBSubnetGroupNotFoundFault": "InvalidParameterValue",
    "StorageQuotaExceeded": "InstanceQuotaExceeded",
    "InvalidRestoreFault": "InvalidDBSnapshotState",
    "InvalidArnException": "NotFoundException",
    "DependencyTimeoutException": "KMSInternalException",
    "KeyUnavailableException": "KMSInternalException",
    "InvalidKeyUsageException": "DisabledException",
    "ExpiredTokenException": "AccessDenied",
    "PolicyEvaluation": "InvalidInput",
    "ServiceFailure": "InternalFailure",
    "DBInstanceNotFound": "DBSnapshotNotFound",
    "DBSnapshotNotFound": "DBInstanceNotFound",
}
"""Codes that take the path of another one, which stands for them."""


def answers_to(operation: str) -> tuple[Answer, ...]:
    """All that a call can be answered but what it asks for, each kind once."""
    always = ALWAYS[operation.partition(":")[0]]
    return (*always, *OWN.get(operation, ()))
