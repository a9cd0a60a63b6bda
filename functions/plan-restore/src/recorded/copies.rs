//! The snapshots at the target that may be copies of the recorded instance's.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use aws_sdk_ec2::types::{Filter, Snapshot, Tag};
use aws_sdk_rds::types::DbSnapshot;
use restore::record::Volume;
use restore::record::complete::{DbFound, Ec2Found};
use restore::record::copies::{Carried, Pedigree};
use restore::request::At;
use restore::tag;
use step::{CallContext as _, StepError};

use crate::accounts::Clients;
use crate::ec2::{DESCRIBE_SNAPSHOTS, latest};
use crate::rds::snapshot;

/// How many snapshots are asked for at a time (BC:ec2.DescribeSnapshotsRequest.MaxResults).
const PAGE: i32 = 1000;

/// How many values a filter has at most (`EC2/Using_Filtering`).
const VALUES: usize = 200;

/// Of the account's own completed snapshots those that tell that they are of one of `volumes`.
///
/// Asked for are those that tell it where restores, EC2's console and copies of AMIs do, the newest
/// first: an account may have 100,000 snapshots, and 1,000 a call are listed. Only where no complete
/// set that `at` admits comes of it are all of them looked at one by one: what a copy tells its source
/// by can stand in any tag, for which there is no filter.
pub(super) async fn of_volumes(
    clients: &Clients,
    volumes: &[Volume],
    at: At,
) -> Result<Vec<Ec2Found>, StepError> {
    let pedigree = Pedigree::of(volumes);
    let mut found = BTreeMap::new();
    for names in called_after(volumes, at).chunks(VALUES) {
        for filter in filters(names) {
            found.extend(listed(clients, &pedigree, Some(filter)).await?);
        }
        let taken: Vec<_> = found.values().map(|it: &Ec2Found| it.descent.taken).collect();
        if pedigree.newest_set(&taken, at).is_ok() {
            return Ok(found.into_values().collect());
        }
    }
    Ok(listed(clients, &pedigree, None).await?.into_values().collect())
}

/// What copies may be called after: the volumes, then their snapshots that `at` admits, newest first.
/// So no set is newer than the first that is complete.
fn called_after(volumes: &[Volume], at: At) -> Vec<&str> {
    let mut snapshots: Vec<_> =
        volumes.iter().flat_map(|it| &it.snapshots).filter(|it| at.admits(it.taken_at)).collect();
    snapshots.sort_by_key(|it| Reverse(it.taken_at));
    let volumes = volumes.iter().map(|it| it.volume_id.as_str());
    volumes.chain(snapshots.into_iter().map(|it| it.snapshot_id.as_str())).collect()
}

/// Those by which copies that are called after one of `names` are asked for. `*` stands for any text
/// (`EC2/Using_Filtering`).
fn filters(names: &[&str]) -> Vec<Filter> {
    let filter = |name: &str, values: Vec<String>| {
        Filter::builder().name(name).set_values(Some(values)).build()
    };
    let all: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let volumes: Vec<String> = all.iter().filter(|it| it.starts_with("vol-")).cloned().collect();
    let within = names.iter().map(|name| format!("*{name}*")).collect();
    let mut filters =
        vec![filter(&format!("tag:{}", tag::SOURCE), all), filter("description", within)];
    if !volumes.is_empty() {
        filters.push(filter("volume-id", volumes));
    }
    filters
}

/// The account's own completed snapshots that pass the filter, as far as they tell that they are of
/// one of the volumes; by their ids.
async fn listed(
    clients: &Clients,
    pedigree: &Pedigree<'_>,
    filter: Option<Filter>,
) -> Result<BTreeMap<String, Ec2Found>, StepError> {
    let completed = Filter::builder().name("status").values("completed").build();
    let mut snapshots = clients
        .ec2
        .describe_snapshots()
        .owner_ids(clients.session.account_id.as_str())
        .set_filters(Some([completed].into_iter().chain(filter).collect()))
        .into_paginator()
        .page_size(PAGE)
        .items()
        .send();
    let mut found = BTreeMap::new();
    while let Some(snapshot) = snapshots.next().await {
        let snapshot = snapshot
            .during(DESCRIBE_SNAPSHOTS)
            .map_err(|error| error.by(&clients.session, "the copies"))?;
        if let Some(copy) = of_volume(pedigree, &snapshot) {
            found.insert(copy.snapshot_id.clone(), copy);
        }
    }
    Ok(found)
}

fn of_volume(pedigree: &Pedigree<'_>, snapshot: &Snapshot) -> Option<Ec2Found> {
    let tags = snapshot.tags().iter().filter_map(Tag::value);
    let carried = Carried {
        volume_id: snapshot.volume_id(),
        started_at: latest::started(snapshot)?,
        words: snapshot.description().into_iter().chain(tags).collect(),
    };
    Some(Ec2Found {
        descent: pedigree.descent(&carried)?,
        snapshot_id: snapshot.snapshot_id()?.to_owned(),
        size_gib: snapshot.volume_size().unwrap_or_default(),
    })
}

/// The available DB snapshots of a DB instance of this identifier, be it the recorded one or not.
pub(super) async fn of_db_instance(
    clients: &Clients,
    identifier: &str,
) -> Result<Vec<DbFound>, StepError> {
    let all = snapshot::of_instance(clients, identifier).await?;
    Ok(all
        .iter()
        .filter(|snapshot| snapshot.status() == Some("available"))
        .filter_map(found)
        .collect())
}

fn found(snapshot: &DbSnapshot) -> Option<DbFound> {
    Some(DbFound {
        arn: snapshot.db_snapshot_arn()?.to_owned(),
        dbi_resource_id: snapshot.dbi_resource_id().map(str::to_owned),
        source: snapshot.source_db_snapshot_identifier().map(str::to_owned),
        taken_at: snapshot::data_of(snapshot)?,
        made_at: snapshot::made_at(snapshot),
    })
}
