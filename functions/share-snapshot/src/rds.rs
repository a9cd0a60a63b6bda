//! The share of a DB snapshot.

use aws_sdk_rds::Client;
use aws_sdk_rds::types::{DbSnapshot, Tag};
use restore::tag;
use step::{CallContext as _, ErrorName, StepError};
use tracing::info;

use crate::Share;
use crate::plan::{Plan, plan};

/// The attribute that names the accounts that may copy or restore a DB snapshot
/// (BC:rds.ModifyDBSnapshotAttributeMessage.AttributeName).
const RESTORE: &str = "restore";

/// Gives the account permission on each DB snapshot, where it has it not.
///
/// The permission is read before the tags, as for EBS snapshots.
pub(crate) async fn share(rds: &Client, share: &Share<'_>) -> Result<(), StepError> {
    for arn in &share.snapshots {
        share_one(rds, share, arn).await.map_err(|error| error.by(share.session, arn))?;
    }
    Ok(())
}

async fn share_one(rds: &Client, share: &Share<'_>, arn: &str) -> Result<(), StepError> {
    let permitted = is_permitted(rds, share, arn).await?;
    let snapshot = describe(rds, arn).await?;
    let tags = snapshot.tag_list().iter().filter_map(|tag| Some((tag.key()?, tag.value()?)));
    let Plan { tag, give } = plan(share.restore_id, permitted, tags);
    if let Some(value) = tag {
        rds.add_tags_to_resource()
            .resource_name(arn)
            .tags(Tag::builder().key(tag::share(share.restore_id)).value(value).build())
            .send()
            .await
            .during("rds:AddTagsToResource")?;
    }
    if give {
        rds.modify_db_snapshot_attribute()
            .db_snapshot_identifier(identifier(arn))
            .attribute_name(RESTORE)
            .values_to_add(share.with.as_str())
            .send()
            .await
            .during("rds:ModifyDBSnapshotAttribute")?;
        if !is_permitted(rds, share, arn).await? {
            return Err(share.not_shown(arn));
        }
    }
    info!(snapshot = arn, with = %share.with, tag, given = give, "snapshot shared");
    Ok(())
}

async fn describe(rds: &Client, arn: &str) -> Result<DbSnapshot, StepError> {
    let described = rds
        .describe_db_snapshots()
        .db_snapshot_identifier(identifier(arn))
        .send()
        .await
        .during("rds:DescribeDBSnapshots")?;
    described
        .db_snapshots
        .unwrap_or_default()
        .into_iter()
        .next()
        .ok_or_else(|| StepError::refused(ErrorName::InvalidInput, "the DB snapshot is not there"))
}

/// Whether the account itself is named. The value `all` of a public snapshot names nobody.
async fn is_permitted(rds: &Client, share: &Share<'_>, arn: &str) -> Result<bool, StepError> {
    let described = rds
        .describe_db_snapshot_attributes()
        .db_snapshot_identifier(identifier(arn))
        .send()
        .await
        .during("rds:DescribeDBSnapshotAttributes")?;
    let attributes = described.db_snapshot_attributes_result;
    let attributes = attributes.as_ref().map_or(&[][..], |result| result.db_snapshot_attributes());
    Ok(attributes
        .iter()
        .filter(|attribute| attribute.attribute_name() == Some(RESTORE))
        .any(|attribute| attribute.attribute_values().iter().any(|id| id == share.with.as_str())))
}

/// The identifier in a DB snapshot's ARN. The account's own snapshots are asked for by it: for the
/// attribute calls the model knows no other form
/// (BC:rds.ModifyDBSnapshotAttributeMessage.DBSnapshotIdentifier).
fn identifier(arn: &str) -> &str {
    arn.split_once(":snapshot:").map_or(arn, |(_, identifier)| identifier)
}

#[cfg(test)]
mod tests;
