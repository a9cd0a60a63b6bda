//! What to look at when EBS could not use a key.
//!
//! EBS checks keys after it has answered (BC:ec2.CopySnapshotRequest.KmsKeyId,
//! BC:ec2.CreateVolumeRequest.KmsKeyId), so that a missing permission shows as a resource that
//! fails, with little or no reason given. These are the words AWS leaves out.

use restore::KeyArn;

use crate::look::Look;

/// What EBS asks of the keys of a copy (EBS/ebs-copy-snapshot).
const FOR_A_COPY: &str = "kms:DescribeKey, kms:CreateGrant, kms:Decrypt, kms:ReEncrypt*, \
                          kms:GenerateDataKey and kms:GenerateDataKeyWithoutPlaintext";

/// What EBS asks of the keys of a volume (EBS/ebs-encryption-requirements).
const FOR_A_VOLUME: &str = "kms:DescribeKey, kms:CreateGrant, kms:Decrypt, kms:ReEncrypt* and \
                            kms:GenerateDataKeyWithoutPlaintext";

/// For a copy that has failed for `reason`.
pub(crate) fn of_copy(look: Look<'_>, reason: &str) -> Option<String> {
    // EBS/ebs-copy-snapshot: "Given key ID is not accessible". Without any words it is most likely
    // the same: what EBS cannot read of the source it refuses before it makes the copy.
    (reason.contains("key ID is not accessible") || reason == "error").then(|| {
        let keys = on(look.keys, "the copy's key and on that of the snapshot it is a copy of");
        format!("{} needs {FOR_A_COPY} {keys}", look.session.role_arn)
    })
}

/// For a volume that has vanished: EBS deletes one whose key it cannot use
/// (GH:kubernetes-sigs/aws-ebs-csi-driver#2685, aws/aws-cli#2604).
pub(crate) fn of_vanished_volume(look: Look<'_>) -> String {
    format!(
        "it is gone: EBS most likely could not use its key or its snapshot's, and then deletes \
         the volume without a reason; {} needs {FOR_A_VOLUME} {}",
        look.session.role_arn,
        on(look.keys, "both keys")
    )
}

/// For an instance that has ended, or did not start, for `reason`.
pub(crate) fn of_instance(look: Look<'_>, reason: &str) -> Option<String> {
    // BC:ec2.StateReason.Message: "Client.InternalError: A client error caused the instance to
    // terminate during launch", which for encrypted volumes is the key (EC2/troubleshooting-launch).
    (reason.contains("Client.InternalError") || reason.contains("Client.InvalidKMSKey")).then(
        || {
            format!(
                "this usually means that EC2 could not use the KMS key of a volume; {} needs \
                 {FOR_A_VOLUME} {}",
                look.session.role_arn,
                on(look.keys, "it")
            )
        },
    )
}

/// For a DB instance in a state that says that RDS cannot use its key (RDS/accessing-monitoring).
pub(crate) fn of_db_instance(look: Look<'_>, reason: &str) -> Option<String> {
    reason.contains("inaccessible-encryption-credentials").then(|| {
        format!(
            "RDS cannot use its KMS key: it must be enabled, and {} needs kms:DescribeKey and \
             kms:CreateGrant {}",
            look.session.role_arn,
            on(look.keys, "it")
        )
    })
}

/// On which keys a role needs what it needs, and by which policies; `unknown` says which they are
/// where their ARNs are not known.
fn on(keys: &[KeyArn], unknown: &str) -> String {
    let named: Vec<&str> = keys.iter().map(KeyArn::as_str).collect();
    match named.as_slice() {
        [] => format!("on {unknown}, by its own policy and by the key's"),
        [key] => format!("on {key}, by its own policy and by the key's"),
        [first @ .., last] => {
            let first = first.join(", ");
            format!("on {first} and {last}, by its own policy and by the keys'")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::look::tests::{after, both_keys, session};

    #[test]
    fn a_hint_is_given_only_where_the_key_is_the_likely_reason() {
        let session = session();
        let (role, keys) = (session.role_arn.as_str(), both_keys());
        let look = Look { keys: &keys, ..after(60, &session) };
        let names_all = |hint: Option<String>| {
            let hint = hint.unwrap();
            hint.contains(role) && keys.iter().all(|key| hint.contains(key.as_str()))
        };

        assert!(names_all(of_copy(look, "error: Given key ID is not accessible")));
        assert!(names_all(of_copy(look, "error")));
        assert_eq!(of_copy(look, "error: the source was deleted"), None);
        assert!(names_all(Some(of_vanished_volume(look))));
        assert!(names_all(of_instance(look, "terminated: Client.InternalError: …")));
        assert!(names_all(of_instance(look, "terminated: Client.InvalidKMSKey.InvalidState: …")));
        assert_eq!(of_instance(look, "terminated: Server.SpotInstanceTermination"), None);
        assert!(names_all(of_db_instance(look, "inaccessible-encryption-credentials")));
        assert_eq!(of_db_instance(look, "storage-full"), None);
    }

    #[test]
    fn keys_that_are_not_known_are_told_by_what_they_are() {
        let session = session();

        let hint = of_copy(after(60, &session), "error").unwrap();

        assert!(hint.contains("on the copy's key and on that of the snapshot it is a copy of, by"));
    }

    #[test]
    fn keys_are_listed_as_people_do() {
        let keys = both_keys();
        let (copy, source) = (keys[0].as_str(), keys[1].as_str());

        let one = format!("on {copy}, by its own policy and by the key's");
        assert_eq!(on(&keys[..1], "it"), one);
        let three = [&keys[..], &keys[..1]].concat();
        let listed = format!("on {copy}, {source} and {copy}, by its own policy and by the keys'");
        assert_eq!(on(&three, "it"), listed);
    }
}
