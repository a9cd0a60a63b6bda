//! The EBS snapshots to restore, and where the instance goes.

pub(crate) mod copies;
mod fit;
mod gone;
mod instance;
pub(crate) mod latest;
mod place;
mod profile;
pub(crate) mod sharing;
mod source_type;
mod source_volume;

use std::collections::BTreeMap;

use aws_sdk_ec2::types::{Filter, Snapshot, StorageTier, Volume};
use jiff::Timestamp;
use restore::RestoreId;
use restore::availability::Availability;
use restore::facts::{Ec2Facts, KeyFacts, Origin, SnapshotFacts};
use restore::plan::{Obstacle, Place};
use restore::record::Ec2Settings;
use restore::record::complete::INSTANCE;
use restore::request::{At, Ec2Source, Ec2Target, Fault, Request, VolumeRequest};
use restore::tag::{self, Made};
use restore::translation;
use step::{CallContext as _, StepError};

use crate::accounts::{Accounts, Clients};
use crate::invalid;
use crate::keys::{self, KeyBook};
use crate::obstacles::Obstacles;

pub(crate) const DESCRIBE_SNAPSHOTS: &str = "ec2:DescribeSnapshots";
const DESCRIBE_VOLUMES: &str = "ec2:DescribeVolumes";

/// The most values that one filter takes (`EC2/Using_Filtering`).
const VALUES_PER_FILTER: usize = 200;

/// What a snapshot tells that is of no volume: "an arbitrary source volume ID" (BC:ec2.CopySnapshot),
/// which has always been this one.
const NO_VOLUME: &str = "vol-ffffffff";

/// What an EC2 restore's plan follows from, as far as it was found out.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) snapshots: Vec<SnapshotFacts>,
    pub(crate) target: Option<Ec2Facts>,
    pub(crate) not_restored: Vec<String>,
}

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) request: &'a Request,
    pub(crate) from: &'a Ec2Source,
    pub(crate) to: &'a Ec2Target,
    /// What was recorded of the instance that the snapshots are of.
    pub(crate) recorded: Option<&'a Origin>,
}

/// What the source holds.
#[derive(Debug)]
struct Source {
    volumes: Vec<VolumeRequest>,
    snapshots: Vec<Snapshot>,
    instance: Option<Ec2Settings>,
    /// What is known of the instance, or was of one that is gone.
    origin: Option<Origin>,
}

/// What the target holds.
#[derive(Debug)]
struct Target {
    facts: Ec2Facts,
    /// What the source instance had by its type, and the restored one has not.
    left_behind: Vec<String>,
}

/// Looks up what the request names, and what it leaves open.
pub(crate) async fn gather(
    accounts: &Accounts,
    book: &KeyBook,
    obstacles: &mut Obstacles,
    Asked { request, from, to, recorded }: Asked<'_>,
    restore_id: &RestoreId,
) -> Result<Found, StepError> {
    let source = match &accounts.source {
        Some(clients) => obstacles.note(source(clients, from).await)?,
        None => None,
    };
    let mut found = Found::default();
    if let (Some(clients), Some(source)) = (&accounts.source, &source) {
        let listed = from.volumes.is_some() && request.source.recorded.is_none();
        found.snapshots = snapshots(clients, book, obstacles, listed, &source.snapshots).await?;
    }
    found.not_restored.extend(source.as_ref().and_then(|it| untranslated(request, from, it)));
    if let Some(clients) = &accounts.target {
        let source = source.as_ref();
        // What an instance that could not be read would have lent is not asked for.
        let complete = source.is_some() || from.volumes.is_some();
        let settings =
            place::Settings::of(request, to, source.and_then(|it| it.instance.as_ref()), complete);
        found.not_restored.extend(settings.network.left_out.iter().cloned());
        let volumes = source.map_or(&[][..], |it| &it.volumes);
        let wanted = Wanted {
            to,
            settings,
            volumes,
            origin: recorded.or_else(|| source.and_then(|it| it.origin.as_ref())),
            restore_id,
            dry_run: request.options.dry_run,
        };
        let target = target(clients, obstacles, wanted);
        if let Some(Target { facts, left_behind }) = Box::pin(target).await? {
            found.target = Some(facts);
            found.not_restored.extend(left_behind);
        }
    }
    let instance = source.and_then(|source| source.instance);
    found.not_restored.extend(instance.into_iter().flat_map(|instance| instance.not_restored));
    Ok(found)
}

