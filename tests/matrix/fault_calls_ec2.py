"""What only one of EC2's calls can be answered (EC2API/errors-overview)."""

from __future__ import annotations

from matrix import fault_answers as answers
from matrix.fault_answers import Answer, of

EC2: dict[str, tuple[Answer, ...]] = {
    # Source snapshots and their shares
    "ec2:DescribeSnapshots": answers.NO_SNAPSHOT,
    "ec2:DescribeSnapshotAttribute": answers.NO_SNAPSHOT,
    "ec2:ModifySnapshotAttribute": (
        *answers.NO_SNAPSHOT,
        *of(
            answers.KEY,
            "DefaultKeyNotShareable",
            (
                "OperationNotPermitted",
                "Encrypted snapshots with EBS default key cannot be shared",
                400,
            ),
        ),
    ),
    "ec2:CreateTags": (
        *answers.NO_SNAPSHOT,
        *answers.NO_INSTANCE,
        *answers.TAGS_FULL,
        *answers.TAGS_BUSY,
    ),
    "ec2:DeleteTags": (*answers.NO_SNAPSHOT, *answers.TAGS_BUSY),
    "ec2:CopySnapshot": (
        *answers.NO_SNAPSHOT,
        *of(
            answers.QUOTA,
            "QuotaExceeded",
            (
                "ResourceLimitExceeded",
                "Too many snapshot copies in progress. The limit is 20 for this destination region",
                400,
            ),
        ),
        *of(
            answers.LIMIT,
            "LimitReached",
            ("SnapshotLimitExceeded", "The limit of snapshots is reached.", 400),
        ),
    ),
    "ec2:DeleteSnapshot": (
        *answers.NO_SNAPSHOT,
        *of(
            answers.CONFLICT,
            "Unexpected",
            ("InvalidSnapshot.InUse", "The snapshot is currently in use by an AMI", 400),
        ),
    ),
    # The instance
    "ec2:DescribeImages": of(
        answers.NOT_FOUND,
        "InvalidInput",
        ("InvalidAMIID.NotFound", "The image id does not exist", 400),
    ),
    "ec2:DescribeSubnets": of(
        answers.NOT_FOUND,
        "InvalidInput",
        ("InvalidSubnetID.NotFound", "The subnet ID does not exist", 400),
    ),
    "ec2:DescribeInstances": answers.NO_INSTANCE,
    "ec2:DescribeInstanceStatus": answers.NO_INSTANCE,
    "ec2:DescribeInstanceAttribute": answers.NO_INSTANCE,
    "ec2:CreateSecurityGroup": (
        *of(
            answers.CONFLICT,
            "AlreadyExists",
            ("InvalidGroup.Duplicate", "The security group already exists", 400),
        ),
        *of(
            answers.LIMIT,
            "LimitReached",
            ("SecurityGroupLimitExceeded", "The maximum number of groups is reached.", 400),
        ),
        *of(
            answers.NOT_FOUND,
            "InvalidInput",
            ("InvalidVpcID.NotFound", "The vpc ID does not exist", 400),
        ),
    ),
    "ec2:RevokeSecurityGroupEgress": (
        *answers.NO_GROUP,
        *of(
            answers.CONFLICT,
            "Throttled",
            ("InvalidPermission.NotFound", "The rule does not exist in this group", 400),
        ),
    ),
    "ec2:DeleteSecurityGroup": (
        *answers.NO_GROUP,
        *of(
            answers.STATE,
            "Throttled",
            ("DependencyViolation", "The resource has a dependent object", 400),
        ),
    ),
    "ec2:RunInstances": (
        *of(
            answers.CAPACITY,
            "InsufficientCapacity",
            ("InsufficientInstanceCapacity", "There is no capacity in this zone.", 500),
        ),
        *of(
            answers.LIMIT,
            "LimitReached",
            ("VcpuLimitExceeded", "You have requested more vCPU capacity than your limit.", 400),
        ),
        *of(
            answers.NOT_FOUND,
            "InvalidInput",
            ("InvalidAMIID.NotFound", "The image id does not exist", 400),
        ),
        *answers.TOKEN_TAKEN,
        *of(
            answers.STATE,
            "InsufficientCapacity",
            ("InsufficientFreeAddressesInSubnet", "There are not enough free addresses.", 400),
        ),
    ),
    "ec2:StopInstances": (*answers.NO_INSTANCE, *answers.INSTANCE_STATE),
    "ec2:StartInstances": (
        *answers.NO_INSTANCE,
        *answers.INSTANCE_STATE,
        *answers.VOLUME_KEY,
        *of(
            answers.CAPACITY,
            "InsufficientCapacity",
            ("InsufficientInstanceCapacity", "There is no capacity in this zone.", 500),
        ),
        *of(
            answers.LIMIT,
            "LimitReached",
            ("VcpuLimitExceeded", "You have requested more vCPU capacity than your limit.", 400),
        ),
    ),
    "ec2:ModifyInstanceAttribute": (
        *answers.NO_INSTANCE,
        *answers.INSTANCE_STATE,
    ),
    "ec2:AssociateIamInstanceProfile": (
        *answers.NO_INSTANCE,
        *answers.VOLUME_STATE,
    ),
    "ec2:TerminateInstances": (
        *answers.NO_INSTANCE,
        *of(
            answers.STATE,
            "InvalidInput",
            ("OperationNotPermitted", "Modify its 'disableApiTermination' attribute first.", 400),
        ),
    ),
    # Its volumes
    "ec2:DescribeVolumes": answers.NO_VOLUME,
    "ec2:DescribeVolumeStatus": answers.NO_VOLUME,
    "ec2:CreateVolume": (
        *answers.NO_SNAPSHOT,
        *answers.TOKEN_TAKEN,
        *of(
            answers.CAPACITY,
            "InsufficientCapacity",
            ("InsufficientVolumeCapacity", "There is no capacity for the volume.", 503),
        ),
        *of(
            answers.LIMIT,
            "LimitReached",
            ("VolumeLimitExceeded", "The limit of volume storage is reached.", 400),
        ),
    ),
    "ec2:AttachVolume": (
        *answers.NO_VOLUME,
        *answers.VOLUME_STATE,
        *answers.VOLUME_KEY,
        *of(
            answers.LIMIT,
            "LimitReached",
            ("AttachmentLimitExceeded", "The instance has as many volumes as it can.", 400),
        ),
        *of(
            answers.CONFLICT,
            "Unexpected",
            ("VolumeInUse", "The volume is already attached to an instance", 400),
        ),
    ),
    "ec2:DetachVolume": (*answers.NO_VOLUME, *answers.VOLUME_STATE),
    "ec2:DeleteVolume": (
        *answers.NO_VOLUME,
        *of(
            answers.STATE,
            "Unexpected",
            ("VolumeInUse", "The volume is currently attached", 400),
        ),
    ),
}
