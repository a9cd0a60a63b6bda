//! The snapshots at the target that may be copies of the recorded instance's.

use aws_sdk_ec2::types::{Filter, Snapshot, Tag};
use aws_sdk_rds::types::DbSnapshot;
use restore::record::Volume;
use restore::record::complete::{DbFound, Ec2Found};
use restore::record::copies::{Carried, Pedigree};
use step::{CallContext as _, StepError};

use crate::accounts::Clients;
use crate::ec2::{DESCRIBE_SNAPSHOTS, latest};
use crate::rds::snapshot;

/// How many snapshots are asked for at a time (BC:ec2.DescribeSnapshotsRequest.MaxResults).
const PAGE: i32 = 1000;

/// Of the account's own completed snapshots those that tell that they are of one of `volumes`.
///
/// They are looked at one by one: what a copy tells its source by can stand in any tag, for which
/// there is no filter, and of all that there may be few are kept.
pub(super) async fn of_volumes(
    clients: &Clients,
    volumes: &[Volume],
) -> Result<Vec<Ec2Found>, StepError> {
    let pedigree = Pedigree::of(volumes);
    let mut snapshots = clients
        .ec2
        .describe_snapshots()
        .owner_ids(clients.session.account_id.as_str())
        .filters(Filter::builder().name("status").values("completed").build())
        .into_paginator()
        .page_size(PAGE)
        .items()
        .send();
    let mut found = Vec::new();
    while let Some(snapshot) = snapshots.next().await {
        let snapshot = snapshot
            .during(DESCRIBE_SNAPSHOTS)
            .map_err(|error| error.by(&clients.session, "the copies"))?;
        found.extend(of_volume(&pedigree, &snapshot));
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
