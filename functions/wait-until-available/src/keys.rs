//! What to look at when EBS could not use a key.
//!
//! EBS checks keys after it has answered (BC:ec2.CopySnapshotRequest.KmsKeyId,
//! BC:ec2.CreateVolumeRequest.KmsKeyId), so that a missing permission shows as a resource that
//! fails, with little or no reason given. These are the words AWS leaves out.

use restore::Session;

/// What EBS asks of the keys of a copy (EBS/ebs-copy-snapshot).
const FOR_A_COPY: &str = "kms:DescribeKey, kms:CreateGrant, kms:Decrypt, kms:ReEncrypt*, \
                          kms:GenerateDataKey and kms:GenerateDataKeyWithoutPlaintext";

/// What EBS asks of the keys of a volume (EBS/ebs-encryption-requirements).
const FOR_A_VOLUME: &str = "kms:DescribeKey, kms:CreateGrant, kms:Decrypt, kms:ReEncrypt* and \
                            kms:GenerateDataKeyWithoutPlaintext";

/// For a copy that has failed for `reason`, under `key`.
pub(crate) fn of_copy(session: &Session, reason: &str, key: Option<&str>) -> Option<String> {
    // EBS/ebs-copy-snapshot: "Given key ID is not accessible". Without any words it is most likely
    // the same: what EBS cannot read of the source it refuses before it makes the copy.
    (reason.contains("key ID is not accessible") || reason == "error").then(|| {
        format!(
            "{} needs {FOR_A_COPY} on {} and on the key of the snapshot it is a copy of, by its \
             own policy and by the key's",
            session.role_arn,
            key.unwrap_or("the copy's key")
        )
    })
}

/// For a volume that has vanished: EBS deletes one whose key it cannot use
/// (GH:kubernetes-sigs/aws-ebs-csi-driver#2685, aws/aws-cli#2604).
pub(crate) fn of_vanished_volume(session: &Session) -> String {
    format!(
        "it is gone: EBS most likely could not use its key or its snapshot's, and then deletes \
         the volume without a reason; {} needs {FOR_A_VOLUME} on both keys, by its own policy \
         and by the keys'",
        session.role_arn
    )
}

/// For an instance that has ended, or did not start, for `reason`.
pub(crate) fn of_instance(session: &Session, reason: &str) -> Option<String> {
    // BC:ec2.StateReason.Message: "Client.InternalError: A client error caused the instance to
    // terminate during launch", which for encrypted volumes is the key (EC2/troubleshooting-launch).
    (reason.contains("Client.InternalError") || reason.contains("Client.InvalidKMSKey")).then(
        || {
            format!(
                "this usually means that EC2 could not use the KMS key of a volume; {} needs \
             {FOR_A_VOLUME} on it, by its own policy and by the key's",
                session.role_arn
            )
        },
    )
}

/// For a DB instance in a state that says that RDS cannot use its key (RDS/accessing-monitoring).
pub(crate) fn of_db_instance(session: &Session, reason: &str) -> Option<String> {
    reason.contains("inaccessible-encryption-credentials").then(|| {
        format!(
            "RDS cannot use its KMS key: it must be enabled, and {} needs kms:DescribeKey and \
             kms:CreateGrant on it",
            session.role_arn
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::look::tests::session;

    #[test]
    fn a_hint_is_given_only_where_the_key_is_the_likely_reason() {
        let session = session();
        let role = session.role_arn.as_str();

        let copy = of_copy(&session, "error: Given key ID is not accessible", Some("arn:key"));
        assert!(copy.is_some_and(|hint| hint.contains(role) && hint.contains("arn:key")));
        assert!(of_copy(&session, "error", None).is_some());
        assert_eq!(of_copy(&session, "error: the source was deleted", None), None);
        assert!(of_instance(&session, "terminated: Client.InternalError: …").is_some());
        assert!(
            of_instance(&session, "terminated: Client.InvalidKMSKey.InvalidState: …").is_some()
        );
        assert_eq!(of_instance(&session, "terminated: Server.SpotInstanceTermination"), None);
        assert!(of_db_instance(&session, "inaccessible-encryption-credentials").is_some());
        assert_eq!(of_db_instance(&session, "storage-full"), None);
    }
}
