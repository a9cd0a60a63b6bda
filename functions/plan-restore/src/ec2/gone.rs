//! The newest complete snapshot set of an instance that is not there any more.
//!
//! An EBS snapshot tells its volume and not its instance, and a volume that is gone tells nothing.
//! An AMI made of the instance does: its id (BC:ec2.Image.SourceInstanceId), the snapshots of all
//! its volumes, their devices and how they were set up, and what the instance booted by. Backups of
//! whole instances are AMIs.

use std::collections::BTreeMap;

use aws_sdk_ec2::types::{Filter, Image, ImageState, Snapshot, SnapshotState};
use jiff::Timestamp;
use restore::boot::Boot;
use restore::facts::VolumeSettings;
use restore::id::DeviceName;
use restore::request::{At, Fault, VolumeRequest, VolumeType};
use restore::{InstanceId, SnapshotId};
use step::{CallContext as _, StepError};

use super::latest::started;
use super::owned_snapshots;
use crate::accounts::Clients;
use crate::invalid;

const DESCRIBE_IMAGES: &str = "ec2:DescribeImages";

/// What the newest AMI of the instance tells of it.
#[derive(Debug)]
pub(super) struct Set {
    /// The volumes, as they were.
    pub(super) volumes: Vec<VolumeRequest>,
    /// Their snapshots.
    pub(super) snapshots: Vec<Snapshot>,
    /// What the instance booted by.
    pub(super) boot: Boot,
}

/// The newest AMI of the instance that has all its snapshots.
///
/// # Errors
///
/// `Restore.InvalidInput` where no AMI of it has all its snapshots.
pub(super) async fn newest_set(
    source: &Clients,
    id: &InstanceId,
    at: At,
) -> Result<Set, StepError> {
    let images: Vec<Backup> = images(source, id).await?.iter().map(Backup::of).collect();
    let volumes = images.iter().flat_map(|image| &image.volumes);
    let ids: Vec<String> = volumes.map(|volume| volume.snapshot_id.to_string()).collect();
    let found = owned_snapshots(source, "snapshot-id", &ids).await?;
    newest(images, &found, at).ok_or_else(|| {
        invalid(vec![Fault::new(
            "source.ec2.instanceId",
            format!(
                "instance {id} is not there any more in account {} and Region {}, and no AMI made of it at {at} or before \
                 has all its snapshots, so nothing tells what belongs to it under which device: list its snapshots under \
                 `source.ec2.volumes`",
                source.session.account_id, source.session.region
            ),
        )])
    })
}

async fn images(source: &Clients, id: &InstanceId) -> Result<Vec<Image>, StepError> {
    let found = source
        .ec2
        .describe_images()
        .owners("self")
        .filters(Filter::builder().name("source-instance-id").values(id.as_str()).build())
        .into_paginator()
        .items()
        .send()
        .collect::<Result<Vec<_>, _>>()
        .await
        .during(DESCRIBE_IMAGES)
        .map_err(|error| error.by(&source.session, id.as_str()))?;
    Ok(found.into_iter().filter(|image| image.state() == Some(&ImageState::Available)).collect())
}

/// An AMI made of the instance.
#[derive(Debug)]
struct Backup {
    volumes: Vec<VolumeRequest>,
    boot: Boot,
}

impl Backup {
    fn of(image: &Image) -> Self {
        Self { volumes: volumes(image), boot: settings::ec2::boot_of_image(image) }
    }
}

/// The volumes that an AMI has snapshots of.
fn volumes(image: &Image) -> Vec<VolumeRequest> {
    image
        .block_device_mappings()
        .iter()
        .filter_map(|mapping| {
            let (device, ebs) = (mapping.device_name()?, mapping.ebs()?);
            let settings = VolumeSettings {
                size: ebs.volume_size(),
                ..VolumeSettings::provisioned(
                    ebs.volume_type().and_then(|kind| VolumeType::of(kind.as_str())),
                    ebs.iops(),
                    ebs.throughput(),
                )
            };
            Some(settings.fill(VolumeRequest {
                snapshot_id: SnapshotId::try_from(ebs.snapshot_id()?).ok()?,
                device_name: DeviceName::try_from(device).ok()?,
                root: image.root_device_name() == Some(device),
                volume_type: None,
                iops: None,
                throughput: None,
                size: None,
                delete_on_termination: ebs.delete_on_termination(),
            }))
        })
        .collect()
}

