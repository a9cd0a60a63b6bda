//! The volumes that the snapshots were taken of, where they are still there: their settings are the
//! defaults of the restored ones.

use std::collections::BTreeMap;

use aws_sdk_ec2::types::{Snapshot, Volume};
use restore::request::VolumeRequest;
use settings::ec2::volume_settings;
use step::StepError;

use crate::accounts::Clients;

/// The volumes asked for, with what the request leaves open filled in from the source volumes.
///
/// A source volume that is gone, as that of a copied snapshot always is, leaves it open.
pub(super) async fn fill(
    source: &Clients,
    volumes: &[VolumeRequest],
    snapshots: &[Snapshot],
) -> Result<Vec<VolumeRequest>, StepError> {
    let ids = snapshots.iter().filter_map(Snapshot::volume_id).map(str::to_owned).collect();
    let there = matching(source, "volume-id", ids).await?;
    let of_source = |snapshot: &Snapshot| there.get(snapshot.volume_id()?);
    Ok(volumes
        .iter()
        .zip(snapshots)
        .map(|(volume, snapshot)| volume_settings(of_source(snapshot)).fill(volume.clone()))
        .collect())
}

/// The source's volumes whose `filter` is one of `values`, by their ids.
pub(super) async fn matching(
    source: &Clients,
    filter: &str,
    values: Vec<String>,
) -> Result<BTreeMap<String, Volume>, StepError> {
    settings::ec2::volumes(&source.ec2, filter, values)
        .await
        .map_err(|error| error.by(&source.session, "the source volumes"))
}
