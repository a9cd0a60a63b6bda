//! What is written down of instances, for the day on which they cannot be read any more.
//!
//! `record-settings` writes a [`Record`] of each instance on its [`Shelf`] in S3 wherever something
//! has changed. A request with `source.recorded` is then completed from the newest one in time, in
//! [`complete`]: with the settings that it leaves open, as far as they mean the same at the target,
//! and with the snapshots, which are known by what [`copies`] carry. What comes of it is a request
//! like any other, in one account and Region.

pub mod complete;
pub mod copies;
mod lend;
mod shelf;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

pub use lend::{Lent, Reach};
pub use shelf::Shelf;

use crate::boot::Boot;
use crate::facts::{CpuOptions, Origin, VolumeSettings};
use crate::id::{DeviceName, Malformed};
use crate::request::{RdsTarget, StorageType, VolumeRequest};
use crate::{AccountId, ImageId, InstanceId, Region, SecurityGroupId, SnapshotId, SubnetId};

/// How many snapshots of a volume a record knows: the newest ones.
pub const MOST_SNAPSHOTS: usize = 100;

/// The settings of an instance at an instant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// When they were read.
    pub recorded_at: Timestamp,
    /// The account that it lives in.
    pub account_id: AccountId,
    /// The Region that it lives in.
    pub region: Region,
    /// What they are.
    #[serde(flatten)]
    pub settings: Settings,
}

/// Of which service it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Settings {
    /// An EC2 instance.
    Ec2(Box<Ec2Settings>),
    /// A DB instance.
    Rds(Box<RdsSettings>),
}

/// What an EC2 instance is launched with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Ec2Settings {
    /// Its id.
    pub instance_id: InstanceId,
    /// The AMI it was launched from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image_id: Option<ImageId>,
    /// Its type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance_type: Option<String>,
    /// Its subnet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subnet_id: Option<SubnetId>,
    /// Its security groups.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub security_group_ids: Vec<SecurityGroupId>,
    /// Its key pair.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_name: Option<String>,
    /// Its instance profile, by its ARN.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iam_instance_profile: Option<String>,
    /// Its user data, as plain text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_data: Option<String>,
    /// Its tags, without those of reserved prefixes.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
    /// What it boots by. Records of earlier versions do not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boot: Option<Boot>,
    /// Its CPU options.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu_options: Option<CpuOptions>,
    /// Its volumes.
    pub volumes: Vec<Volume>,
    /// What of it a restore does not bring back, in words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_restored: Vec<String>,
}

/// A volume of an instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Volume {
    /// Its id.
    pub volume_id: String,
    /// The device name it is attached under.
    pub device_name: String,
    /// Whether it is the root volume.
    pub root: bool,
    /// Whether it goes when the instance is terminated.
    pub delete_on_termination: bool,
    /// How it is set up.
    #[serde(flatten)]
    pub settings: VolumeSettings,
    /// The snapshots taken of it, newest first: what a copy tells its volume by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub snapshots: Vec<TakenSnapshot>,
}

/// A snapshot of a volume.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TakenSnapshot {
    /// Its id.
    pub snapshot_id: String,
    /// The instant whose data it holds.
    pub taken_at: Timestamp,
}

/// What a DB instance is created with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RdsSettings {
    /// What tells it from others that have had its identifier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dbi_resource_id: Option<String>,
    /// Its settings, as a request would ask for them; default groups are none.
    pub settings: RdsTarget,
    /// What of it a restore does not bring back, in words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_restored: Vec<String>,
}

impl Record {
    /// Where it lies.
    #[must_use]
    pub fn shelf(&self) -> Shelf {
        match &self.settings {
            Settings::Ec2(ec2) => Shelf::of_ec2(&self.account_id, &self.region, &ec2.instance_id),
            Settings::Rds(rds) => {
                let id = &rds.settings.db_instance_identifier;
                Shelf::of_rds(&self.account_id, &self.region, id)
            }
        }
    }

    /// Its key: later ones of the same instance have others.
    #[must_use]
    pub fn key(&self) -> String {
        self.shelf().key(self.recorded_at)
    }

    /// Whether it is to be written, where `newest` is the last that was: because something has
    /// changed, or because that one is as old as `again_after`, so that a record is never older than
    /// what it tells of by more than that.
    ///
    /// One that is not newer is not written, be it of an event that came late or once more.
    #[must_use]
    pub fn is_due(&self, newest: Option<&Self>, again_after: SignedDuration) -> bool {
        let Some(newest) = newest else { return true };
        let since = self.recorded_at.duration_since(newest.recorded_at);
        since > SignedDuration::ZERO && (self.settings != newest.settings || since >= again_after)
    }
}

impl Ec2Settings {
    /// What is to be known of it beside its settings.
    #[must_use]
    pub fn origin(&self) -> Origin {
        Origin {
            boot: self.boot.clone(),
            instance_type: self.instance_type.clone(),
            cpu_options: self.cpu_options,
        }
    }

    /// Learns of the snapshots that `other`, another record of the same instance, knows of.
    pub fn learn(&mut self, other: &Self) {
        for volume in &mut self.volumes {
            let same = other.volumes.iter().filter(|it| it.volume_id == volume.volume_id);
            for snapshot in same.flat_map(|it| &it.snapshots) {
                if !volume.snapshots.iter().any(|it| it.snapshot_id == snapshot.snapshot_id) {
                    volume.snapshots.push(snapshot.clone());
                }
            }
        }
    }
}

impl Volume {
    /// What brings it back from `snapshot`.
    ///
    /// # Errors
    ///
    /// [`Malformed`], where the snapshot or the device is called as none can be in a request.
    pub fn restored_from(&self, snapshot: &str) -> Result<VolumeRequest, Malformed> {
        Ok(self.settings.fill(VolumeRequest {
            snapshot_id: SnapshotId::try_from(snapshot)?,
            device_name: DeviceName::try_from(self.device_name.as_str())?,
            root: self.root,
            volume_type: None,
            iops: None,
            throughput: None,
            size: None,
            delete_on_termination: Some(self.delete_on_termination),
        }))
    }

    /// Keeps the newest of its snapshots, in their order.
    pub fn keep_newest(&mut self) {
        self.snapshots.sort_by(|one, other| {
            (other.taken_at, &other.snapshot_id).cmp(&(one.taken_at, &one.snapshot_id))
        });
        self.snapshots.truncate(MOST_SNAPSHOTS);
    }
}

/// What of a DB instance's storage is asked for, where its figures are `iops` and `throughput`.
///
/// RDS tells the figures of gp3 even where they are those that come with it: 3,000 and 125 MiB/s, from
/// a size that each engine has its own of 12,000 and 500 (`RDS/CHAP_Storage`, "gp3 storage"). They are
/// not asked for: below that size AWS takes no figure, not even its own, and from there on it gives
/// them by itself.
#[must_use]
pub fn provisioned_storage(
    storage_type: Option<StorageType>,
    iops: Option<i32>,
    throughput: Option<i32>,
) -> (Option<i32>, Option<i32>) {
    match storage_type {
        Some(StorageType::Io1 | StorageType::Io2) => (iops, None),
        Some(StorageType::Gp3) => match (iops, throughput) {
            (None | Some(3000), None | Some(125)) | (None | Some(12_000), None | Some(500)) => {
                (None, None)
            }
            more => more,
        },
        Some(StorageType::Gp2) | None => (None, None),
    }
}
