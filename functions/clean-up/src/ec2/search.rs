//! What a restore made in EC2.
//!
//! Found by a filter on its tag, and then held against the tag once more: what is found here is
//! removed, and nobody is to trust an endpoint's filters with that.

use aws_sdk_ec2::primitives::DateTime;
use aws_sdk_ec2::types::{
    Filter, Instance, InstanceStateName, Snapshot, SnapshotState, Tag, Volume,
    VolumeAttachmentState, VolumeState,
};
use restore::tag::{self, Made, SHARE_PREFIX};
use restore::{RestoreId, Service};
use step::{CallContext as _, StepError};

use crate::found::{Attachment, Copied, Found, Kind, Life};
use crate::place::Search;
use crate::share;

/// Copies of snapshots.
pub(crate) async fn snapshots(search: Search<'_>) -> Result<Vec<Found>, StepError> {
    let found = describe_snapshots(search, of_restore(search.restore_id)).await?;
    let ours = found.iter().filter(|one| is_ours(one.tags(), search.restore_id));
    Ok(ours
        .filter_map(|snapshot| {
            let life = match snapshot.state() {
                Some(SnapshotState::Pending) => Life::Coming,
                Some(SnapshotState::Error) => Life::Failed,
                _ => Life::There,
            };
            let copy = Copied {
                source: value(snapshot.tags(), tag::SOURCE).map(str::to_owned),
                began: snapshot.start_time().map(DateTime::as_nanos),
                is_double: false,
            };
            let kept = value(snapshot.tags(), tag::KEPT).is_some();
            let kind = Kind::Snapshot { made: made(snapshot.tags()), life, copy, kept };
            Some(search.found_ec2("snapshot", snapshot.snapshot_id()?, kind))
        })
        .collect())
}

/// Snapshots that are shared, whoever made them.
pub(crate) async fn shares(search: Search<'_>) -> Result<Vec<Found>, StepError> {
    // With whatever account (EC2/Using_Filtering: `*` matches any characters).
    let own = format!("{SHARE_PREFIX}*:{}", search.restore_id);
    let snapshots = describe_snapshots(search, filter("tag-key", &own)).await?;
    let mut found = Vec::new();
    for snapshot in &snapshots {
        let Some(id) = snapshot.snapshot_id() else { continue };
        let tags = snapshot.tags().iter().filter_map(|tag| Some((tag.key()?, tag.value()?)));
        let shares = share::of_tags(Service::Ec2, search.restore_id, &tags.collect::<Vec<_>>());
        found.extend(shares.into_iter().map(|kind| search.found_ec2("snapshot", id, kind)));
    }
    Ok(found)
}

/// Volumes, the placeholder among them.
pub(crate) async fn volumes(search: Search<'_>) -> Result<Vec<Found>, StepError> {
    let pages =
        search.place.ec2.describe_volumes().filters(of_restore(search.restore_id)).into_paginator();
    let found = pages.items().send().try_collect().await.during("ec2:DescribeVolumes")?;
    let ours = found.iter().filter(|one| is_ours(one.tags(), search.restore_id));
    Ok(ours
        .filter_map(|volume| {
            let life = match volume.state() {
                Some(VolumeState::Creating) => Life::Coming,
                Some(VolumeState::Error) => Life::Failed,
                Some(VolumeState::Deleting) => Life::Going,
                Some(VolumeState::Deleted) => return None,
                _ => Life::There,
            };
            let (made, attachment) = (made(volume.tags()), attachment(volume));
            let from = volume.snapshot_id().map(str::to_owned);
            let kind = Kind::Volume { made, life, attachment, from };
            Some(search.found_ec2("volume", volume.volume_id()?, kind))
        })
        .collect())
}

/// Instances; and `known`, which a look-up by tag may not know of yet.
pub(crate) async fn instances(
    search: Search<'_>,
    known: Option<&str>,
) -> Result<Vec<Found>, StepError> {
    let describe = || search.place.ec2.describe_instances();
    let pages = describe().filters(of_restore(search.restore_id)).into_paginator();
    let reservations = pages.items().send().try_collect().await.during("ec2:DescribeInstances")?;
    let instances = reservations.into_iter().filter_map(|one| one.instances).flatten();
    let mut instances: Vec<Instance> = instances.collect();
    if let Some(known) = known
        && instances.iter().all(|instance| instance.instance_id() != Some(known))
    {
        match describe().instance_ids(known).send().await.during("ec2:DescribeInstances") {
            Ok(answer) => instances.extend(
                answer.reservations.into_iter().flatten().filter_map(|one| one.instances).flatten(),
            ),
            Err(error) if error.code() == Some("InvalidInstanceID.NotFound") => {}
            Err(error) => return Err(error),
        }
    }
    let ours = instances.iter().filter(|one| is_ours(one.tags(), search.restore_id));
    Ok(ours
        .filter_map(|instance| {
            let life = match instance.state().and_then(|state| state.name()) {
                Some(InstanceStateName::Pending) => Life::Coming,
                Some(InstanceStateName::ShuttingDown) => Life::Going,
                Some(InstanceStateName::Terminated) => Life::Gone,
                _ => Life::There,
            };
            let kind = Kind::Instance { made: made(instance.tags()), life };
            Some(search.found_ec2("instance", instance.instance_id()?, kind))
        })
        .collect())
}

/// The security group that the instance was launched into.
pub(crate) async fn groups(search: Search<'_>) -> Result<Vec<Found>, StepError> {
    let describe = search.place.ec2.describe_security_groups();
    let pages = describe.filters(of_restore(search.restore_id)).into_paginator();
    let found = pages.items().send().try_collect().await.during("ec2:DescribeSecurityGroups")?;
    let ours = found.iter().filter(|one| is_ours(one.tags(), search.restore_id));
    Ok(ours
        .filter_map(|group| {
            let kind = Kind::SecurityGroup { made: made(group.tags()) };
            Some(search.found_ec2("security-group", group.group_id()?, kind))
        })
        .collect())
}

async fn describe_snapshots(
    search: Search<'_>,
    filter: Filter,
) -> Result<Vec<Snapshot>, StepError> {
    let describe = search.place.ec2.describe_snapshots().owner_ids("self");
    let pages = describe.filters(filter).into_paginator();
    pages.items().send().try_collect().await.during("ec2:DescribeSnapshots")
}

fn attachment(volume: &Volume) -> Option<Attachment> {
    let attached = |state: &VolumeAttachmentState| *state != VolumeAttachmentState::Detached;
    let attachment = volume.attachments().iter().find(|one| one.state().is_none_or(attached))?;
    Some(Attachment {
        instance_id: attachment.instance_id()?.to_owned(),
        delete_on_termination: attachment.delete_on_termination() == Some(true),
    })
}

fn of_restore(restore_id: &RestoreId) -> Filter {
    filter(&format!("tag:{}", tag::ID), restore_id.as_str())
}

fn filter(name: &str, value: &str) -> Filter {
    Filter::builder().name(name).values(value).build()
}

fn is_ours(tags: &[Tag], restore_id: &RestoreId) -> bool {
    value(tags, tag::ID) == Some(restore_id.as_str())
}

fn made(tags: &[Tag]) -> Option<Made> {
    Made::of(value(tags, tag::STEP)?)
}

fn value<'a>(tags: &'a [Tag], key: &str) -> Option<&'a str> {
    tags.iter().find(|tag| tag.key() == Some(key))?.value()
}