/// That the map has nothing to translate, since the instance is not there any more.
fn untranslated(request: &Request, from: &Ec2Source, source: &Source) -> Option<String> {
    let id = from.instance_id.as_ref().filter(|_| source.instance.is_none())?;
    request.needs_map().then(|| translation::gone(&format!("instance {id}")))
}

async fn source(clients: &Clients, from: &Ec2Source) -> Result<Source, StepError> {
    let instance = match &from.instance_id {
        Some(id) => instance::read(clients, id).await?,
        None => None,
    };
    let at = from.at.unwrap_or(At::Latest);
    let origin = instance.as_ref().map(Ec2Settings::origin);
    let (volumes, snapshots, origin) = match (&from.volumes, &instance) {
        (Some(volumes), _) => {
            let snapshots = listed(clients, volumes).await?;
            (source_volume::fill(clients, volumes, &snapshots).await?, snapshots, origin)
        }
        (None, Some(instance)) => {
            let (volumes, snapshots) = latest::newest_set(clients, instance, at).await?;
            (volumes, snapshots, origin)
        }
        (None, None) => match &from.instance_id {
            Some(id) => {
                let gone::Set { volumes, snapshots, boot } =
                    gone::newest_set(clients, id, at).await?;
                (volumes, snapshots, Some(Origin { boot: Some(boot), ..Origin::default() }))
            }
            None => return Err(invalid(vec![Fault::new("source.ec2", "names no snapshot")])),
        },
    };
    Ok(Source { volumes, snapshots, instance, origin })
}

/// What is to be known of the snapshots, which the request has `listed` or names by their instance.
async fn snapshots(
    clients: &Clients,
    book: &KeyBook,
    obstacles: &mut Obstacles,
    listed: bool,
    snapshots: &[Snapshot],
) -> Result<Vec<SnapshotFacts>, StepError> {
    let paths = (0..snapshots.len()).map(|index| {
        if listed { format!("source.ec2.volumes[{index}].snapshotId") } else { INSTANCE.to_owned() }
    });
    let named: Vec<(String, &Snapshot)> = paths.zip(snapshots).collect();
    let keys: Vec<(String, String)> = named
        .iter()
        .filter_map(|(path, snapshot)| Some((path.clone(), snapshot.kms_key_id()?.to_owned())))
        .collect();
    let keys = keys::of_snapshots(clients, book, obstacles, &keys).await?;
    named
        .into_iter()
        .map(|(path, snapshot)| {
            let key = snapshot.kms_key_id().and_then(|arn| keys.get(arn)).cloned();
            snapshot_facts(path, snapshot, key)
        })
        .collect()
}

/// What is wanted of the target.
struct Wanted<'a> {
    to: &'a Ec2Target,
    settings: place::Settings,
    volumes: &'a [VolumeRequest],
    /// What is known of the instance that the root volume is of.
    origin: Option<&'a Origin>,
    restore_id: &'a RestoreId,
    dry_run: bool,
}

