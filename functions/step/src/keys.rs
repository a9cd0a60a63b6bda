//! What to look at when AWS could not use a key, and what else a failure without much of a word is.
//!
//! EBS checks keys after it has answered (BC:ec2.CopySnapshotRequest.KmsKeyId,
//! BC:ec2.CreateVolumeRequest.KmsKeyId), so that a missing permission shows as a resource that
//! fails, with little or no reason given. These are the words AWS leaves out, whichever step meets
//! it: that which waits for the resource, or one that finds it lost later.

use restore::{KeyArn, Session};

use crate::{ErrorName, StepError};

/// What EBS asks of the keys of a copy (EBS/ebs-copy-snapshot).
const FOR_A_COPY: &str = "kms:DescribeKey, kms:CreateGrant, kms:Decrypt, kms:ReEncrypt*, \
                          kms:GenerateDataKey and kms:GenerateDataKeyWithoutPlaintext";

/// What EBS asks of the keys of a volume (EBS/ebs-encryption-requirements).
const FOR_A_VOLUME: &str = "kms:DescribeKey, kms:CreateGrant, kms:Decrypt, kms:ReEncrypt* and \
                            kms:GenerateDataKeyWithoutPlaintext";

/// For a copy that has failed for `reason`.
#[must_use]
pub fn of_copy(session: &Session, keys: &[KeyArn], reason: &str) -> Option<String> {
    // EBS/ebs-copy-snapshot: "Given key ID is not accessible". Without any words it is most likely
    // the same: what EBS cannot read of the source it refuses before it makes the copy.
    (reason.contains("key ID is not accessible") || reason == "error").then(|| {
        let keys = on(keys, "the copy's key and on that of the snapshot it is a copy of");
        format!("{} needs {FOR_A_COPY} {keys}", session.role_arn)
    })
}

/// For a volume that has vanished: EBS deletes one whose key it cannot use
/// (GH:kubernetes-sigs/aws-ebs-csi-driver#2685, aws/aws-cli#2604).
#[must_use]
pub fn of_vanished_volume(session: &Session, keys: &[KeyArn]) -> String {
    format!(
        "it is gone: EBS most likely could not use its key or its snapshot's, and then deletes \
         the volume without a reason; {} needs {FOR_A_VOLUME} {}",
        session.role_arn,
        on(keys, "both keys")
    )
}

/// For an instance that has ended, or did not start, for `reason`.
#[must_use]
pub fn of_instance(session: &Session, keys: &[KeyArn], reason: &str) -> Option<String> {
    // BC:ec2.StateReason.Message: "Client.InternalError: A client error caused the instance to
    // terminate during launch", which for encrypted volumes is the key (EC2/troubleshooting-launch).
    (reason.contains("Client.InternalError") || reason.contains("Client.InvalidKMSKey")).then(
        || {
            format!(
                "this usually means that EC2 could not use the KMS key of a volume; {} needs \
                 {FOR_A_VOLUME} {}",
                session.role_arn,
                on(keys, "it")
            )
        },
    )
}

/// For a DB instance in a state that says that RDS cannot use its key (RDS/accessing-monitoring).
#[must_use]
pub fn of_db_instance(session: &Session, keys: &[KeyArn], reason: &str) -> Option<String> {
    reason.contains("inaccessible-encryption-credentials").then(|| {
        format!(
            "RDS cannot use its KMS key: it must be enabled, and {} needs kms:DescribeKey and \
             kms:CreateGrant {}",
            session.role_arn,
            on(keys, "it")
        )
    })
}

/// For a volume in state `error`.
#[must_use]
pub fn of_volume_in_error(keys: &[KeyArn]) -> String {
    // EBS/ebs-cloud-watch-events "createVolume": a key that is disabled, or whose key material is
    // not there yet, ends the making of a volume, as failing hardware does.
    format!(
        "its hardware has failed, or a key is disabled or without key material: look {}",
        at(keys)
    )
}

/// The failure of an instance that a step finds ended, for AWS's own `reason` where there is one.
#[must_use]
pub fn ended_instance(session: &Session, keys: &[KeyArn], reason: Option<&str>) -> StepError {
    let reason = format!("instance terminated: {}", reason.unwrap_or("no reason given"));
    let hint = of_instance(session, keys, &reason);
    let name = class_of(&reason, hint.is_some());
    let message = hint.map_or_else(|| reason.clone(), |hint| format!("{reason}; {hint}"));
    StepError::refused(name, message)
}

/// What a resource that has failed for `reason` is: for want of capacity, another place may have it
/// (BC:ec2.StateReason `Server.InsufficientInstanceCapacity`, RDS/accessing-monitoring
/// `insufficient-capacity`); a key that it most likely lacks, or a limit of its volumes
/// (BC:ec2.StateReason `Client.VolumeLimitExceeded`), is what a person has to mend.
#[must_use]
pub fn class_of(reason: &str, lacks_key: bool) -> ErrorName {
    if reason.contains("Server.InsufficientInstanceCapacity")
        || reason.contains("insufficient-capacity")
    {
        ErrorName::InsufficientCapacity
    } else if lacks_key {
        ErrorName::KeyNotUsable
    } else if reason.contains("Client.VolumeLimitExceeded") {
        ErrorName::LimitReached
    } else {
        ErrorName::ResourceFailed
    }
}

