//! Whom a DB snapshot is shared with already, and whether it can be shared with one more account.

use aws_sdk_rds::types::{DbSnapshot, DbSnapshotAttributesResult, StorageEncryptionType};
use restore::AccountId;
use restore::plan::{Obstacle, ObstacleKind};
use step::{CallContext as _, StepError};

use crate::accounts::Clients;

pub(super) const READ: &str = "rds:DescribeDBSnapshotAttributes";
pub(super) const SHARE: &str = "rds:ModifyDBSnapshotAttribute";

/// How many accounts a DB snapshot can be shared with (`RDS/USER_ShareSnapshot`).
const MOST_ACCOUNTS: usize = 20;

/// The accounts that may restore the snapshot; `all` of one that is public.
pub(super) async fn shared_with(
    source: &Clients,
    snapshot: &DbSnapshot,
) -> Result<Vec<String>, StepError> {
    let described = source
        .rds
        .describe_db_snapshot_attributes()
        .db_snapshot_identifier(snapshot.db_snapshot_identifier().unwrap_or_default())
        .send()
        .await
        .during(READ)?;
    let result = described.db_snapshot_attributes_result();
    Ok(result
        .map(DbSnapshotAttributesResult::db_snapshot_attributes)
        .unwrap_or_default()
        .iter()
        .filter(|attribute| attribute.attribute_name() == Some("restore"))
        .flat_map(|attribute| attribute.attribute_values().to_vec())
        .collect())
}

/// That the snapshot is shared with as many accounts as can be, and `account` is none of them.
pub(super) fn full(
    snapshot: &DbSnapshot,
    shared_with: &[String],
    account: &AccountId,
) -> Option<Obstacle> {
    let has_room = shared_with.len() < MOST_ACCOUNTS
        || shared_with.iter().any(|it| it == account.as_str() || it == "all");
    (!has_room).then(|| {
        let message = format!(
            "{} is shared with {} accounts, the most that RDS allows: withdraw one, or copy it",
            snapshot.db_snapshot_arn().unwrap_or_default(),
            shared_with.len()
        );
        Obstacle::new(ObstacleKind::Invalid, message)
    })
}

/// What is not known of a snapshot that is encrypted under a key that AWS owns
/// (BC:rds.DBSnapshot.StorageEncryptionType, `sse-rds`).
///
/// No account has such a key, so that nobody needs leave to use it, and the snapshot goes the way of
/// one that is not encrypted: of DB clusters, RDS tells that such a one is not
/// (BC:rds.DBClusterSnapshot.StorageEncrypted). What AWS does not let be shared is one under the
/// account's default key (`RDS/share-encrypted-snapshot`), which this is not; but that it can be
/// shared is said nowhere either.
pub(super) fn under_key_of_aws(snapshot: &DbSnapshot) -> Option<String> {
    (snapshot.storage_encryption_type() == Some(&StorageEncryptionType::Sse)).then(|| {
        format!(
            "{} is encrypted under a key that AWS owns (sse-rds), and AWS does not say whether such a snapshot can be \
             shared: if it cannot, copy it under a customer managed key, and restore that copy",
            snapshot.db_snapshot_arn().unwrap_or_default()
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snapshot_that_is_shared_as_often_as_can_be_takes_no_other_account() {
        let snapshot = DbSnapshot::builder().db_snapshot_arn("arn:snapshot").build();
        let account = AccountId::try_from("444455556666").unwrap();
        let others = |count: usize| (0..count).map(|it| format!("{it:012}")).collect::<Vec<_>>();
        let mut with_it = others(19);
        with_it.push(account.to_string());

        assert_eq!(full(&snapshot, &others(19), &account), None);
        assert_eq!(full(&snapshot, &with_it, &account), None);
        let obstacle = full(&snapshot, &others(20), &account).unwrap();
        assert!(obstacle.message.contains("shared with 20 accounts"), "{obstacle:?}");
    }

    #[test]
    fn of_a_key_that_aws_owns_it_is_not_known_whether_it_lets_be_shared() {
        let snapshot = |kind: StorageEncryptionType| {
            DbSnapshot::builder().db_snapshot_arn("arn:a").storage_encryption_type(kind).build()
        };

        let told = under_key_of_aws(&snapshot(StorageEncryptionType::Sse)).unwrap();
        assert!(told.starts_with("arn:a is encrypted under a key that AWS owns"), "{told}");
        for known in [StorageEncryptionType::Cmk, StorageEncryptionType::Unencrypted] {
            assert_eq!(under_key_of_aws(&snapshot(known)), None);
        }
        assert_eq!(under_key_of_aws(&DbSnapshot::builder().build()), None);
    }
}
