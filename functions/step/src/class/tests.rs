use super::*;

/// The codes by which AWS asks to try again, with what they mean for a restore: EC2API's
/// errors-overview, the fault lists of RDS's and KMS's models, and S3/ErrorResponses.
const TRY_AGAIN: &[&str] = &[
    "RequestLimitExceeded",
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "EC2ThrottledException",
    "SlowDown",
    "RequestTimeout",
    "TooManyRequestsException",
    "BandwidthLimitExceeded",
    "InternalError",
    "InternalFailure",
    "ServerInternal",
    "ServiceFailure",
    "ServiceUnavailable",
    "Unavailable",
    "RetryableError",
    "ConcurrentTagAccess",
    "IncorrectState",
    "IncorrectInstanceState",
    "InvalidDBInstanceState",
    "DependencyViolation",
    "RequestExpired",
    "ConditionalRequestConflict",
    "KeyUnavailableException",
    "DependencyTimeoutException",
    "KMSInternalException",
];

/// What empties by itself: work in flight.
const WAIT_FOR_ROOM: &[&str] = &[
    "ResourceLimitExceeded",
    "PendingSnapshotLimitExceeded",
    "ConcurrentSnapshotLimitExceeded",
    "SnapshotCreationPerVolumeRateExceeded",
];

/// What somebody has to make room for.
const NO_ROOM: &[&str] = &[
    "SnapshotLimitExceeded",
    "VolumeLimitExceeded",
    "MaxIOPSLimitExceeded",
    "VcpuLimitExceeded",
    "InstanceLimitExceeded",
    "InstanceQuotaExceeded",
    "StorageQuotaExceeded",
    "SharedSnapshotQuotaExceeded",
    "AttachmentLimitExceeded",
    "NetworkInterfaceLimitExceeded",
    "SecurityGroupLimitExceeded",
    "TenantDatabaseQuotaExceeded",
    "LimitExceededException",
];

const NO_CAPACITY: &[&str] = &[
    "InsufficientInstanceCapacity",
    "InsufficientVolumeCapacity",
    "InsufficientDBInstanceCapacity",
    "InsufficientStorageClusterCapacity",
    "InsufficientFreeAddressesInSubnet",
    "InsufficientHostCapacity",
    "InsufficientCapacity",
];

const NOT_ALLOWED: &[&str] = &[
    "UnauthorizedOperation",
    "AuthFailure",
    "AccessDenied",
    "AccessDeniedException",
    "OptInRequired",
    "RegionDisabledException",
    "InvalidClientTokenId",
    "ExpiredToken",
    "ExpiredTokenException",
    "NotAuthorized",
    "UnrecognizedClientException",
];

const KEY: &[&str] = &[
    "CustomerKeyHasBeenRevoked",
    "KMSKeyNotAccessibleFault",
    "DisabledException",
    "KMSInvalidStateException",
    "InvalidKeyUsageException",
    "KmsKeyNotAccessible",
    "InvalidKMSKey.InvalidState",
    "Client.InvalidKMSKey.InvalidState",
    "InvalidKMSKey.NotFound",
];

const CONFLICT: &[&str] = &[
    "DBSnapshotAlreadyExists",
    "DBInstanceAlreadyExists",
    "DBClusterAlreadyExistsFault",
    "DBClusterSnapshotAlreadyExistsFault",
    "InvalidGroup.Duplicate",
    "IdempotentParameterMismatch",
];

const FAILED_RESOURCE: &[&str] =
    &["InvalidDBSnapshotState", "InvalidRestoreFault", "InvalidRestore"];

const INPUT: &[&str] = &[
    "InvalidParameterValue",
    "InvalidParameterCombination",
    "InvalidParameter",
    "InvalidSnapshot.NotFound",
    "InvalidSnapshotID.Malformed",
    "InvalidAMIID.NotFound",
    "InvalidSubnetID.NotFound",
    "InvalidSubnet",
    "InvalidRegion",
    "InvalidBlockDeviceMapping",
    "InvalidVolume.ZoneMismatch",
    "InvalidAMIID.Unavailable",
    "VolumeTypeNotAvailableInZone",
    "UnknownVolumeType",
    "MissingParameter",
    "OperationNotPermitted",
    "SnapshotCopyUnsupported.InterRegion",
    "UnsupportedOperation",
    "DBSnapshotNotFound",
    "DBInstanceNotFound",
    "DBSubnetGroupNotFoundFault",
    "DBSubnetGroupDoesNotCoverEnoughAZs",
    "InvalidVPCNetworkStateFault",
    "OptionGroupNotFoundFault",
    "DBParameterGroupNotFound",
    "CertificateNotFound",
    "DBClusterSnapshotNotFoundFault",
    "AuthorizationNotFound",
    "BackupPolicyNotFoundFault",
    "DomainNotFoundFault",
    "NetworkTypeNotSupported",
    "StorageTypeNotSupported",
    "ProvisionedIopsNotAvailableInAZFault",
    "VpcEncryptionControlViolationException",
    "NotFoundException",
    "ValidationError",
    "ValidationException",
    "InvalidArnException",
    "TagLimitExceeded",
    "FilterLimitExceeded",
    "Unsupported",
];

#[test]
fn every_code_that_aws_documents_for_these_calls_has_its_class() {
    for (codes, name) in [
        (TRY_AGAIN, ErrorName::Throttled),
        (WAIT_FOR_ROOM, ErrorName::QuotaExceeded),
        (NO_ROOM, ErrorName::LimitReached),
        (NO_CAPACITY, ErrorName::InsufficientCapacity),
        (NOT_ALLOWED, ErrorName::AccessDenied),
        (KEY, ErrorName::KeyNotUsable),
        (CONFLICT, ErrorName::AlreadyExists),
        (FAILED_RESOURCE, ErrorName::ResourceFailed),
        (INPUT, ErrorName::InvalidInput),
        (&["SomethingNew", ""], ErrorName::Unexpected),
    ] {
        for code in codes {
            assert_eq!(classify(code, ""), name, "{code}");
        }
    }
}

#[test]
fn one_code_with_two_meanings_is_told_apart_by_its_message() {
    for (code, message, name) in [
        (
            "SnapshotQuotaExceeded",
            "Cannot copy more than 5 snapshots across regions",
            ErrorName::QuotaExceeded,
        ),
        (
            "SnapshotQuotaExceeded",
            "Cannot create more than 100 manual snapshots",
            ErrorName::LimitReached,
        ),
        (
            "OperationNotPermitted",
            "Encrypted snapshots with EBS default key cannot be shared",
            ErrorName::DefaultKeyNotShareable,
        ),
        ("OperationNotPermitted", "The instance may not be terminated", ErrorName::InvalidInput),
        (
            "InvalidParameter",
            "Snapshots encrypted with the AWS Managed CMK can't be shared",
            ErrorName::DefaultKeyNotShareable,
        ),
    ] {
        assert_eq!(classify(code, message), name, "{code}: {message}");
    }
}
