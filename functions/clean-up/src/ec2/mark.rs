//! The marks of a finished restore in EC2.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::Tag;
use restore::tag::{self, Made};
use step::{CallContext as _, StepError};

/// Marks an instance and its volumes, by their ids, as those of a restore that has succeeded.
///
/// In one call, which marks all or none: a volume without the mark would be taken for one that this
/// restore has yet to use, once its instance is gone.
pub(crate) async fn mark_finished(ec2: &Client, ids: Vec<String>) -> Result<(), StepError> {
    let finished = Tag::builder().key(tag::STEP).value(Made::Finished.name()).build();
    let marking = ec2.create_tags().set_resources(Some(ids)).tags(finished);
    marking.send().await.during("ec2:CreateTags").map(drop)
}

/// Marks a copy, by its id, as one that no later run takes away.
pub(crate) async fn mark_kept(ec2: &Client, id: &str) -> Result<(), StepError> {
    let kept = Tag::builder().key(tag::KEPT).value("true").build();
    let marking = ec2.create_tags().resources(id).tags(kept);
    marking.send().await.during("ec2:CreateTags").map(drop)
}
