//! What a restore made in RDS.
//!
//! RDS has no filter by tag: everything is described, and held against its tags here. Quotas keep
//! that short: 100 manual snapshots and 40 instances per Region, where they are not raised.

use aws_sdk_rds::types::Tag;
use restore::tag::{self, Made};
use restore::{RestoreId, Service};
use step::{CallContext as _, StepError};

use crate::found::{Found, Kind, Life};
use crate::place::Search;
use crate::share;

/// Copies of DB snapshots, and DB snapshots that are shared.
pub(crate) async fn snapshots(search: Search<'_>) -> Result<Vec<Found>, StepError> {
    let describe = search.place.rds.describe_db_snapshots();
    // Copies are manual snapshots, and no others can be shared (RDS/USER_ShareSnapshot).
    let pages = describe.snapshot_type("manual").into_paginator();
    let all = pages.items().send().try_collect().await.during("rds:DescribeDBSnapshots")?;
    let mut found = Vec::new();
    for snapshot in &all {
        let (Some(arn), Some(id)) = (snapshot.db_snapshot_arn(), snapshot.db_snapshot_identifier())
        else {
            continue;
        };
        let tags = snapshot.tag_list();
        if is_ours(tags, search.restore_id) {
            let life = match snapshot.status() {
                Some("creating" | "copying") => Life::Coming,
                Some("deleting") => Life::Going,
                Some("failed") => Life::Failed,
                _ => Life::There,
            };
            let kept = value(tags, tag::KEPT).is_some();
            let kind = Kind::DbSnapshot { made: made(tags), life, kept };
            found.push(search.found(arn.to_owned(), id, kind));
        }
        let tags = tags.iter().filter_map(|tag| Some((tag.key()?, tag.value()?)));
        let shares = share::of_tags(Service::Rds, search.restore_id, &tags.collect::<Vec<_>>());
        found.extend(shares.into_iter().map(|kind| search.found(arn.to_owned(), id, kind)));
    }
    Ok(found)
}

/// DB instances.
pub(crate) async fn instances(search: Search<'_>) -> Result<Vec<Found>, StepError> {
    let pages = search.place.rds.describe_db_instances().into_paginator();
    let all = pages.items().send().try_collect().await.during("rds:DescribeDBInstances")?;
    let ours = all.iter().filter(|one| is_ours(one.tag_list(), search.restore_id));
    Ok(ours
        .filter_map(|instance| {
            let life = match instance.db_instance_status() {
                Some("creating") => Life::Coming,
                Some("deleting") => Life::Going,
                _ => Life::There,
            };
            let made = made(instance.tag_list());
            let protected = instance.deletion_protection() == Some(true);
            let kind = Kind::DbInstance { made, life, protected };
            let arn = instance.db_instance_arn()?.to_owned();
            Some(search.found(arn, instance.db_instance_identifier()?, kind))
        })
        .collect())
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
