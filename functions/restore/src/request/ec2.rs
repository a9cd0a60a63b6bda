//! What a request says of an EC2 instance.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::At;
use crate::id::DeviceName;
use crate::{ImageId, InstanceId, SecurityGroupId, SnapshotId, SubnetId};

/// The snapshots: listed, or to be found by their instance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Ec2Source {
    /// The volumes to restore. Either these or `instanceId`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub volumes: Option<Vec<VolumeRequest>>,
    /// The instance whose snapshots to look for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance_id: Option<InstanceId>,
    /// Which of its snapshot sets: the newest complete one at or before this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<At>,
}

/// One volume to restore. What is absent is as the source volume had it, where that is known,
/// else as EC2 has it by default.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct VolumeRequest {
    /// The snapshot to make it from.
    pub snapshot_id: SnapshotId,
    /// The device name to attach it under; the root volume goes to the AMI's root device.
    pub device_name: DeviceName,
    /// Whether it is the root volume.
    #[serde(default)]
    pub root: bool,
    /// Its type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub volume_type: Option<VolumeType>,
    /// Its provisioned IOPS (gp3, io1 and io2).
    #[cfg_attr(feature = "schema", schemars(range(min = 100, max = 256_000)))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iops: Option<i32>,
    /// Its throughput in MiB/s (gp3).
    #[cfg_attr(feature = "schema", schemars(range(min = 125, max = 2_000)))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub throughput: Option<i32>,
    /// Its size in GiB, at least the snapshot's.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 65_536)))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<i32>,
    /// Whether it goes when the instance is terminated; when absent, the root volume does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delete_on_termination: Option<bool>,
}

/// An EBS volume type (BC:ec2.VolumeType).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "AWS's own names")]
pub enum VolumeType {
    Standard,
    Gp2,
    Gp3,
    Io1,
    Io2,
    St1,
    Sc1,
}

impl VolumeType {
    /// AWS's name of it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Gp2 => "gp2",
            Self::Gp3 => "gp3",
            Self::Io1 => "io1",
            Self::Io2 => "io2",
            Self::St1 => "st1",
            Self::Sc1 => "sc1",
        }
    }

    /// The type AWS calls `name`.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        [Self::Standard, Self::Gp2, Self::Gp3, Self::Io1, Self::Io2, Self::St1, Self::Sc1]
            .into_iter()
            .find(|volume_type| volume_type.name() == name)
    }
}

/// The instance to make. What is absent is as the source instance has it, where it can be read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Ec2Target {
    /// The AMI it starts from before its root volume is replaced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image_id: Option<ImageId>,
    /// Its type, such as `m7g.large`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance_type: Option<String>,
    /// The subnet, which also decides the Availability Zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subnet_id: Option<SubnetId>,
    /// Its security groups; the VPC's default group when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub security_group_ids: Option<Vec<SecurityGroupId>>,
    /// Its key pair.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_name: Option<String>,
    /// Its instance profile, by name or ARN.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iam_instance_profile: Option<String>,
    /// Its user data, as plain text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_data: Option<String>,
    /// Tags for the instance and its volumes: at most 47 beside the restore's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<BTreeMap<String, String>>,
    /// Whether it is started; else it is left stopped.
    #[serde(default = "yes")]
    pub start: bool,
    /// What to try next, in this order, where AWS has no capacity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alternatives: Option<Vec<Ec2Alternative>>,
}

/// Another instance type, another Availability Zone, or both. What is absent is as the request has
/// it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Ec2Alternative {
    /// Its type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance_type: Option<String>,
    /// The subnet, of the same VPC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subnet_id: Option<SubnetId>,
}

const fn yes() -> bool {
    true
}
