//! The mark of a finished restore in EC2.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::Tag;
use restore::tag::{self, Made};
use step::{CallContext as _, StepError};

/// Marks an instance as that of a restore that has succeeded.
pub(crate) async fn mark_finished(ec2: &Client, id: &str) -> Result<(), StepError> {
    let finished = Tag::builder().key(tag::STEP).value(Made::FinishedInstance.name()).build();
    ec2.create_tags().resources(id).tags(finished).send().await.during("ec2:CreateTags").map(drop)
}
