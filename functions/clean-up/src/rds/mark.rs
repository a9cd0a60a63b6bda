//! The mark of a finished restore in RDS.

use aws_sdk_rds::Client;
use aws_sdk_rds::types::Tag;
use restore::RestoreId;
use restore::tag::{self, Made};
use step::{CallContext as _, StepError};

/// Marks a DB instance as that of a restore that has succeeded.
///
/// The restore's id goes along: the restore role may write no tags without it.
pub(crate) async fn mark_finished(
    rds: &Client,
    arn: &str,
    restore_id: &RestoreId,
) -> Result<(), StepError> {
    let tag = |key: &str, value: &str| Tag::builder().key(key).value(value).build();
    rds.add_tags_to_resource()
        .resource_name(arn)
        .tags(tag(tag::ID, restore_id.as_str()))
        .tags(tag(tag::STEP, Made::Finished.name()))
        .send()
        .await
        .during("rds:AddTagsToResource")
        .map(drop)
}
