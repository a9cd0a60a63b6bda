//! A place with an instance and a DB instance.

use aws_sdk_ec2::Client as Ec2;
use aws_sdk_ec2::operation::describe_instance_attribute::DescribeInstanceAttributeOutput;
use aws_sdk_ec2::operation::describe_instances::DescribeInstancesOutput;
use aws_sdk_ec2::operation::describe_snapshots::DescribeSnapshotsOutput;
use aws_sdk_ec2::operation::describe_volumes::DescribeVolumesOutput;
use aws_sdk_ec2::primitives::DateTime;
use aws_sdk_ec2::types::{
    ArchitectureValues, EbsInstanceBlockDevice, Instance, InstanceBlockDeviceMapping, InstanceType,
    Reservation, Snapshot, Volume,
};
use aws_sdk_rds::Client as Rds;
use aws_sdk_rds::operation::describe_db_instances::DescribeDbInstancesOutput;
use aws_sdk_rds::types::{DbInstance, Tag};
use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
use step::StepError;

use super::bucket::Bucket;
use crate::clients::Clients;
use crate::deployment::tests::deployment;
use crate::{Report, place};

/// An instance of one volume, of this type of Graviton, whose source/destination check is off.
pub(super) fn instance(id: &str, volume: &str, kind: InstanceType) -> Instance {
    let ebs = EbsInstanceBlockDevice::builder().volume_id(volume).build();
    let root = InstanceBlockDeviceMapping::builder().device_name("/dev/xvda").ebs(ebs).build();
    Instance::builder()
        .instance_id(id)
        .instance_type(kind)
        .architecture(ArchitectureValues::Arm64)
        .source_dest_check(false)
        .root_device_name("/dev/xvda")
        .block_device_mappings(root)
        .build()
}

/// A DB instance with the tag.
pub(super) fn database(name: &str) -> aws_sdk_rds::types::builders::DbInstanceBuilder {
    let tag = Tag::builder().key("record-settings").value("true").build();
    DbInstance::builder()
        .db_instance_identifier(name)
        .db_instance_class("db.m7g.large")
        .tag_list(tag)
}

/// What EC2 and RDS answer of a place.
pub(super) struct There {
    pub(super) instances: Rule,
    pub(super) volumes: Rule,
    pub(super) snapshots: Rule,
    pub(super) user_data: Rule,
    pub(super) databases: Rule,
}

impl There {
    /// A place with these instances, whose volumes are `vol-a` and `vol-b`, and DB instances.
    pub(super) fn with(instances: Vec<Instance>, databases: Vec<DbInstance>) -> Self {
        let instances = mock!(Ec2::describe_instances)
            .match_requests(|asked| asked.filters()[0].name() == Some("tag:record-settings"))
            .then_output(move || {
                let reservation = Reservation::builder().set_instances(Some(instances.clone()));
                DescribeInstancesOutput::builder().reservations(reservation.build()).build()
            });
        let volumes = mock!(Ec2::describe_volumes).then_output(|| {
            let volume = |id: &str| Volume::builder().volume_id(id).size(8).build();
            DescribeVolumesOutput::builder()
                .volumes(volume("vol-a"))
                .volumes(volume("vol-b"))
                .build()
        });
        let snapshots = mock!(Ec2::describe_snapshots)
            .match_requests(|asked| asked.owner_ids() == ["111122223333"])
            .then_output(|| {
                let taken = Snapshot::builder()
                    .snapshot_id("snap-0a0a0a0a")
                    .volume_id("vol-a")
                    .start_time(DateTime::from_secs(1_795_000_000));
                DescribeSnapshotsOutput::builder().snapshots(taken.build()).build()
            });
        let user_data = mock!(Ec2::describe_instance_attribute)
            .then_output(|| DescribeInstanceAttributeOutput::builder().build());
        let databases = mock!(Rds::describe_db_instances).then_output(move || {
            DescribeDbInstancesOutput::builder().set_db_instances(Some(databases.clone())).build()
        });
        Self { instances, volumes, snapshots, user_data, databases }
    }

    fn clients(&self) -> Clients {
        let rules = [&self.instances, &self.volumes, &self.snapshots, &self.user_data];
        Clients {
            session: deployment().places.remove(0),
            ec2: mock_client!(aws_sdk_ec2, RuleMode::MatchAny, rules),
            rds: mock_client!(aws_sdk_rds, RuleMode::MatchAny, [&self.databases]),
        }
    }

    /// Records it at an instant.
    pub(super) async fn recorded(&self, bucket: &Bucket, at: &str) -> Result<Report, StepError> {
        let now = at.parse().unwrap();
        place(&self.clients(), &bucket.records(), &deployment(), now).await.whole()
    }
}
