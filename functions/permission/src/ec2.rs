//! The permission to make volumes from an EBS snapshot.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{OperationType, SnapshotAttributeName, Tag};
use restore::AccountId;
use restore::share::Use;
use step::{CallContext as _, StepError};

/// Whether `account` itself has the permission. A snapshot that is public names nobody.
pub(crate) async fn is_given(
    ec2: &Client,
    id: &str,
    account: &AccountId,
) -> Result<bool, StepError> {
    let answer = ec2
        .describe_snapshot_attribute()
        .snapshot_id(id)
        .attribute(SnapshotAttributeName::CreateVolumePermission)
        .send()
        .await
        .during("ec2:DescribeSnapshotAttribute")?;
    let mut permissions = answer.create_volume_permissions().iter();
    Ok(permissions.any(|permission| permission.user_id() == Some(account.as_str())))
}

/// The snapshot's tags.
pub(crate) async fn tags(ec2: &Client, id: &str) -> Result<Vec<Tag>, StepError> {
    let answer = ec2.describe_snapshots().snapshot_ids(id).send().await;
    let answer = answer.during("ec2:DescribeSnapshots")?;
    // "If you specify one or more snapshot IDs, only snapshots that have the specified IDs and
    // that you have access to are returned" (BC:ec2.DescribeSnapshots).
    let found = answer.snapshots.into_iter().flatten().next();
    found
        .map(|snapshot| snapshot.tags.unwrap_or_default())
        .ok_or_else(|| StepError::absent("ec2:DescribeSnapshots", "InvalidSnapshot.NotFound"))
}

/// Writes a tag.
pub(crate) async fn tag(ec2: &Client, id: &str, key: &str, said: Use) -> Result<(), StepError> {
    let tag = Tag::builder().key(key).value(said.name()).build();
    ec2.create_tags().resources(id).tags(tag).send().await.during("ec2:CreateTags").map(drop)
}

/// Removes a tag, whatever its value.
pub(crate) async fn untag(ec2: &Client, id: &str, key: &str) -> Result<(), StepError> {
    let tag = Tag::builder().key(key).build();
    ec2.delete_tags().resources(id).tags(tag).send().await.during("ec2:DeleteTags").map(drop)
}

/// Gives `account`, and only it, the permission, or takes it away.
pub(crate) async fn set(
    ec2: &Client,
    id: &str,
    account: &AccountId,
    given: bool,
) -> Result<(), StepError> {
    ec2.modify_snapshot_attribute()
        .snapshot_id(id)
        .attribute(SnapshotAttributeName::CreateVolumePermission)
        .operation_type(if given { OperationType::Add } else { OperationType::Remove })
        .user_ids(account.as_str())
        .send()
        .await
        .during("ec2:ModifySnapshotAttribute")
        .map(drop)
}