/// What the instance is made of, as the target sees it: everything that is missing is noted. For a
/// dry run also the address that it takes.
async fn target(
    clients: &Clients,
    obstacles: &mut Obstacles,
    Wanted { to, settings, volumes, origin, restore_id, dry_run }: Wanted<'_>,
) -> Result<Option<Target>, StepError> {
    let (image, subnet, groups, made, finished) = tokio::join!(
        place::image(clients, &settings),
        place::subnet(clients, &settings),
        place::groups(clients, &settings.network.security_group_ids),
        made_volumes(clients, restore_id),
        is_finished(clients, restore_id),
    );
    obstacles.extend(settings.network.faults.iter().cloned().map(Obstacle::from));
    let image = obstacles.note(image)?.flatten();
    let subnet = obstacles.note(subnet)?.flatten();
    let groups = obstacles.note(groups)?;
    let made = obstacles.note(made)?;
    let finished = obstacles.note(finished)?;
    let instance_type = obstacles.note(settings.instance_type())?.flatten();
    if let (Some(groups), Some(subnet)) = (groups, &subnet) {
        let wanted = &settings.network.security_group_ids;
        let foreign = place::foreign_groups(wanted, &groups, &subnet.facts);
        obstacles.extend(foreign.into_iter().map(Obstacle::from));
    }
    let (Some(image), Some(subnet), Some(instance_type), Some(made), Some(finished)) =
        (image, subnet, instance_type, made, finished)
    else {
        return Ok(None);
    };
    let elsewhere = place::alternatives(clients, obstacles, to, &instance_type, &subnet).await?;
    let alternatives: Vec<Place> = elsewhere.iter().map(|other| other.place.clone()).collect();
    let is_made = |volume: &VolumeRequest| {
        let device =
            if volume.root { &image.root_device_name } else { volume.device_name.as_str() };
        made.contains(&tag::volume_source(volume.snapshot_id.as_str(), device))
    };
    let volumes_made = finished || (!volumes.is_empty() && volumes.iter().all(is_made));
    let mut room = None;
    // What an earlier run has begun to make has its place already.
    let types = if made.is_empty() && !finished {
        let first = Place {
            instance_type: instance_type.clone(),
            subnet_id: subnet.facts.id.clone(),
            availability_zone: subnet.facts.availability_zone.clone(),
        };
        let places: Vec<Place> = std::iter::once(first).chain(alternatives.clone()).collect();
        let key_name = settings.network.key_name.as_deref();
        let launch = fit::Launch { image: &image, places: &places, key_name, origin };
        let types = Box::pin(fit::check(clients, obstacles, launch)).await?;
        // Where it decides nothing, it is not asked whether the address is taken already.
        let decides = subnet.free_addresses.is_some_and(|free| free < 1 || dry_run);
        if decides && !has_begun(clients, obstacles, restore_id).await? {
            obstacles.extend(fit::full(&subnet, &elsewhere));
            room = fit::room(clients, &subnet, &alternatives);
        }
        types
    } else {
        Box::pin(fit::of_source(clients, obstacles, origin)).await?
    };
    let profile = settings.iam_instance_profile.as_deref();
    let profile_role = Box::pin(profile::role(clients, obstacles, profile)).await?;
    let left_behind = origin.map_or_else(Vec::new, |it| source_type::left_behind(it, &types));
    let facts = Ec2Facts {
        volumes_made,
        room,
        volumes: volumes.to_vec(),
        image,
        source_boot: origin.and_then(|origin| origin.boot.clone()),
        subnet: subnet.facts,
        instance_type,
        alternatives,
        security_group_ids: settings.network.security_group_ids,
        key_name: settings.network.key_name,
        iam_instance_profile: settings.iam_instance_profile,
        profile_role,
        user_data: settings.user_data,
        tags: settings.tags,
    };
    Ok(Some(Target { facts, left_behind }))
}

/// Whether an earlier run of this restore has finished the instance: then it needs no snapshot, and
/// those that are asked for, or are the newest, may not be those that it was made of. Its volumes are
/// finished, too, and none of those that an earlier run has yet to use.
async fn is_finished(clients: &Clients, restore_id: &RestoreId) -> Result<bool, StepError> {
    let states = ["pending", "running", "stopping", "stopped"].map(str::to_owned);
    let by = |name: String, values: Vec<String>| {
        Filter::builder().name(name).set_values(Some(values)).build()
    };
    let finished = Made::Finished.name().to_owned();
    let found = clients
        .ec2
        .describe_instances()
        .filters(by(format!("tag:{}", tag::ID), vec![restore_id.to_string()]))
        .filters(by(format!("tag:{}", tag::STEP), vec![finished]))
        .filters(by("instance-state-name".to_owned(), states.into()))
        .send()
        .await
        .during(instance::DESCRIBE_INSTANCES)
        .map_err(|error| error.by(&clients.session, "the instance of an earlier run"))?;
    Ok(found.reservations().iter().any(|reservation| !reservation.instances().is_empty()))
}

