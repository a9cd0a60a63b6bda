//! The permission to copy or restore a DB snapshot.

use aws_sdk_rds::Client;
use aws_sdk_rds::types::{DbSnapshotAttributesResult, Tag};
use restore::AccountId;
use restore::share::Use;
use step::{CallContext as _, StepError};

/// The attribute that names the accounts that may copy or restore a manual DB snapshot
/// (BC:rds.ModifyDBSnapshotAttributeMessage.AttributeName).
const RESTORE: &str = "restore";

/// Whether `account` itself has the permission. The value `all` of a public snapshot names nobody.
pub(crate) async fn is_given(
    rds: &Client,
    arn: &str,
    account: &AccountId,
) -> Result<bool, StepError> {
    let answer = rds
        .describe_db_snapshot_attributes()
        .db_snapshot_identifier(identifier(arn))
        .send()
        .await
        .during("rds:DescribeDBSnapshotAttributes")?;
    let attributes = answer.db_snapshot_attributes_result;
    let attributes = attributes.iter().flat_map(DbSnapshotAttributesResult::db_snapshot_attributes);
    Ok(attributes
        .filter(|attribute| attribute.attribute_name() == Some(RESTORE))
        .any(|attribute| attribute.attribute_values().iter().any(|id| id == account.as_str())))
}

/// The snapshot's tags.
pub(crate) async fn tags(rds: &Client, arn: &str) -> Result<Vec<Tag>, StepError> {
    let answer = rds.describe_db_snapshots().db_snapshot_identifier(identifier(arn)).send().await;
    let answer = answer.during("rds:DescribeDBSnapshots")?;
    let found = answer.db_snapshots.into_iter().flatten().next();
    found
        .map(|snapshot| snapshot.tag_list.unwrap_or_default())
        .ok_or_else(|| StepError::absent("rds:DescribeDBSnapshots", "DBSnapshotNotFound"))
}

/// Writes a tag.
pub(crate) async fn tag(rds: &Client, arn: &str, key: &str, said: Use) -> Result<(), StepError> {
    let tag = Tag::builder().key(key).value(said.name()).build();
    let tagged = rds.add_tags_to_resource().resource_name(arn).tags(tag).send().await;
    tagged.during("rds:AddTagsToResource").map(drop)
}

/// Removes a tag.
pub(crate) async fn untag(rds: &Client, arn: &str, key: &str) -> Result<(), StepError> {
    let removed = rds.remove_tags_from_resource().resource_name(arn).tag_keys(key).send().await;
    removed.during("rds:RemoveTagsFromResource").map(drop)
}

/// Gives `account`, and only it, the permission, or takes it away.
pub(crate) async fn set(
    rds: &Client,
    arn: &str,
    account: &AccountId,
    given: bool,
) -> Result<(), StepError> {
    let modify = rds
        .modify_db_snapshot_attribute()
        .db_snapshot_identifier(identifier(arn))
        .attribute_name(RESTORE);
    let modify = if given {
        modify.values_to_add(account.as_str())
    } else {
        modify.values_to_remove(account.as_str())
    };
    modify.send().await.during("rds:ModifyDBSnapshotAttribute").map(drop)
}

/// The identifier in a DB snapshot's ARN. The account's own snapshots are asked for by it: for the
/// attribute calls the model knows no other form
/// (BC:rds.ModifyDBSnapshotAttributeMessage.DBSnapshotIdentifier).
fn identifier(arn: &str) -> &str {
    arn.split_once(":snapshot:").map_or(arn, |(_, identifier)| identifier)
}
