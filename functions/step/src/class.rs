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
        | "BandwidthLimitExceeded"
        | "InternalError"
        | "InternalFailure"
        | "ServerInternal"
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
        | "ConcurrentSnapshotLimitExceeded" => ErrorName::QuotaExceeded,
        // One code for two things: copies in flight, whose number falls by itself, and manual
        // snapshots, whose number does not (GH:pbudzon/aws-maintenance#19, #12).
        "SnapshotQuotaExceeded" if message.contains("Cannot copy more than") => {
            ErrorName::QuotaExceeded
        }

        "InsufficientInstanceCapacity"
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
        | "InvalidClientTokenId"
        | "UnrecognizedClientException"
        | "ExpiredToken"
        | "ExpiredTokenException" => ErrorName::AccessDenied,

        "KMSKeyNotAccessibleFault"
        | "CustomerKeyHasBeenRevoked"
        | "DisabledException"
        | "KMSInvalidStateException"
        | "InvalidKeyUsageException"
        | "KmsKeyNotAccessible" => ErrorName::KeyNotUsable,

        "OperationNotPermitted" if message.contains("default key") => {
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

/// Whether a code says that what was asked for does not exist, does not fit, or is more than the
/// account may have: nothing that waiting would change.
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
                | "Unsupported"
                | "UnsupportedOperation"
                | "OperationNotPermitted"
                | "SnapshotCopyUnsupported.InterRegion"
                | "SnapshotLimitExceeded"
                | "SnapshotQuotaExceeded"
                | "SharedSnapshotQuotaExceeded"
                | "VolumeLimitExceeded"
                | "MaxIOPSLimitExceeded"
                | "VcpuLimitExceeded"
                | "InstanceLimitExceeded"
                | "InstanceQuotaExceeded"
                | "StorageQuotaExceeded"
                | "AttachmentLimitExceeded"
                | "DBSnapshotNotFound"
                | "DBInstanceNotFound"
                | "DBSubnetGroupNotFoundFault"
                | "DBSubnetGroupDoesNotCoverEnoughAZs"
                | "DBParameterGroupNotFound"
                | "DBSecurityGroupNotFound"
                | "OptionGroupNotFoundFault"
                | "CertificateNotFound"
                | "InvalidVPCNetworkStateFault"
                | "StorageTypeNotSupported"
                | "ProvisionedIopsNotAvailableInAZFault"
                | "VpcEncryptionControlViolationException"
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_code_with_two_meanings_is_told_apart_by_its_message() {
        let copies = "Cannot copy more than 5 snapshots across regions";
        let manual = "Cannot create more than 100 manual snapshots";

        assert_eq!(classify("SnapshotQuotaExceeded", copies), ErrorName::QuotaExceeded);
        assert_eq!(classify("SnapshotQuotaExceeded", manual), ErrorName::InvalidInput);
    }

    #[test]
    fn a_snapshot_under_the_default_key_is_told_from_other_operations_not_permitted() {
        let default_key = "Encrypted snapshots with EBS default key cannot be shared";

        assert_eq!(
            classify("OperationNotPermitted", default_key),
            ErrorName::DefaultKeyNotShareable
        );
        assert_eq!(
            classify("OperationNotPermitted", "The instance may not be terminated"),
            ErrorName::InvalidInput
        );
    }

    #[test]
    fn each_class_has_its_codes() {
        for (code, name) in [
            ("RequestLimitExceeded", ErrorName::Throttled),
            ("IncorrectInstanceState", ErrorName::Throttled),
            ("ResourceLimitExceeded", ErrorName::QuotaExceeded),
            ("InsufficientInstanceCapacity", ErrorName::InsufficientCapacity),
            ("UnauthorizedOperation", ErrorName::AccessDenied),
            ("KMSKeyNotAccessibleFault", ErrorName::KeyNotUsable),
            ("DBInstanceAlreadyExists", ErrorName::AlreadyExists),
            ("InvalidDBSnapshotState", ErrorName::ResourceFailed),
            ("InvalidSubnetID.NotFound", ErrorName::InvalidInput),
            ("InvalidParameterCombination", ErrorName::InvalidInput),
            ("SomethingNew", ErrorName::Unexpected),
        ] {
            assert_eq!(classify(code, ""), name, "{code}");
        }
    }
}
