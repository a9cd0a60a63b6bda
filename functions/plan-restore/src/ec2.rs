//! The EBS snapshots to restore, and where the instance goes.

mod instance;
mod latest;
mod place;
mod source_volume;

use std::collections::BTreeMap;

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{Filter, Snapshot, StorageTier, Volume};
use restore::RestoreId;
use restore::availability::Availability;
use restore::facts::{Ec2Facts, SnapshotFacts};
use restore::request::{At, Ec2Source, Ec2Target, Fault, Request, VolumeRequest};
use restore::tag::{self, Made};
use step::{CallContext as _, StepError};

use self::instance::SourceInstance;
use crate::facts::Clients;
use crate::invalid;
use crate::keys::KeyRing;

const DESCRIBE_SNAPSHOTS: &str = "ec2:DescribeSnapshots";
const DESCRIBE_VOLUMES: &str = "ec2:DescribeVolumes";

/// What an EC2 restore's plan follows from.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) snapshots: Vec<SnapshotFacts>,
    pub(crate) target: Ec2Facts,
    pub(crate) not_restored: Vec<String>,
}

/// Looks up what the request names, and what it leaves open.
pub(crate) async fn gather(
    source: &Clients,
    target: &Clients,
    ring: &mut KeyRing<'_>,
    request: &Request,
    from: &Ec2Source,
    to: &Ec2Target,
    restore_id: &RestoreId,
) -> Result<Found, StepError> {
    let instance = match &from.instance_id {
        Some(id) => Some(instance::read(source, id).await?),
        None => None,
    };
    let (volumes, snapshots) = match (&from.volumes, &instance) {
        (Some(volumes), _) => {
            let snapshots = listed(source, volumes).await?;
            (source_volume::fill(source, volumes, &snapshots).await?, snapshots)
        }
        (None, Some(instance)) => {
            latest::newest_set(source, instance, from.at.unwrap_or(At::Latest)).await?
        }
        (None, None) => return Err(invalid(vec![Fault::new("source.ec2", "names no snapshot")])),
    };

    let mut facts = Vec::with_capacity(snapshots.len());
    for (index, snapshot) in snapshots.iter().enumerate() {
        let path = match from.volumes {
            Some(_) => format!("source.ec2.volumes[{index}].snapshotId"),
            None => "source.ec2.instanceId".to_owned(),
        };
        facts.push(snapshot_facts(ring, path, snapshot).await?);
    }

    let settings = place::Settings::of(request, to, instance.as_ref());
    let image = place::image(target, settings.image_id).await?;
    let subnet = place::subnet(target, settings.subnet_id).await?;
    place::refuse_foreign_groups(target, &settings.security_group_ids, &subnet).await?;
    let made = made_volumes(&target.ec2, restore_id).await?;
    let volumes_made = volumes.iter().all(|volume| {
        let device =
            if volume.root { &image.root_device_name } else { volume.device_name.as_str() };
        made.contains(&tag::volume_source(volume.snapshot_id.as_str(), device))
    });
    Ok(Found {
        snapshots: facts,
        target: Ec2Facts {
            volumes,
            image,
            subnet,
            instance_type: settings.instance_type.ok_or_else(|| {
                let why = "required, since there is no source instance to take it from";
                invalid(vec![Fault::new("target.ec2.instanceType", why)])
            })?,
            security_group_ids: settings.security_group_ids,
            key_name: settings.key_name,
            iam_instance_profile: settings.iam_instance_profile,
            user_data: settings.user_data,
            tags: settings.tags,
            volumes_made,
        },
        not_restored: instance.map_or_else(Vec::new, SourceInstance::into_not_restored),
    })
}

