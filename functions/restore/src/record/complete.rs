//! From a request with `source.recorded` to one that says all by itself.
//!
//! What comes of it lists its snapshots and settings, in the target's own account and Region, and
//! keeps `source.recorded`: by that a fault of a snapshot is known to be of what the request named.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use jiff::Timestamp;

use super::copies::{DbCarried, Descent, Pedigree};
use super::{Ec2Settings, Lent, RdsSettings, Reach};
use crate::Request;
use crate::facts::{Origin, SnapshotFacts};
use crate::id::DbSnapshotReference;
use crate::request::{At, Ec2Source, Fault, RdsSource, Recorded};
use crate::snapshot_set::Taken;
use crate::translation::Translation;

/// The path of the field that names an EC2 instance.
pub const INSTANCE: &str = "source.ec2.instanceId";
/// The path of the field that names a DB instance.
pub const DB_INSTANCE: &str = "source.rds.dbInstanceIdentifier";

/// A request that nothing has to be asked of the source for.
#[derive(Debug, Clone, PartialEq)]
pub struct Completed {
    /// The request.
    pub request: Request,
    /// What of the instance is not restored, in words.
    pub not_restored: Vec<String>,
    /// What is known of an EC2 instance besides.
    pub origin: Option<Origin>,
    /// Of when the data of its EBS snapshots is, by their ids, as far as that is known.
    pub data_of: BTreeMap<String, Option<Timestamp>>,
}

impl Completed {
    /// Says of the `snapshots` that it found when their data is of: EC2 tells of a copy its own start.
    pub fn date(&self, snapshots: &mut [SnapshotFacts]) {
        for snapshot in snapshots {
            if let Some(data_of) = self.data_of.get(&snapshot.id) {
                snapshot.taken_at = *data_of;
            }
        }
    }
}

/// A snapshot of one of the recorded volumes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ec2Found {
    /// Its id.
    pub snapshot_id: String,
    /// Its size in GiB.
    pub size_gib: i32,
    /// Of which volume it is, and of when.
    pub descent: Descent,
}

/// Completes `request`, of an EC2 instance with these `settings`, of whose volumes `found` are
/// snapshots.
///
/// # Errors
///
/// Every fault: there is no complete set of snapshots, or the target has to have settings of its
/// own.
pub fn ec2(
    request: &Request,
    settings: &Ec2Settings,
    found: &[Ec2Found],
) -> Result<Completed, Vec<Fault>> {
    let (Some(recorded), Some(from), Some(to)) =
        (&request.source.recorded, &request.source.ec2, &request.target.ec2)
    else {
        return Err(vec![not_recorded()]);
    };
    let at = from.at.unwrap_or(At::Latest);
    let taken: Vec<Taken> = found.iter().map(|it| it.descent.taken).collect();
    let set = Pedigree::of(&settings.volumes).newest_set(&taken, at).map_err(|why| {
        Fault::new(
            INSTANCE,
            format!(
                "no complete set of copies of {} at {at} or before is found in account {} and Region {}: {why}; a copy is \
                 known by the id of the volume, or of a snapshot that was recorded of it, in a tag or in the description. Or \
                 leave out `source.recorded` and list snapshots under `source.ec2.volumes`",
                settings.instance_id, request.target.account_id, request.target.region
            ),
        )
    });
    let data_of = set.iter().flatten().filter_map(|place| found.get(*place));
    let data_of = data_of.map(|it| (it.snapshot_id.clone(), it.descent.data_of)).collect();
    let volumes = set.and_then(|set| {
        settings
            .volumes
            .iter()
            .zip(set)
            .filter_map(|(volume, place)| Some((volume, found.get(place)?)))
            .map(|(volume, found)| {
                let restored = volume.restored_from(&found.snapshot_id);
                let mut restored =
                    restored.map_err(|error| Fault::new(INSTANCE, error.to_string()))?;
                // It may have grown after it was recorded, and before the snapshot was taken.
                restored.size = restored.size.filter(|size| *size >= found.size_gib);
                Ok(restored)
            })
            .collect::<Result<Vec<_>, Fault>>()
    });
    let reach = Reach::between(recorded, &request.target.account_id, &request.target.region);
    let lent = settings.lend(to, recorded, reach, &Translation::of(request));
    let (volumes, Lent { target, left_out }) = both(volumes, lent)?;
    let mut completed = request.clone();
    completed.source.ec2 = Some(Ec2Source { volumes: Some(volumes), instance_id: None, at: None });
    completed.target.ec2 = Some(target);
    Ok(Completed {
        request: completed,
        not_restored: settings.not_restored.iter().cloned().chain(left_out).collect(),
        origin: Some(settings.origin()),
        data_of,
    })
}

