//! How far volumes have loaded their data.

use aws_sdk_ec2::Client;
use step::{CallContext as _, StepError};

use crate::decide::Initialisation;

/// How far the volumes `ids` are initialised.
///
/// A volume can be used while its data is still being fetched from its snapshot. AWS tells how
/// far it is for volumes that are made from snapshots
/// (BC:ec2.VolumeStatusItem.InitializationStatusDetails); of one that it does not tell of, nothing
/// can be waited for.
pub(crate) async fn initialisation(
    ec2: &Client,
    ids: &[String],
) -> Result<Initialisation, StepError> {
    if ids.is_empty() {
        // An empty list asks for every volume of the account.
        return Ok(Initialisation::Done);
    }
    let describe = ec2.describe_volume_status().set_volume_ids(Some(ids.to_vec()));
    let pages = describe.into_paginator().items().send();
    let statuses = pages.try_collect().await.during("ec2:DescribeVolumeStatus")?;
    let progress = statuses.iter().filter_map(|status| {
        let progress = status.initialization_status_details()?.progress()?;
        u8::try_from(progress).ok().filter(|progress| *progress < 100)
    });
    Ok(match progress.min() {
        Some(percent) => Initialisation::Underway { percent },
        None => Initialisation::Done,
    })
}
