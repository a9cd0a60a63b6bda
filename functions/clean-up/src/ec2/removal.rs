//! How what a restore made in EC2 is removed. What is not there counts as removed, but for an
//! instance, which a listing has to confirm: others wait for its end.

use aws_sdk_ec2::Client;
use step::{CallContext as _, StepError};

/// Deletes an EBS snapshot.
pub(crate) async fn delete_snapshot(ec2: &Client, id: &str) -> Result<(), StepError> {
    let deleted = ec2.delete_snapshot().snapshot_id(id).send().await;
    unless_gone(deleted.during("ec2:DeleteSnapshot"), "InvalidSnapshot.NotFound")
}

/// Deletes a volume.
pub(crate) async fn delete_volume(ec2: &Client, id: &str) -> Result<(), StepError> {
    let deleted = ec2.delete_volume().volume_id(id).send().await;
    unless_gone(deleted.during("ec2:DeleteVolume"), "InvalidVolume.NotFound")
}

/// Deletes a security group.
pub(crate) async fn delete_group(ec2: &Client, id: &str) -> Result<(), StepError> {
    let deleted = ec2.delete_security_group().group_id(id).send().await;
    unless_gone(deleted.during("ec2:DeleteSecurityGroup"), "InvalidGroup.NotFound")
}

/// Begins to terminate an instance.
pub(crate) async fn terminate(ec2: &Client, id: &str) -> Result<(), StepError> {
    let ended = ec2.terminate_instances().instance_ids(id).send().await;
    ended.during("ec2:TerminateInstances").map(drop)
}

fn unless_gone<T>(deleted: Result<T, StepError>, gone: &str) -> Result<(), StepError> {
    match deleted {
        Err(error) if error.code() != Some(gone) => Err(error),
        _ => Ok(()),
    }
}
