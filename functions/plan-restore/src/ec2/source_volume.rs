//! The volumes that the snapshots were taken of, where they are still there: their settings are the
//! defaults of the restored ones.

use std::collections::BTreeMap;

use aws_sdk_ec2::types::{Filter, Snapshot, Volume};
use restore::facts::VolumeSettings;
use restore::request::{VolumeRequest, VolumeType};
use step::{CallContext as _, StepError};

use super::DESCRIBE_VOLUMES;
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
        .map(|(volume, snapshot)| settings(of_source(snapshot)).fill(volume.clone()))
        .collect())
}

/// The source's volumes whose `filter` is one of `values`, by their ids.
pub(super) async fn matching(
    source: &Clients,
    filter: &str,
    values: Vec<String>,
) -> Result<BTreeMap<String, Volume>, StepError> {
    let volumes = source
        .ec2
        .describe_volumes()
        .filters(Filter::builder().name(filter).set_values(Some(values)).build())
        .into_paginator()
        .items()
        .send()
        .collect::<Result<Vec<_>, _>>()
        .await
        .during(DESCRIBE_VOLUMES)
        .map_err(|error| error.by(&source.session, "the source volumes"))?;
    Ok(volumes
        .into_iter()
        .filter_map(|volume| Some((volume.volume_id()?.to_owned(), volume)))
        .collect())
}

/// How a volume is set up, as far as `CreateVolume` takes it back: IOPS only for the types that
/// have them provisioned, throughput only for gp3 (BC:ec2.CreateVolumeRequest).
pub(super) fn settings(volume: Option<&Volume>) -> VolumeSettings {
    let volume_type =
        volume.and_then(Volume::volume_type).and_then(|kind| VolumeType::of(kind.as_str()));
    let (iops, throughput) = (volume.and_then(Volume::iops), volume.and_then(Volume::throughput));
    VolumeSettings {
        size: volume.and_then(Volume::size),
        ..provisioned(volume_type, iops, throughput)
    }
}

/// The settings of a volume of the type, with what of its figures is provisioned.
pub(super) fn provisioned(
    volume_type: Option<VolumeType>,
    iops: Option<i32>,
    throughput: Option<i32>,
) -> VolumeSettings {
    let provisioned =
        matches!(volume_type, Some(VolumeType::Gp3 | VolumeType::Io1 | VolumeType::Io2));
    VolumeSettings {
        volume_type,
        iops: iops.filter(|_| provisioned),
        throughput: throughput.filter(|_| volume_type == Some(VolumeType::Gp3)),
        size: None,
    }
}
