//! What an AWS error code means to a restore.

use crate::ErrorName;

/// Sorts an AWS error into the vocabulary, by its code and, where one code has two meanings, by
/// its message.
///
/// The codes are those of the API models (`error.code` in BC:rds, EC2API/errors-overview). A code
/// that is not listed is [`ErrorName::Unexpected`]: nobody knows that trying again is safe.
#[must_use]
pub fn classify(code: &str, message: &str) -> ErrorName {
    match code {
        "RequestLimitExceeded"
        | "Throttling"
        | "ThrottlingException"
        | "ThrottledException"
        | "TooManyRequestsException"
        | "EC2ThrottledException"
        // Of S3 (RS:aws-runtime's classifiers; S3/ErrorResponses).
        | "SlowDown"
        | "RequestTimeout"
        | "ConditionalRequestConflict"
        | "BandwidthLimitExceeded"
        | "InternalError"
        | "InternalFailure"
        | "ServerInternal"
        | "ServiceFailure"
        | "ServiceUnavailable"
        | "Unavailable"
        | "RetryableError"
        | "ConcurrentTagAccess"
        | "IncorrectState"
        | "IncorrectInstanceState"
        | "InvalidDBInstanceState"
        | "DependencyViolation"
        | "RequestExpired"
        | "KeyUnavailableException"
        | "DependencyTimeoutException"
        | "KMSInternalException" => ErrorName::Throttled,

        "ResourceLimitExceeded"
        | "PendingSnapshotLimitExceeded"
        | "ConcurrentSnapshotLimitExceeded"
        | "SnapshotCreationPerVolumeRateExceeded" => ErrorName::QuotaExceeded,
        // One code for two things: copies in flight, whose number falls by itself, and manual
        // snapshots, whose number does not (GH:pbudzon/aws-maintenance#19, #12).
        "SnapshotQuotaExceeded" if message.contains("Cannot copy more than") => {
            ErrorName::QuotaExceeded
        }

        "SnapshotQuotaExceeded"
        | "SnapshotLimitExceeded"
        | "SharedSnapshotQuotaExceeded"
        | "VolumeLimitExceeded"
        | "MaxIOPSLimitExceeded"
        | "VcpuLimitExceeded"
        | "InstanceLimitExceeded"
        | "InstanceQuotaExceeded"
        | "StorageQuotaExceeded"
        | "TenantDatabaseQuotaExceeded"
        | "AttachmentLimitExceeded"
        | "NetworkInterfaceLimitExceeded"
        | "SecurityGroupLimitExceeded"
        // Of grants on a key, which the SDK itself takes for throttling
        // (BC:kms.LimitExceededException).
        | "LimitExceededException" => ErrorName::LimitReached,

        // Of a subnet, which another place may not have: `alternatives` may name one.
        "InsufficientFreeAddressesInSubnet"
        | "InsufficientInstanceCapacity"
        | "InsufficientVolumeCapacity"
        | "InsufficientHostCapacity"
        | "InsufficientCapacity"
        | "InsufficientDBInstanceCapacity"
        | "InsufficientStorageClusterCapacity" => ErrorName::InsufficientCapacity,

        "UnauthorizedOperation"
        | "AccessDenied"
        | "AccessDeniedException"
        | "AuthFailure"
        | "NotAuthorized"
        | "OptInRequired"
        | "RegionDisabledException"
        | "InvalidClientTokenId"
        | "UnrecognizedClientException"
        | "ExpiredToken"
        | "ExpiredTokenException" => ErrorName::AccessDenied,

        // Of EC2, for which no documentation says where it comes (EC2API/errors-overview has none).
        _ if code.contains("InvalidKMSKey") => ErrorName::KeyNotUsable,

        "KMSKeyNotAccessibleFault"
        | "CustomerKeyHasBeenRevoked"
        | "DisabledException"
        | "KMSInvalidStateException"
        | "InvalidKeyUsageException"
        | "KmsKeyNotAccessible" => ErrorName::KeyNotUsable,

        "OperationNotPermitted" if message.contains("default key") => {
            ErrorName::DefaultKeyNotShareable
        }
        // The same of an AMI's snapshots: "Snapshots encrypted with the AWS Managed CMK can't be
        // shared".
        "InvalidParameter" if message.contains("AWS Managed CMK") => {
            ErrorName::DefaultKeyNotShareable
        }

        "DBInstanceAlreadyExists"
        | "DBSnapshotAlreadyExists"
        | "DBClusterAlreadyExistsFault"
        | "DBClusterSnapshotAlreadyExistsFault"
        | "InvalidGroup.Duplicate"
        | "IdempotentParameterMismatch" => ErrorName::AlreadyExists,

        "InvalidDBSnapshotState" | "InvalidRestoreFault" | "InvalidRestore" => {
            ErrorName::ResourceFailed
        }

        _ if is_input(code) => ErrorName::InvalidInput,
        _ => ErrorName::Unexpected,
    }
}

/// Whether a code says that what was asked for does not exist or does not fit: nothing that waiting
/// would change.
fn is_input(code: &str) -> bool {
    code.starts_with("InvalidParameter")
        || code.ends_with(".NotFound")
        || code.ends_with(".Malformed")
        || matches!(
            code,
            "ValidationError"
                | "ValidationException"
                | "MissingParameter"
                | "UnknownParameter"
                | "InvalidSubnet"
                | "InvalidRegion"
                | "InvalidArnException"
                | "NotFoundException"
                | "InvalidBlockDeviceMapping"
                | "InvalidVolume.ZoneMismatch"
                | "InvalidAMIID.Unavailable"
                | "VolumeTypeNotAvailableInZone"
                | "UnknownVolumeType"
                | "Unsupported"
                | "UnsupportedOperation"
                | "OperationNotPermitted"
                | "SnapshotCopyUnsupported.InterRegion"
                | "TagLimitExceeded"
                | "FilterLimitExceeded"
                | "DBSnapshotNotFound"
                | "DBClusterSnapshotNotFoundFault"
                | "DBInstanceNotFound"
                | "DBSubnetGroupNotFoundFault"
                | "DBSubnetGroupDoesNotCoverEnoughAZs"
                | "DBParameterGroupNotFound"
                | "DBSecurityGroupNotFound"
                | "OptionGroupNotFoundFault"
                | "AuthorizationNotFound"
                | "BackupPolicyNotFoundFault"
                | "DomainNotFoundFault"
                | "CertificateNotFound"
                | "InvalidVPCNetworkStateFault"
                | "NetworkTypeNotSupported"
                | "StorageTypeNotSupported"
                | "ProvisionedIopsNotAvailableInAZFault"
                | "VpcEncryptionControlViolationException"
        )
}

#[cfg(test)]
mod tests;
