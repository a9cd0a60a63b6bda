//! The marks of a finished restore in RDS.

use aws_sdk_rds::Client;
use aws_sdk_rds::types::Tag;
use restore::RestoreId;
use restore::tag::{self, Made};
use step::{CallContext as _, StepError};

/// Marks a DB instance as that of a restore that has succeeded.
pub(crate) async fn mark_finished(
    rds: &Client,
    arn: &str,
    restore_id: &RestoreId,
) -> Result<(), StepError> {
    mark(rds, arn, restore_id, (tag::STEP, Made::Finished.name())).await
}

/// Marks a copy as one that no later run takes away.
pub(crate) async fn mark_kept(
    rds: &Client,
    arn: &str,
    restore_id: &RestoreId,
) -> Result<(), StepError> {
    mark(rds, arn, restore_id, (tag::KEPT, "true")).await
}

/// The restore's id goes along: the restore role may write no tags without it.
async fn mark(
    rds: &Client,
    arn: &str,
    restore_id: &RestoreId,
    (key, value): (&str, &str),
) -> Result<(), StepError> {
    let tag = |key: &str, value: &str| Tag::builder().key(key).value(value).build();
    rds.add_tags_to_resource()
        .resource_name(arn)
        .tags(tag(tag::ID, restore_id.as_str()))
        .tags(tag(key, value))
        .send()
        .await
        .during("rds:AddTagsToResource")
        .map(drop)
}
