//! The newest complete snapshot set of an instance.

use std::str::FromStr as _;

use aws_sdk_ec2::types::{Snapshot, SnapshotState};
use jiff::{SignedDuration, Timestamp};
use restore::SnapshotId;
use restore::id::DeviceName;
use restore::request::{At, Fault, VolumeRequest};
use step::StepError;

use super::instance::{SourceInstance, SourceVolume};
use super::owned_snapshots;
use crate::accounts::Clients;
use crate::invalid;

/// How far apart the snapshots of one set may have been started.
///
/// `CreateSnapshots` starts those of one instance at one instant; scripts and schedules that take
/// them volume by volume are done within minutes. Sets further apart are of different states.
const SPREAD: SignedDuration = SignedDuration::from_mins(15);

/// The volumes of the newest set, with the settings they have now, and their snapshots.
pub(crate) async fn newest_set(
    source: &Clients,
    instance: &SourceInstance,
    at: At,
) -> Result<(Vec<VolumeRequest>, Vec<Snapshot>), StepError> {
    let ids = instance.volumes.iter().map(|volume| volume.volume_id.clone()).collect();
    let found = owned_snapshots(source, "volume-id", ids).await?;
    let taken: Vec<Taken> =
        found.iter().filter_map(Taken::of).filter(|it| at.admits(it.at)).collect();

    let volume_ids: Vec<&str> =
        instance.volumes.iter().map(|volume| volume.volume_id.as_str()).collect();
    let set = choose(&volume_ids, &taken).ok_or_else(|| {
        invalid(vec![Fault::new(
            "source.ec2.instanceId",
            format!(
                "no complete snapshot set of {} at {at} or before is found: every one of its volumes ({}) needs a \
                 completed snapshot started within 15 minutes of the others; or list snapshots under `source.ec2.volumes`",
                instance.id,
                volume_ids.join(", ")
            ),
        )])
    })?;
    let mut requests = Vec::with_capacity(set.len());
    for (volume, taken) in instance.volumes.iter().zip(&set) {
        requests.push(request(volume, taken)?);
    }
    Ok((requests, set.into_iter().map(|taken| taken.snapshot.clone()).collect()))
}

fn request(volume: &SourceVolume, taken: &Taken<'_>) -> Result<VolumeRequest, StepError> {
    let unfit = |error: restore::id::Malformed| {
        invalid(vec![Fault::new("source.ec2.instanceId", error.to_string())])
    };
    let snapshot_id = taken.snapshot.snapshot_id().unwrap_or_default();
    Ok(volume.settings.fill(VolumeRequest {
        snapshot_id: SnapshotId::try_from(snapshot_id).map_err(unfit)?,
        device_name: DeviceName::try_from(volume.device_name.as_str()).map_err(unfit)?,
        root: volume.root,
        volume_type: None,
        iops: None,
        throughput: None,
        size: None,
        delete_on_termination: Some(volume.delete_on_termination),
    }))
}

/// A completed snapshot of one of the volumes.
#[derive(Debug)]
struct Taken<'a> {
    volume_id: &'a str,
    at: Timestamp,
    snapshot: &'a Snapshot,
}

impl<'a> Taken<'a> {
    fn of(snapshot: &'a Snapshot) -> Option<Self> {
        (snapshot.state() == Some(&SnapshotState::Completed)).then_some(())?;
        Some(Self { volume_id: snapshot.volume_id()?, at: started(snapshot)?, snapshot })
    }
}

/// When the snapshot was taken.
pub(super) fn started(snapshot: &Snapshot) -> Option<Timestamp> {
    Timestamp::from_str(&snapshot.start_time()?.to_string()).ok()
}

/// For each volume its snapshot in the newest set that has one for every volume.
///
/// Each snapshot is tried, newest first, as the last of a set; the set's others are then the
/// newest ones at most [`SPREAD`] before it.
fn choose<'a, 'b>(volumes: &[&str], taken: &'b [Taken<'a>]) -> Option<Vec<&'b Taken<'a>>> {
    let mut ends: Vec<Timestamp> = taken.iter().map(|it| it.at).collect();
    ends.sort_unstable();
    ends.into_iter().rev().find_map(|end| {
        let begin = end.checked_sub(SPREAD).ok()?;
        volumes
            .iter()
            .map(|volume| {
                taken
                    .iter()
                    .filter(|it| it.volume_id == *volume && begin <= it.at && it.at <= end)
                    .max_by_key(|it| it.at)
            })
            .collect()
    })
}

#[cfg(test)]
mod tests {
    use aws_sdk_ec2::primitives::DateTime;

    use super::*;

    fn snapshot(id: &str, volume: &str, minute: i64) -> Snapshot {
        Snapshot::builder()
            .snapshot_id(id)
            .volume_id(volume)
            .state(SnapshotState::Completed)
            .start_time(DateTime::from_secs(minute * 60))
            .build()
    }

    fn chosen(volumes: &[&str], snapshots: &[Snapshot]) -> Option<Vec<String>> {
        let taken: Vec<Taken> = snapshots.iter().filter_map(Taken::of).collect();
        let set = choose(volumes, &taken)?;
        Some(set.iter().map(|it| it.snapshot.snapshot_id().unwrap().to_owned()).collect())
    }

    #[test]
    fn the_newest_set_that_is_complete_is_chosen() {
        let snapshots = [
            snapshot("root-1", "vol-root", 0),
            snapshot("data-1", "vol-data", 2),
            snapshot("root-2", "vol-root", 60),
            snapshot("data-2", "vol-data", 61),
            snapshot("root-3", "vol-root", 120),
        ];

        let set = chosen(&["vol-root", "vol-data"], &snapshots).unwrap();

        assert_eq!(set, ["root-2", "data-2"]);
    }

    #[test]
    fn snapshots_taken_hours_apart_are_no_set() {
        let snapshots = [snapshot("root", "vol-root", 0), snapshot("data", "vol-data", 16)];

        assert_eq!(chosen(&["vol-root", "vol-data"], &snapshots), None);
    }

    #[test]
    fn a_snapshot_that_is_not_completed_is_no_part_of_a_set() {
        let pending = Snapshot::builder()
            .snapshot_id("pending")
            .volume_id("vol-root")
            .state(SnapshotState::Pending)
            .start_time(DateTime::from_secs(60))
            .build();

        let set = chosen(&["vol-root"], &[snapshot("done", "vol-root", 0), pending]);

        assert_eq!(set.unwrap(), ["done"]);
    }
}
