//! The permission to make volumes from an EBS snapshot, and which restores use it.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{OperationType, SnapshotAttributeName, Tag};
use restore::{AccountId, RestoreId, tag};
use step::{CallContext as _, StepError};

use super::search::keys;
use crate::share::other_users;

/// Whether `account` has the permission.
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

/// The other restores that use the permission now.
pub(crate) async fn users(
    ec2: &Client,
    id: &str,
    restore_id: &RestoreId,
) -> Result<Vec<String>, StepError> {
    let answer = ec2.describe_snapshots().snapshot_ids(id).send().await;
    let answer = answer.during("ec2:DescribeSnapshots")?;
    let tags = answer.snapshots().iter().flat_map(|snapshot| keys(snapshot.tags()));
    Ok(other_users(tags, restore_id))
}

/// Takes away the tag by which `restore_id` says that it uses the permission.
pub(crate) async fn stop_using(
    ec2: &Client,
    id: &str,
    restore_id: &RestoreId,
) -> Result<(), StepError> {
    let own = Tag::builder().key(tag::share(restore_id)).build();
    let deleted = ec2.delete_tags().resources(id).tags(own).send().await;
    deleted.during("ec2:DeleteTags").map(drop)
}