/// What is said of something that a call makes: the key that it is written under, and the one that
/// what it is made of is read with; nothing of a key that there is not.
#[must_use]
pub fn under(written: Option<&KeyArn>, read: Option<&KeyArn>) -> String {
    let said = |before: &str, key: Option<&KeyArn>| {
        key.map_or_else(String::new, |key| format!("{before} key {key}"))
    };
    format!("{}{}", said(" under", written), said(", read with", read))
}

fn at(keys: &[KeyArn]) -> String {
    let named: Vec<&str> = keys.iter().map(KeyArn::as_str).collect();
    if named.is_empty() { "at its keys".to_owned() } else { format!("at {}", named.join(", ")) }
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

    #[test]
    fn a_hint_is_given_only_where_the_key_is_the_likely_reason() {
        let session = session();
        let (role, keys) = (session.role_arn.as_str(), both_keys());
        let names_all = |hint: Option<String>| {
            let hint = hint.unwrap();
            hint.contains(role) && keys.iter().all(|key| hint.contains(key.as_str()))
        };

        assert!(names_all(of_copy(&session, &keys, "error: Given key ID is not accessible")));
        assert!(names_all(of_copy(&session, &keys, "error")));
        assert_eq!(of_copy(&session, &keys, "error: the source was deleted"), None);
        assert!(names_all(Some(of_vanished_volume(&session, &keys))));
        assert!(names_all(of_instance(&session, &keys, "terminated: Client.InternalError: …")));
        assert!(names_all(of_instance(
            &session,
            &keys,
            "terminated: Client.InvalidKMSKey.InvalidState: …"
        )));
        assert_eq!(
            of_instance(&session, &keys, "terminated: Server.SpotInstanceTermination"),
            None
        );
        assert!(names_all(of_db_instance(&session, &keys, "inaccessible-encryption-credentials")));
        assert_eq!(of_db_instance(&session, &keys, "storage-full"), None);
    }

    #[test]
    fn keys_that_are_not_known_are_told_by_what_they_are() {
        let session = session();

        let hint = of_copy(&session, &[], "error").unwrap();

        assert!(hint.contains("on the copy's key and on that of the snapshot it is a copy of, by"));
    }

    #[test]
    fn an_instance_that_has_ended_is_called_by_what_ended_it() {
        let (session, keys) = (session(), both_keys());
        let ended = |reason| ended_instance(&session, &keys, reason);

        let key = ended(Some("Client.InternalError: Client error on launch"));
        assert_eq!(key.name(), ErrorName::KeyNotUsable);
        assert!(keys.iter().all(|it| key.to_string().contains(it.as_str())), "{key}");
        for (reason, name) in [
            (Some("Server.InsufficientInstanceCapacity: no"), ErrorName::InsufficientCapacity),
            (Some("Client.VolumeLimitExceeded: no"), ErrorName::LimitReached),
            (Some("Server.SpotInstanceTermination: no"), ErrorName::ResourceFailed),
            (None, ErrorName::ResourceFailed),
        ] {
            assert_eq!(ended(reason).name(), name, "{reason:?}");
        }
        assert_eq!(ended(None).to_string(), "instance terminated: no reason given");
    }

    #[test]
    fn a_volume_in_error_names_the_keys_to_look_at() {
        let keys = both_keys();

        let hint = of_volume_in_error(&keys);

        assert!(keys.iter().all(|key| hint.contains(key.as_str())), "{hint}");
        assert!(of_volume_in_error(&[]).ends_with("look at its keys"));
    }

    #[test]
    fn what_is_made_is_told_with_the_keys_there_are() {
        let [written, read] = both_keys();

        assert_eq!(
            under(Some(&written), Some(&read)),
            format!(" under key {written}, read with key {read}")
        );
        assert_eq!(under(Some(&written), None), format!(" under key {written}"));
        assert_eq!(under(None, None), "");
    }

    fn session() -> Session {
        serde_json::from_value(serde_json::json!({
            "accountId": "444455556666",
            "region": "eu-central-1",
            "roleArn": "arn:aws:iam::444455556666:role/restore-target",
        }))
        .unwrap()
    }

    /// The key of a copy, and that of the snapshot it is a copy of.
    fn both_keys() -> [KeyArn; 2] {
        [
            "arn:aws:kms:eu-central-1:444455556666:key/1234abcd-12ab-34cd-56ef-1234567890ab",
            "arn:aws:kms:eu-west-1:111122223333:key/eeeeeeee-12ab-34cd-56ef-1234567890ab",
        ]
        .map(|key| KeyArn::try_from(key).unwrap())
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
