//! The permission to restore a DB snapshot, and which restores use it.

use aws_sdk_rds::Client;
use aws_sdk_rds::types::DbSnapshotAttributesResult;
use restore::{AccountId, RestoreId, tag};
use step::{CallContext as _, StepError};

use super::search::keys;
use crate::share::other_users;

/// The attribute that lists the accounts that may copy or restore a manual DB snapshot
/// (BC:rds.ModifyDBSnapshotAttributeMessage.AttributeName).
const ATTRIBUTE: &str = "restore";

/// Whether `account` has the permission.
pub(crate) async fn is_given(
    rds: &Client,
    identifier: &str,
    account: &AccountId,
) -> Result<bool, StepError> {
    let answer = rds
        .describe_db_snapshot_attributes()
        .db_snapshot_identifier(identifier)
        .send()
        .await
        .during("rds:DescribeDBSnapshotAttributes")?;
    let attributes = answer.db_snapshot_attributes_result;
    let mut attributes =
        attributes.iter().flat_map(DbSnapshotAttributesResult::db_snapshot_attributes);
    Ok(attributes.any(|attribute| {
        attribute.attribute_name() == Some(ATTRIBUTE)
            && attribute.attribute_values().iter().any(|value| value == account.as_str())
    }))
}

/// Gives `account`, and only it, the permission, or takes it away.
pub(crate) async fn set(
    rds: &Client,
    identifier: &str,
    account: &AccountId,
    given: bool,
) -> Result<(), StepError> {
    let modify = rds
        .modify_db_snapshot_attribute()
        .db_snapshot_identifier(identifier)
        .attribute_name(ATTRIBUTE);
    let modify = if given {
        modify.values_to_add(account.as_str())
    } else {
        modify.values_to_remove(account.as_str())
    };
    modify.send().await.during("rds:ModifyDBSnapshotAttribute").map(drop)
}

/// The other restores that use the permission now.
pub(crate) async fn users(
    rds: &Client,
    identifier: &str,
    restore_id: &RestoreId,
) -> Result<Vec<String>, StepError> {
    let answer = rds.describe_db_snapshots().db_snapshot_identifier(identifier).send().await;
    let answer = answer.during("rds:DescribeDBSnapshots")?;
    let tags = answer.db_snapshots().iter().flat_map(|snapshot| keys(snapshot.tag_list()));
    Ok(other_users(tags, restore_id))
}

/// Takes away the tag by which `restore_id` says that it uses the permission.
pub(crate) async fn stop_using(
    rds: &Client,
    arn: &str,
    restore_id: &RestoreId,
) -> Result<(), StepError> {
    let removed = rds
        .remove_tags_from_resource()
        .resource_name(arn)
        .tag_keys(tag::share(restore_id))
        .send()
        .await;
    removed.during("rds:RemoveTagsFromResource").map(drop)
}