/// The snapshots of `volumes`, in their order.
///
/// They are looked for by filter rather than by id: an id that does not exist fails the whole
/// call, one that is not visible is silently left out (BC:ec2.DescribeSnapshots); so every missing
/// one can be named.
async fn listed(source: &Clients, volumes: &[VolumeRequest]) -> Result<Vec<Snapshot>, StepError> {
    let ids = volumes.iter().map(|volume| volume.snapshot_id.to_string()).collect();
    let found: BTreeMap<String, Snapshot> = owned_snapshots(source, "snapshot-id", ids)
        .await?
        .into_iter()
        .filter_map(|snapshot| Some((snapshot.snapshot_id()?.to_owned(), snapshot)))
        .collect();
    let mut faults = Vec::new();
    let mut snapshots = Vec::with_capacity(volumes.len());
    for (index, volume) in volumes.iter().enumerate() {
        let id = volume.snapshot_id.as_str();
        // One snapshot can become several volumes.
        match found.get(id) {
            Some(snapshot) => snapshots.push(snapshot.clone()),
            None => faults.push(Fault::new(
                format!("source.ec2.volumes[{index}].snapshotId"),
                format!(
                    "{id} is not a snapshot of account {} in Region {}",
                    source.session.account_id, source.session.region
                ),
            )),
        }
    }
    if faults.is_empty() { Ok(snapshots) } else { Err(invalid(faults)) }
}

/// The source account's own snapshots whose `filter` is one of `values`.
async fn owned_snapshots(
    source: &Clients,
    filter: &str,
    values: Vec<String>,
) -> Result<Vec<Snapshot>, StepError> {
    source
        .ec2
        .describe_snapshots()
        .owner_ids(source.session.account_id.as_str())
        .filters(Filter::builder().name(filter).set_values(Some(values)).build())
        .into_paginator()
        .items()
        .send()
        .collect::<Result<Vec<_>, _>>()
        .await
        .during(DESCRIBE_SNAPSHOTS)
        .map_err(|error| error.by(&source.session, "the source snapshots"))
}

async fn snapshot_facts(
    ring: &mut KeyRing<'_>,
    path: String,
    snapshot: &Snapshot,
) -> Result<SnapshotFacts, StepError> {
    let key = match snapshot.kms_key_id() {
        Some(key) => Some(ring.key(&path, key).await?),
        None => None,
    };
    let id = snapshot
        .snapshot_id()
        .ok_or_else(|| StepError::missing(DESCRIBE_SNAPSHOTS, "snapshotId"))?;
    let state = snapshot.state().map_or("", |state| state.as_str());
    // EBS/snapshot-archive-considerations: an archived snapshot serves for nothing until restored.
    let archived = snapshot.storage_tier() == Some(&StorageTier::Archive);
    Ok(SnapshotFacts {
        path,
        id: id.to_owned(),
        availability: Availability::of_snapshot(
            state,
            snapshot.progress(),
            snapshot.state_message(),
        ),
        key,
        unusable: archived.then(|| {
            "is in the archive tier: bring it back with ec2:RestoreSnapshotTier first".to_owned()
        }),
        unshareable: None,
        size_gib: snapshot.volume_size().unwrap_or_default(),
        option_group: None,
    })
}

/// What the volumes that an earlier run of this restore made were made from.
async fn made_volumes(ec2: &Client, restore_id: &RestoreId) -> Result<Vec<String>, StepError> {
    let tagged =
        |key: &str, value: &str| Filter::builder().name(format!("tag:{key}")).values(value).build();
    let volumes = ec2
        .describe_volumes()
        .filters(tagged(tag::ID, restore_id.as_str()))
        .filters(tagged(tag::STEP, Made::Volume.name()))
        .into_paginator()
        .items()
        .send()
        .collect::<Result<Vec<_>, _>>()
        .await
        .during(DESCRIBE_VOLUMES)?;
    Ok(volumes
        .iter()
        .filter(|volume| {
            let state = volume.state().map_or("", |state| state.as_str());
            matches!(state, "creating" | "available" | "in-use")
        })
        .flat_map(Volume::tags)
        .filter(|tag| tag.key() == Some(tag::SOURCE))
        .filter_map(|tag| tag.value().map(str::to_owned))
        .collect())
}

#[cfg(test)]
mod tests;
