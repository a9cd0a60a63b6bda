//! The newest complete snapshot set of an instance.

use std::str::FromStr as _;

use aws_sdk_ec2::types::{Snapshot, SnapshotState};
use jiff::Timestamp;
use restore::record::{Ec2Settings, Volume};
use restore::request::{At, Fault, VolumeRequest};
use restore::snapshot_set::{self, Taken};
use step::StepError;

use super::owned_snapshots;
use crate::accounts::Clients;
use crate::invalid;

/// The volumes of the newest set, with the settings they have now, and their snapshots.
pub(crate) async fn newest_set(
    source: &Clients,
    instance: &Ec2Settings,
    at: At,
) -> Result<(Vec<VolumeRequest>, Vec<Snapshot>), StepError> {
    let ids: Vec<String> = instance.volumes.iter().map(|it| it.volume_id.clone()).collect();
    let found = owned_snapshots(source, "volume-id", &ids).await?;
    let set = choose(&instance.volumes, &found, at).ok_or_else(|| {
        let ids: Vec<&str> = instance.volumes.iter().map(|it| it.volume_id.as_str()).collect();
        invalid(vec![Fault::new(
            "source.ec2.instanceId",
            format!(
                "no complete snapshot set of {} at {at} or before is found: every one of its volumes ({}) needs a \
                 completed snapshot started within 15 minutes of the others; or list snapshots under `source.ec2.volumes`",
                instance.instance_id,
                ids.join(", ")
            ),
        )])
    })?;
    let mut requests = Vec::with_capacity(set.len());
    for (volume, snapshot) in instance.volumes.iter().zip(&set) {
        let restored = volume.restored_from(snapshot.snapshot_id().unwrap_or_default());
        requests.push(restored.map_err(|error| {
            invalid(vec![Fault::new("source.ec2.instanceId", error.to_string())])
        })?);
    }
    Ok((requests, set.into_iter().cloned().collect()))
}

/// For each volume its snapshot in the newest complete set, of those that are completed and that
/// `at` admits.
fn choose<'a>(volumes: &[Volume], found: &'a [Snapshot], at: At) -> Option<Vec<&'a Snapshot>> {
    let (snapshots, taken): (Vec<&Snapshot>, Vec<Taken>) = found
        .iter()
        .filter_map(|snapshot| Some((snapshot, taken(volumes, snapshot)?)))
        .filter(|(_, taken)| at.admits(taken.at))
        .unzip();
    let set = snapshot_set::newest(volumes.len(), &taken)?;
    set.into_iter().map(|place| snapshots.get(place).copied()).collect()
}

/// A completed snapshot of one of the volumes.
fn taken(volumes: &[Volume], snapshot: &Snapshot) -> Option<Taken> {
    (snapshot.state() == Some(&SnapshotState::Completed)).then_some(())?;
    let of = snapshot.volume_id()?;
    let volume = volumes.iter().position(|volume| volume.volume_id == of)?;
    Some(Taken { volume, at: started(snapshot)? })
}

/// When the snapshot was taken.
pub(crate) fn started(snapshot: &Snapshot) -> Option<Timestamp> {
    instant(snapshot.start_time()?)
}

/// An instant as EC2 tells it.
pub(super) fn instant(at: &aws_sdk_ec2::primitives::DateTime) -> Option<Timestamp> {
    Timestamp::from_str(&at.to_string()).ok()
}

#[cfg(test)]
mod tests {
    use aws_sdk_ec2::primitives::DateTime;
    use serde_json::json;

    use super::*;

    fn snapshot(id: &str, volume: &str, minute: i64, state: SnapshotState) -> Snapshot {
        Snapshot::builder()
            .snapshot_id(id)
            .volume_id(volume)
            .state(state)
            .start_time(DateTime::from_secs(minute * 60))
            .build()
    }

    fn done(id: &str, volume: &str, minute: i64) -> Snapshot {
        snapshot(id, volume, minute, SnapshotState::Completed)
    }

    fn chosen<'a>(volumes: &[&str], snapshots: &'a [Snapshot], at: At) -> Option<Vec<&'a str>> {
        let volumes: Vec<Volume> = volumes
            .iter()
            .map(|id| {
                serde_json::from_value(json!({
                    "volumeId": id, "deviceName": "/dev/sdf", "root": false,
                    "deleteOnTermination": false,
                }))
                .unwrap()
            })
            .collect();
        let set = choose(&volumes, snapshots, at)?;
        set.into_iter().map(Snapshot::snapshot_id).collect()
    }

    #[test]
    fn the_newest_set_that_is_complete_and_admitted_is_chosen() {
        let snapshots = [
            done("root-1", "vol-root", 0),
            done("data-1", "vol-data", 2),
            done("root-2", "vol-root", 60),
            done("data-2", "vol-data", 61),
            done("root-3", "vol-root", 120),
            done("other", "vol-other", 120),
        ];
        let volumes = ["vol-root", "vol-data"];
        let before = At::Instant(Timestamp::from_second(60 * 60).unwrap());

        assert_eq!(chosen(&volumes, &snapshots, At::Latest), Some(vec!["root-2", "data-2"]));
        assert_eq!(chosen(&volumes, &snapshots, before), Some(vec!["root-1", "data-1"]));
    }

    #[test]
    fn snapshots_taken_hours_apart_are_no_set() {
        let snapshots = [done("root", "vol-root", 0), done("data", "vol-data", 16)];

        assert_eq!(chosen(&["vol-root", "vol-data"], &snapshots, At::Latest), None);
    }

    #[test]
    fn a_snapshot_that_is_not_completed_is_no_part_of_a_set() {
        let pending = snapshot("pending", "vol-root", 1, SnapshotState::Pending);
        let snapshots = [done("done", "vol-root", 0), pending];

        assert_eq!(chosen(&["vol-root"], &snapshots, At::Latest), Some(vec!["done"]));
    }
}
