//! Shares of EBS snapshots.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{OperationType, Snapshot, SnapshotAttributeName, Tag};
use restore::tag;
use step::{CallContext as _, ErrorName, StepError};
use tracing::info;

use crate::Share;
use crate::plan::{Plan, plan};

/// Gives the account `createVolumePermission` on each snapshot, where it has it not.
///
/// The permissions are read before the tags: another restore writes its tag before it gives the
/// permission, so a permission that is seen here has its tag there. The other way round, what that
/// restore gives in between would be taken for a share that was there before any.
pub(crate) async fn share(ec2: &Client, share: &Share<'_>) -> Result<(), StepError> {
    let mut permitted = Vec::with_capacity(share.snapshots.len());
    for id in &share.snapshots {
        let seen = is_permitted(ec2, share, id).await;
        permitted.push(seen.map_err(|error| error.by(share.session, id))?);
    }
    let described = describe(ec2, share).await?;
    for (id, permitted) in share.snapshots.iter().zip(permitted) {
        let found = described.iter().find(|snapshot| snapshot.snapshot_id() == Some(id));
        // "If you specify one or more snapshot IDs, only snapshots that have the specified IDs
        // and that you have access to are returned" (BC:ec2.DescribeSnapshots).
        let snapshot = found.ok_or_else(|| {
            StepError::refused(ErrorName::InvalidInput, "the snapshot is not there")
                .by(share.session, id)
        })?;
        let tags = snapshot.tags().iter().filter_map(|tag| Some((tag.key()?, tag.value()?)));
        follow(ec2, share, id, &plan(share.restore_id, permitted, tags))
            .await
            .map_err(|error| error.by(share.session, id))?;
    }
    Ok(())
}

async fn describe(ec2: &Client, share: &Share<'_>) -> Result<Vec<Snapshot>, StepError> {
    let ids = share.snapshots.iter().map(ToString::to_string).collect();
    let described = ec2
        .describe_snapshots()
        .set_snapshot_ids(Some(ids))
        .send()
        .await
        .during("ec2:DescribeSnapshots")
        .map_err(|error| error.by(share.session, &share.snapshots.join(", ")))?;
    Ok(described.snapshots.unwrap_or_default())
}

async fn follow(ec2: &Client, share: &Share<'_>, id: &str, plan: &Plan) -> Result<(), StepError> {
    if let Some(value) = plan.tag {
        ec2.create_tags()
            .resources(id)
            .tags(Tag::builder().key(tag::share(share.restore_id)).value(value).build())
            .send()
            .await
            .during("ec2:CreateTags")?;
    }
    if plan.give {
        ec2.modify_snapshot_attribute()
            .snapshot_id(id)
            .attribute(SnapshotAttributeName::CreateVolumePermission)
            .operation_type(OperationType::Add)
            .user_ids(share.with.as_str())
            .send()
            .await
            .during("ec2:ModifySnapshotAttribute")?;
        if !is_permitted(ec2, share, id).await? {
            return Err(share.not_shown(id));
        }
    }
    info!(snapshot = id, with = %share.with, tag = plan.tag, given = plan.give, "snapshot shared");
    Ok(())
}

/// Whether the account itself is named. A snapshot that is public names nobody.
async fn is_permitted(ec2: &Client, share: &Share<'_>, id: &str) -> Result<bool, StepError> {
    let attribute = ec2
        .describe_snapshot_attribute()
        .snapshot_id(id)
        .attribute(SnapshotAttributeName::CreateVolumePermission)
        .send()
        .await
        .during("ec2:DescribeSnapshotAttribute")?;
    let mut permissions = attribute.create_volume_permissions().iter();
    Ok(permissions.any(|permission| permission.user_id() == Some(share.with.as_str())))
}

#[cfg(test)]
mod tests;
