//! What `plan-restore` finds out, before anything is decided.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::availability::Availability;
use crate::boot::Boot;
use crate::plan::{CopiesUnderWay, Obstacle, Place, Room, Sharing};
use crate::preflight::Row;
use crate::request::{VolumeRequest, VolumeType};
use crate::{ImageId, KeyArn, RoleArn, SecurityGroupId, SubnetId};

/// Everything that a plan follows from, besides the request itself.
#[derive(Debug, Clone)]
pub struct Facts {
    /// The snapshots to restore, in the order of the request.
    pub snapshots: Vec<SnapshotFacts>,
    /// `target.kmsKeyId`; absent where it could not be found out, which is an obstacle.
    pub target_key: Option<KeyFacts>,
    /// `source.stagingKmsKeyId`.
    pub staging_key: Option<KeyFacts>,
    /// `target.intermediateKmsKeyId`.
    pub intermediate_key: Option<KeyFacts>,
    /// What the target holds; absent where it could not be found out, which is an obstacle.
    pub target: Option<TargetFacts>,
    /// What others copy where EBS snapshots are copied; nothing of a place that could not be looked at.
    pub copies_under_way: Vec<CopiesUnderWay>,
    /// What of the source cannot be restored, in words.
    pub not_restored: Vec<String>,
    /// What already stood in the way of finding out.
    pub obstacles: Vec<Obstacle>,
    /// What each role will have to be allowed, and what is known of that.
    pub preflight: Vec<Row>,
}

impl Facts {
    /// Whether an earlier run of this restore has made all that the snapshots were needed for.
    #[must_use]
    pub fn is_past_snapshots(&self) -> bool {
        match &self.target {
            Some(TargetFacts::Ec2(ec2)) => ec2.volumes_made,
            Some(TargetFacts::Rds(rds)) => rds.existing == Existing::Ours,
            None => false,
        }
    }

    /// What the restore takes for good, but for what an earlier run of it has taken already.
    #[must_use]
    pub fn room(&self) -> &[Room] {
        match &self.target {
            Some(TargetFacts::Ec2(ec2)) => ec2.room.as_slice(),
            Some(TargetFacts::Rds(rds)) => &rds.room,
            None => &[],
        }
    }
}

/// One snapshot.
#[derive(Debug, Clone)]
pub struct SnapshotFacts {
    /// The path of the request's field that names it.
    pub path: String,
    /// An EBS snapshot's id, or a DB snapshot's ARN.
    pub id: String,
    /// Whether it can be used.
    pub availability: Availability,
    /// Its key; absent when it is not encrypted.
    pub key: Option<KeyFacts>,
    /// Why it can be neither shared, copied nor used, such as being archived.
    pub unusable: Option<String>,
    /// Why AWS does not let it be shared, whatever its key.
    pub unshareable: Option<Unshareable>,
    /// Whom it is shared with already; nothing where it is not to be shared, or that could not be
    /// looked at.
    pub shared_with: Option<Sharing>,
    /// Its size in GiB.
    pub size_gib: i32,
    /// The instant whose data it holds, where AWS tells.
    pub taken_at: Option<Timestamp>,
    /// When AWS archives it again, of one that is back from the archive for a time.
    pub archived_again: Option<Timestamp>,
    /// A DB snapshot's option group, where it is not a default one.
    pub option_group: Option<String>,
    /// The permanent and persistent options of a DB snapshot, which every copy of it has too.
    pub lasting_options: Vec<String>,
}

/// Why AWS does not let a snapshot be shared, whatever its key, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unshareable {
    /// For what it is itself, such as an automated one: a copy of it can be shared.
    AsItIs(String),
    /// For what every copy of it has too, such as Transparent Data Encryption.
    NorAnyCopy(String),
}

/// A KMS key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyFacts {
    /// Its ARN, whatever it was named by.
    pub arn: KeyArn,
    /// Whether AWS manages it (`KeyManager` is `AWS`): a default key, which cannot be shared.
    pub managed_by_aws: bool,
    /// Whether the role that plans may not look at it: then all this is guessed, and it may be a
    /// default key.
    pub unseen: bool,
    /// Why it cannot encrypt or decrypt: disabled, asymmetric, pending deletion.
    pub unusable: Option<String>,
    /// When its imported key material expires, where it does.
    pub expires: Option<Timestamp>,
}

/// What the target holds.
#[derive(Debug, Clone)]
pub enum TargetFacts {
    /// For an EC2 restore.
    Ec2(Box<Ec2Facts>),
    /// For an RDS restore.
    Rds(RdsFacts),
}