/// Of the AMIs that with the newest snapshots, all of which are `found` completed, one of them the
/// root's.
fn newest(images: Vec<Backup>, found: &[Snapshot], at: At) -> Option<Set> {
    let completed: BTreeMap<&str, &Snapshot> = found
        .iter()
        .filter(|snapshot| snapshot.state() == Some(&SnapshotState::Completed))
        .filter_map(|snapshot| Some((snapshot.snapshot_id()?, snapshot)))
        .collect();
    images
        .into_iter()
        .filter(|image| image.volumes.iter().any(|volume| volume.root))
        .filter_map(|image| {
            let snapshots: Option<Vec<&Snapshot>> = image
                .volumes
                .iter()
                .map(|volume| completed.get(volume.snapshot_id.as_str()).copied())
                .collect();
            let snapshots = snapshots?;
            let taken: Option<Vec<Timestamp>> =
                snapshots.iter().map(|snapshot| started(snapshot)).collect();
            let taken = taken?.into_iter().max().filter(|taken| at.admits(*taken))?;
            Some((taken, image, snapshots))
        })
        .max_by_key(|(taken, ..)| *taken)
        .map(|(_, Backup { volumes, boot }, snapshots)| Set {
            volumes,
            snapshots: snapshots.into_iter().cloned().collect(),
            boot,
        })
}

#[cfg(test)]
mod tests {
    use aws_sdk_ec2::primitives::DateTime;
    use aws_sdk_ec2::types::{
        ArchitectureValues, BlockDeviceMapping, EbsBlockDevice, VolumeType as Kind,
    };

    use super::*;

    fn id(number: u32) -> String {
        format!("snap-{number:017x}")
    }

    fn image(root: u32, data: u32) -> Image {
        let mapping = |device: &str, snapshot: u32, kind: Kind| {
            let ebs = EbsBlockDevice::builder()
                .snapshot_id(id(snapshot))
                .volume_size(30)
                .volume_type(kind)
                .iops(4000)
                .delete_on_termination(snapshot == root);
            BlockDeviceMapping::builder().device_name(device).ebs(ebs.build()).build()
        };
        Image::builder()
            .architecture(ArchitectureValues::Arm64)
            .root_device_name("/dev/xvda")
            .block_device_mappings(mapping("/dev/xvda", root, Kind::Gp2))
            .block_device_mappings(mapping("/dev/sdf", data, Kind::Io2))
            .block_device_mappings(
                BlockDeviceMapping::builder()
                    .device_name("/dev/sdb")
                    .virtual_name("ephemeral0")
                    .build(),
            )
            .build()
    }

    fn taken(number: u32, minute: i64) -> Snapshot {
        Snapshot::builder()
            .snapshot_id(id(number))
            .state(SnapshotState::Completed)
            .start_time(DateTime::from_secs(minute * 60))
            .build()
    }

    fn chosen(found: &[Snapshot], at: At) -> Option<Vec<String>> {
        let images = [image(1, 2), image(3, 4)].iter().map(Backup::of).collect();
        let set = newest(images, found, at)?;
        // What the instance booted by is told with it.
        assert_eq!(set.boot.architecture.as_deref(), Some("arm64"));
        Some(set.snapshots.iter().map(|it| it.snapshot_id().unwrap().to_owned()).collect())
    }

    #[test]
    fn the_newest_ami_whose_snapshots_are_all_there_tells_the_set() {
        let all = [taken(1, 10), taken(2, 10), taken(3, 70), taken(4, 71)];

        assert_eq!(chosen(&all, At::Latest), Some(vec![id(3), id(4)]));
        assert_eq!(chosen(&all[..3], At::Latest), Some(vec![id(1), id(2)]));
        assert_eq!(chosen(&all[1..], At::Instant(Timestamp::UNIX_EPOCH)), None);
        let before = At::Instant("1970-01-01T01:10:30Z".parse().unwrap());
        assert_eq!(chosen(&all, before), Some(vec![id(1), id(2)]));
    }

    #[test]
    fn its_volumes_are_set_up_as_they_were() {
        let volumes = volumes(&image(1, 2));

        let [root, data] = &volumes[..] else { panic!("{volumes:?}") };
        assert_eq!((root.device_name.as_str(), root.root), ("/dev/xvda", true));
        assert_eq!((root.volume_type, root.iops), (Some(VolumeType::Gp2), None));
        assert_eq!(root.delete_on_termination, Some(true));
        assert_eq!((data.device_name.as_str(), data.root), ("/dev/sdf", false));
        assert_eq!((data.volume_type, data.iops), (Some(VolumeType::Io2), Some(4000)));
        assert_eq!(data.size, Some(30));
    }
}
