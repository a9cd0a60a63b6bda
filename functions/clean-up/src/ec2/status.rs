//! How far volumes have loaded their data.

use aws_sdk_ec2::Client;
use step::{CallContext as _, StepError};

use crate::decide::Initialisation;

/// How long into the clean-up AWS may take to tell of a volume that was there before it.
const TOLD_SECONDS: u32 = 300;

/// How far the volumes `ids` are initialised.
///
/// A volume can be used while its data is still being fetched from its snapshot. AWS tells how
/// far it is for volumes that are made from snapshots, and "it can take up to 5 minutes for the
/// volume initialization information to be updated"
/// (BC:ec2.VolumeStatusItem.InitializationStatusDetails). Of one that it does not tell of after
/// that, nothing can be waited for.
pub(crate) async fn initialisation(
    ec2: &Client,
    ids: &[String],
    elapsed_seconds: u32,
) -> Result<Initialisation, StepError> {
    if ids.is_empty() {
        // An empty list asks for every volume of the account.
        return Ok(Initialisation::Done);
    }
    let describe = ec2.describe_volume_status().set_volume_ids(Some(ids.to_vec()));
    let pages = describe.into_paginator().items().send();
    let statuses = pages.try_collect().await.during("ec2:DescribeVolumeStatus")?;
    let progress = ids.iter().map(|id| {
        let status = statuses.iter().find(|status| status.volume_id() == Some(id))?;
        u8::try_from(status.initialization_status_details()?.progress()?).ok()
    });
    let untold = if elapsed_seconds < TOLD_SECONDS { 0 } else { 100 };
    Ok(match progress.map(|progress| progress.unwrap_or(untold)).min() {
        Some(percent) if percent < 100 => Initialisation::Underway { percent },
        _ => Initialisation::Done,
    })
}