/// A DB snapshot that may be one of the recorded DB instance's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DbFound {
    /// Its ARN.
    pub arn: String,
    /// The resource id of its DB instance.
    pub dbi_resource_id: Option<String>,
    /// The ARN of the snapshot that it is a copy of.
    pub source: Option<String>,
    /// The instant whose data it holds.
    pub taken_at: Timestamp,
    /// When it was made, as the snapshot or the copy that it is.
    pub made_at: Option<Timestamp>,
}

/// Completes `request`, of a DB instance with these `settings`, of whose name `found` are
/// snapshots.
///
/// # Errors
///
/// Every fault: there is no snapshot, or the target has to have settings of its own.
pub fn rds(
    request: &Request,
    settings: &RdsSettings,
    found: &[DbFound],
) -> Result<Completed, Vec<Fault>> {
    let (Some(recorded), Some(from), Some(to)) =
        (&request.source.recorded, &request.source.rds, &request.target.rds)
    else {
        return Err(vec![not_recorded()]);
    };
    let at = from.at.unwrap_or(At::Latest);
    let (account, region) = (&request.target.account_id, &request.target.region);
    let newest = found
        .iter()
        .filter(|it| {
            let carried = DbCarried {
                dbi_resource_id: it.dbi_resource_id.as_deref(),
                source: it.source.as_deref(),
            };
            settings.is_of(&carried, recorded, (account, region))
        })
        .filter(|it| at.admits(it.taken_at))
        // Of the same data the first, of which another is a copy.
        .max_by_key(|it| (it.taken_at, Reverse(it.made_at)));
    let snapshot = match newest {
        Some(newest) => DbSnapshotReference::try_from(newest.arn.as_str())
            .map_err(|error| Fault::new(DB_INSTANCE, error.to_string())),
        None => Err(no_copy(recorded, settings, request, at)),
    };
    let reach = Reach::between(recorded, account, region);
    let lent = settings.lend(to, recorded, reach, &Translation::of(request));
    let (snapshot, Lent { target, left_out }) = both(snapshot, lent)?;
    let mut completed = request.clone();
    completed.source.rds = Some(RdsSource {
        db_snapshot_identifier: Some(snapshot),
        db_instance_identifier: None,
        at: None,
    });
    completed.target.rds = Some(target);
    Ok(Completed {
        request: completed,
        not_restored: settings.not_restored.iter().cloned().chain(left_out).collect(),
        origin: None,
        data_of: BTreeMap::new(),
    })
}

fn no_copy(recorded: &Recorded, settings: &RdsSettings, request: &Request, at: At) -> Fault {
    Fault::new(
        DB_INSTANCE,
        format!(
            "no available copy at {at} or before of a snapshot of DB instance {} of account {} and Region {} is found in \
             account {} and Region {}",
            settings.settings.identifier(),
            recorded.account_id,
            recorded.region,
            request.target.account_id,
            request.target.region
        ),
    )
}

/// That the record is of the other service, or that there is nothing to complete.
fn not_recorded() -> Fault {
    Fault::new("source.recorded", "is not of what is asked for")
}

/// Both, or the faults of both.
fn both<One, Other>(
    one: Result<One, Fault>,
    other: Result<Other, Vec<Fault>>,
) -> Result<(One, Other), Vec<Fault>> {
    match (one, other) {
        (Ok(one), Ok(other)) => Ok((one, other)),
        (one, other) => {
            Err(one.err().into_iter().chain(other.err().into_iter().flatten()).collect())
        }
    }
}