/// Whether an earlier run of this restore has launched the instance, which has its address then.
async fn has_begun(
    clients: &Clients,
    obstacles: &mut Obstacles,
    restore_id: &RestoreId,
) -> Result<bool, StepError> {
    let states = ["pending", "running", "stopping", "stopped"].map(str::to_owned);
    let id = format!("tag:{}", tag::ID);
    let found = clients
        .ec2
        .describe_instances()
        .filters(Filter::builder().name(id).values(restore_id.as_str()).build())
        .filters(
            Filter::builder().name("instance-state-name").set_values(Some(states.into())).build(),
        )
        .send()
        .await
        .during(instance::DESCRIBE_INSTANCES)
        .map_err(|error| error.by(&clients.session, "the instance of an earlier run"));
    let found = obstacles.note(found)?;
    Ok(found.is_some_and(|found| !found.reservations().is_empty()))
}

/// The snapshots of `volumes`, in their order.
///
/// They are looked for by filter rather than by id: an id that does not exist fails the whole
/// call, one that is not visible is silently left out (BC:ec2.DescribeSnapshots); so every missing
/// one can be named.
async fn listed(source: &Clients, volumes: &[VolumeRequest]) -> Result<Vec<Snapshot>, StepError> {
    let ids: Vec<String> = volumes.iter().map(|volume| volume.snapshot_id.to_string()).collect();
    let found: BTreeMap<String, Snapshot> = owned_snapshots(source, "snapshot-id", &ids)
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
    values: &[String],
) -> Result<Vec<Snapshot>, StepError> {
    let mut found = Vec::new();
    for some in values.chunks(VALUES_PER_FILTER) {
        let listed = source
            .ec2
            .describe_snapshots()
            .owner_ids(source.session.account_id.as_str())
            .filters(Filter::builder().name(filter).set_values(Some(some.to_vec())).build())
            .into_paginator()
            .items()
            .send()
            .collect::<Result<Vec<_>, _>>()
            .await
            .during(DESCRIBE_SNAPSHOTS)
            .map_err(|error| error.by(&source.session, "the source snapshots"))?;
        found.extend(listed);
    }
    Ok(found)
}

fn snapshot_facts(
    path: String,
    snapshot: &Snapshot,
    key: Option<KeyFacts>,
) -> Result<SnapshotFacts, StepError> {
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
        shared_with: None,
        size_gib: snapshot.volume_size().unwrap_or_default(),
        taken_at: data_of(snapshot),
        archived_again: snapshot.restore_expiry_time().and_then(latest::instant),
        option_group: None,
        lasting_options: Vec::new(),
    })
}

/// The instant of a snapshot's data, which is when it was started ("the point-in-time snapshot is
/// created immediately", EBS/ebs-creating-snapshot). Of a copy AWS tells its own start, and nothing of
/// its original. It is known by what is told of copies alone (BC:ec2.Snapshot.TransferType), and by its
/// volume, which is that of whatever was not taken of one.
fn data_of(snapshot: &Snapshot) -> Option<Timestamp> {
    let is_copy = snapshot.transfer_type().is_some() || snapshot.volume_id() == Some(NO_VOLUME);
    if is_copy { None } else { latest::started(snapshot) }
}

/// What the volumes that an earlier run of this restore made were made from.
async fn made_volumes(clients: &Clients, restore_id: &RestoreId) -> Result<Vec<String>, StepError> {
    let tagged =
        |key: &str, value: &str| Filter::builder().name(format!("tag:{key}")).values(value).build();
    let volumes = clients
        .ec2
        .describe_volumes()
        .filters(tagged(tag::ID, restore_id.as_str()))
        .filters(tagged(tag::STEP, Made::Volume.name()))
        .into_paginator()
        .items()
        .send()
        .collect::<Result<Vec<_>, _>>()
        .await
        .during(DESCRIBE_VOLUMES)
        .map_err(|error| error.by(&clients.session, "the volumes of an earlier run"))?;
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
