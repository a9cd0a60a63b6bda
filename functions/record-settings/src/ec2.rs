//! The settings of the tagged EC2 instances of a place.

use std::collections::BTreeMap;
use std::str::FromStr as _;

use aws_sdk_ec2::types::{Filter, Instance, Reservation, Snapshot, Volume};
use futures_util::future::join_all;
use jiff::Timestamp;
use restore::InstanceId;
use restore::record::{Ec2Settings, Settings, TakenSnapshot};
use step::{CallContext as _, ErrorName, StepError};

use crate::clients::Clients;
use crate::deployment::Tag;
use crate::report::Report;
use crate::{AT_A_TIME, Read};

const DESCRIBE_INSTANCES: &str = "ec2:DescribeInstances";
const DESCRIBE_SNAPSHOTS: &str = "ec2:DescribeSnapshots";

/// The settings of every instance that has the tag and is not about to end.
pub(crate) async fn read(clients: &Clients, tag: &Tag) -> Read {
    let instances = match tagged(clients, tag).await {
        Ok(instances) => instances,
        Err(error) => {
            let report = Report::unread(&clients.session, "the EC2 instances", &error);
            return Read { report, ..Read::default() };
        }
    };
    let mut read = Read::default();
    for some in instances.chunks(AT_A_TIME) {
        read = some_of(clients, some, read).await;
    }
    read
}

async fn tagged(clients: &Clients, tag: &Tag) -> Result<Vec<Instance>, StepError> {
    let states = ["pending", "running", "stopping", "stopped"].map(str::to_owned);
    let with_tag = match &tag.value {
        Some(value) => Filter::builder().name(format!("tag:{}", tag.key)).values(value),
        None => Filter::builder().name("tag-key").values(&tag.key),
    };
    let reservations = clients
        .ec2
        .describe_instances()
        .filters(with_tag.build())
        .filters(
            Filter::builder().name("instance-state-name").set_values(Some(states.into())).build(),
        )
        .into_paginator()
        .items()
        .send()
        .collect::<Result<Vec<_>, _>>()
        .await
        .during(DESCRIBE_INSTANCES)?;
    Ok(reservations.iter().flat_map(Reservation::instances).cloned().collect())
}

/// Adds to what was `read` so many instances, whose volumes and snapshots are asked for at once.
async fn some_of(clients: &Clients, instances: &[Instance], read: Read) -> Read {
    let ids: Vec<String> =
        instances.iter().filter_map(|it| it.instance_id().map(str::to_owned)).collect();
    let (volumes, snapshots) = match volumes(clients, instances, &ids).await {
        Ok(both) => both,
        Err(error) => {
            let report = Report::unread(&clients.session, &ids.join(", "), &error);
            return Read { report: read.report.and(report), ..read };
        }
    };
    let each = join_all(instances.iter().map(async |instance| {
        let id = instance.instance_id().unwrap_or_default();
        one(clients, id, instance, &volumes, &snapshots)
            .await
            .map_err(|error| Report::unread(&clients.session, id, &error))
    }))
    .await;
    each.into_iter().fold(read, |mut read, each| match each {
        Ok(settings) => {
            read.settings.push(Settings::Ec2(Box::new(settings)));
            read
        }
        Err(report) => Read { report: read.report.and(report), ..read },
    })
}

type Snapshots = BTreeMap<String, Vec<TakenSnapshot>>;

/// The volumes of the instances, and the completed snapshots of each.
async fn volumes(
    clients: &Clients,
    instances: &[Instance],
    ids: &[String],
) -> Result<(BTreeMap<String, Volume>, Snapshots), StepError> {
    let of_instances: Vec<String> =
        instances.iter().flat_map(volume_ids).map(str::to_owned).collect();
    let volumes =
        settings::ec2::volumes(&clients.ec2, "attachment.instance-id", ids.to_vec()).await?;
    let mut snapshots = Snapshots::new();
    // EC2/Using_Filtering: at most 200 values of a filter.
    for some in of_instances.chunks(200) {
        let found = clients
            .ec2
            .describe_snapshots()
            .owner_ids(clients.session.account_id.as_str())
            .filters(Filter::builder().name("volume-id").set_values(Some(some.to_vec())).build())
            .filters(Filter::builder().name("status").values("completed").build())
            .into_paginator()
            .items()
            .send()
            .collect::<Result<Vec<_>, _>>()
            .await
            .during(DESCRIBE_SNAPSHOTS)?;
        for (volume, snapshot) in found.iter().filter_map(taken) {
            snapshots.entry(volume).or_default().push(snapshot);
        }
    }
    Ok((volumes, snapshots))
}

fn volume_ids(instance: &Instance) -> impl Iterator<Item = &str> {
    instance.block_device_mappings().iter().filter_map(|mapping| mapping.ebs()?.volume_id())
}

fn taken(snapshot: &Snapshot) -> Option<(String, TakenSnapshot)> {
    let taken_at = Timestamp::from_str(&snapshot.start_time()?.to_string()).ok()?;
    let snapshot_id = snapshot.snapshot_id()?.to_owned();
    Some((snapshot.volume_id()?.to_owned(), TakenSnapshot { snapshot_id, taken_at }))
}

/// One instance, all of whose volumes are known.
async fn one(
    clients: &Clients,
    id: &str,
    instance: &Instance,
    volumes: &BTreeMap<String, Volume>,
    snapshots: &Snapshots,
) -> Result<Ec2Settings, StepError> {
    let id = InstanceId::try_from(id).map_err(|error| unread(error.to_string()))?;
    // One that is attached or detached right now is found the next time.
    if let Some(volume) = volume_ids(instance).find(|volume| !volumes.contains_key(*volume)) {
        return Err(unread(format!("its volume {volume} was not described")));
    }
    let user_data = settings::ec2::user_data(&clients.ec2, &id).await?;
    let mut settings = settings::ec2::settings(&id, instance, volumes, user_data);
    for volume in &mut settings.volumes {
        volume.snapshots = snapshots.get(&volume.volume_id).cloned().unwrap_or_default();
        volume.keep_newest();
    }
    Ok(settings)
}

fn unread(why: String) -> StepError {
    StepError::refused(ErrorName::Unexpected, why)
}