/// Where an EC2 instance goes, and what an earlier run made of it.
#[derive(Debug, Clone)]
pub struct Ec2Facts {
    /// The volumes to restore, in the order of the snapshots, with what was left open filled in
    /// from the source instance.
    pub volumes: Vec<VolumeRequest>,
    /// The AMI to start from.
    pub image: ImageFacts,
    /// What the root volume was booted by; absent where nothing tells.
    pub source_boot: Option<Boot>,
    /// The subnet to start in.
    pub subnet: SubnetFacts,
    /// The instance type.
    pub instance_type: String,
    /// The types and subnets to try where AWS has no capacity.
    pub alternatives: Vec<Place>,
    /// The security groups; empty for the VPC's default group.
    pub security_group_ids: Vec<SecurityGroupId>,
    /// The key pair.
    pub key_name: Option<String>,
    /// The instance profile.
    pub iam_instance_profile: Option<String>,
    /// The role in the instance profile, where that could be looked at.
    pub profile_role: Option<RoleArn>,
    /// The user data, as plain text.
    pub user_data: Option<String>,
    /// The tags.
    pub tags: BTreeMap<String, String>,
    /// Whether every volume was made by an earlier run of this restore, so that no snapshot is
    /// needed any more.
    pub volumes_made: bool,
    /// The address that it takes of its subnet, which is looked at for a dry run alone; nothing
    /// where it has one already, may go to another subnet, or AWS does not tell.
    pub room: Option<Room>,
}

/// An AMI.
#[derive(Debug, Clone)]
pub struct ImageFacts {
    /// Its id.
    pub id: ImageId,
    /// The device name of its root volume.
    pub root_device_name: String,
    /// Its other mappings, which a restore suppresses.
    pub other_device_names: Vec<String>,
    /// What it boots by.
    pub boot: Boot,
    /// Why an instance cannot start from it, such as being backed by instance store.
    pub unusable: Option<String>,
}

/// What is known of the instance that the snapshots are of: by itself, by its record, or by an AMI
/// made of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// What it boots by.
    pub boot: Option<Boot>,
    /// Its type.
    pub instance_type: Option<String>,
    /// Its CPU options.
    pub cpu_options: Option<CpuOptions>,
}

/// How many CPUs an instance has of those of its type (BC:ec2.CpuOptions).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CpuOptions {
    /// The cores.
    pub core_count: i32,
    /// The threads of each.
    pub threads_per_core: i32,
}

/// A subnet.
#[derive(Debug, Clone)]
pub struct SubnetFacts {
    /// Its id.
    pub id: SubnetId,
    /// Its VPC.
    pub vpc_id: String,
    /// Its Availability Zone.
    pub availability_zone: String,
}

/// What there is under the identifier that the DB instance is to have.
#[derive(Debug, Clone)]
pub struct RdsFacts {
    /// The DB instance of that name.
    pub existing: Existing,
    /// The names of the groups that a new DB instance falls back on, where they could be learned.
    pub defaults: DefaultGroups,
    /// What it takes of quotas; nothing where it is there, or AWS does not tell.
    pub room: Vec<Room>,
}

/// The default groups of an engine's version, which a DB instance gets where the request names none
/// (BC:rds.RestoreDBInstanceFromDBSnapshotMessage, `DBParameterGroupName` and `OptionGroupName`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DefaultGroups {
    /// Such as `default.postgres16` (`RDS/USER_WorkingWithParamGroups`).
    pub parameters: Option<String>,
    /// Such as `default:postgres-16` (`RDS/USER_WorkingWithOptionGroups`).
    pub options: Option<String>,
}

/// Whether something of that name is there, and whose it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// Nothing.
    None,
    /// An earlier run of this restore made it.
    Ours,
    /// Somebody else made it.
    Foreign,
}

/// How a source volume was set up: the defaults of the restored one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VolumeSettings {
    /// Its type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub volume_type: Option<VolumeType>,
    /// Its IOPS, where its type has them provisioned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iops: Option<i32>,
    /// Its throughput in MiB/s, where its type has it provisioned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub throughput: Option<i32>,
    /// Its size in GiB.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<i32>,
}

impl VolumeSettings {
    /// The settings of a volume of the type, with what of its figures is provisioned: IOPS only for
    /// the types that have them so, throughput only for gp3 (BC:ec2.CreateVolumeRequest).
    #[must_use]
    pub fn provisioned(
        volume_type: Option<VolumeType>,
        iops: Option<i32>,
        throughput: Option<i32>,
    ) -> Self {
        let provisioned =
            matches!(volume_type, Some(VolumeType::Gp3 | VolumeType::Io1 | VolumeType::Io2));
        Self {
            volume_type,
            iops: iops.filter(|_| provisioned),
            throughput: throughput.filter(|_| volume_type == Some(VolumeType::Gp3)),
            size: None,
        }
    }

    /// Fills in what `volume` leaves open.
    ///
    /// IOPS and throughput belong to a type: where the request names another type than the
    /// source's, the source's figures are not taken over.
    #[must_use]
    pub fn fill(&self, volume: VolumeRequest) -> VolumeRequest {
        let same_type = volume.volume_type.is_none() || volume.volume_type == self.volume_type;
        VolumeRequest {
            volume_type: volume.volume_type.or(self.volume_type),
            iops: volume.iops.or(self.iops.filter(|_| same_type)),
            throughput: volume.throughput.or(self.throughput.filter(|_| same_type)),
            size: volume.size.or(self.size),
            ..volume
        }
    }
}
