//! The instance that a plan ends with.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::facts::Ec2Facts;
use crate::request::{RdsAlternative, RdsTarget, VolumeType};
use crate::{ImageId, KeyArn, SecurityGroupId, SubnetId};

/// The EC2 instance to make: launched from an AMI, sealed off, its root volume then replaced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Launch {
    /// The AMI it starts from.
    pub image_id: ImageId,
    /// The device name of the AMI's root volume, and so of the instance's.
    pub root_device_name: String,
    /// The AMI's other mappings, which are suppressed.
    pub suppressed_device_names: Vec<String>,
    /// Its type.
    pub instance_type: String,
    /// The subnet.
    pub subnet_id: SubnetId,
    /// The VPC of the subnet.
    pub vpc_id: String,
    /// The Availability Zone of the subnet.
    pub availability_zone: String,
    /// The security groups it ends in; the VPC's default group when empty.
    pub security_group_ids: Vec<SecurityGroupId>,
    /// Its key pair.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_name: Option<String>,
    /// Its instance profile, by name or ARN.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iam_instance_profile: Option<String>,
    /// Its user data, as plain text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_data: Option<String>,
    /// Tags for the instance and its volumes.
    pub tags: BTreeMap<String, String>,
    /// Whether it is started at the end.
    pub start: bool,
    /// The key of the placeholder and of every volume.
    pub kms_key_id: KeyArn,
    /// The volumes.
    pub volumes: Vec<VolumePlan>,
    /// What to try next, in this order, where AWS has no capacity.
    #[serde(default)]
    pub alternatives: Vec<Place>,
}

/// What an instance needs capacity for: its type, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Place {
    /// Its type.
    pub instance_type: String,
    /// The subnet, of the launch's VPC.
    pub subnet_id: SubnetId,
    /// The Availability Zone of the subnet.
    pub availability_zone: String,
}

/// A volume to make.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VolumePlan {
    /// The snapshot that the request names for it.
    pub source: String,
    /// The device name it is attached under.
    pub device_name: String,
    /// Whether it is the root volume.
    pub root: bool,
    /// Its type; EC2's default when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub volume_type: Option<VolumeType>,
    /// Its provisioned IOPS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iops: Option<i32>,
    /// Its throughput in MiB/s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub throughput: Option<i32>,
    /// Its size in GiB; the snapshot's when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<i32>,
    /// Whether it goes when the instance is terminated.
    pub delete_on_termination: bool,
}

/// The DB instance to make.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DbLaunch {
    /// Its identifier, in lower case.
    pub identifier: String,
    /// Its settings.
    pub settings: RdsTarget,
    /// Whether there is anything that only `ModifyDBInstance` takes.
    pub modify: bool,
    /// The key that its snapshot, and so it, is encrypted with.
    pub kms_key_id: KeyArn,
    /// What to try next, in this order, where AWS has no capacity: class and zone as they are to
    /// be.
    #[serde(default)]
    pub alternatives: Vec<RdsAlternative>,
}

impl Launch {
    /// Where it goes.
    #[must_use]
    pub fn place(&self) -> Place {
        Place {
            instance_type: self.instance_type.clone(),
            subnet_id: self.subnet_id.clone(),
            availability_zone: self.availability_zone.clone(),
        }
    }

    /// The same at the first of its places that `fits`, with those after it as alternatives; none
    /// where no place does.
    #[must_use]
    pub fn at(&self, fits: impl Fn(&Place) -> bool) -> Option<Self> {
        let mut places = std::iter::once(self.place()).chain(self.alternatives.iter().cloned());
        let place = places.find(fits)?;
        let alternatives = places.collect();
        Some(Self {
            instance_type: place.instance_type,
            subnet_id: place.subnet_id,
            availability_zone: place.availability_zone,
            alternatives,
            ..self.clone()
        })
    }

    /// The same at the first of its alternatives; none where there is no other.
    #[must_use]
    pub fn elsewhere(&self) -> Option<Self> {
        let first = self.place();
        self.at(|place| *place != first)
    }

    /// The instance to make of what is known.
    pub(super) fn of(facts: &Ec2Facts, kms_key_id: KeyArn, start: bool) -> Self {
        Self {
            image_id: facts.image.id.clone(),
            root_device_name: facts.image.root_device_name.clone(),
            suppressed_device_names: facts.image.other_device_names.clone(),
            instance_type: facts.instance_type.clone(),
            subnet_id: facts.subnet.id.clone(),
            vpc_id: facts.subnet.vpc_id.clone(),
            availability_zone: facts.subnet.availability_zone.clone(),
            security_group_ids: facts.security_group_ids.clone(),
            key_name: facts.key_name.clone(),
            iam_instance_profile: facts.iam_instance_profile.clone(),
            user_data: facts.user_data.clone(),
            tags: facts.tags.clone(),
            start,
            kms_key_id,
            alternatives: facts.alternatives.clone(),
            volumes: facts
                .volumes
                .iter()
                .map(|volume| VolumePlan {
                    source: volume.snapshot_id.to_string(),
                    // The restored root goes where the instance boots from, whatever the device
                    // was called where the snapshot was taken.
                    device_name: if volume.root {
                        facts.image.root_device_name.clone()
                    } else {
                        volume.device_name.to_string()
                    },
                    root: volume.root,
                    volume_type: volume.volume_type,
                    iops: volume.iops,
                    throughput: volume.throughput,
                    size: volume.size,
                    delete_on_termination: volume.delete_on_termination.unwrap_or(volume.root),
                })
                .collect(),
        }
    }
}

impl DbLaunch {
    /// The DB instance that `settings` ask for.
    pub(super) fn of(settings: &RdsTarget, kms_key_id: KeyArn) -> Self {
        Self {
            identifier: settings.identifier(),
            modify: settings.asks_to_modify(),
            settings: RdsTarget { alternatives: None, ..settings.clone() },
            kms_key_id,
            alternatives: settings
                .alternatives
                .iter()
                .flatten()
                .map(|it| RdsAlternative {
                    db_instance_class: it
                        .db_instance_class
                        .clone()
                        .or_else(|| settings.db_instance_class.clone()),
                    availability_zone: it
                        .availability_zone
                        .clone()
                        .or_else(|| settings.availability_zone.clone()),
                })
                .collect(),
        }
    }

    /// The same by the first of its alternatives; none where there is no other.
    #[must_use]
    pub fn elsewhere(&self) -> Option<Self> {
        let (next, rest) = self.alternatives.split_first()?;
        let settings = RdsTarget {
            db_instance_class: next.db_instance_class.clone(),
            availability_zone: next.availability_zone.clone(),
            ..self.settings.clone()
        };
        Some(Self { settings, alternatives: rest.to_vec(), ..self.clone() })
    }
}

#[cfg(test)]
mod tests;
