//! EC2 restores.

mod finished;
mod obstacles;
mod removals;
mod settling;
mod shares;

use aws_sdk_ec2::Client;
use aws_sdk_ec2::error::ErrorMetadata;
use aws_sdk_ec2::operation::create_tags::{CreateTagsError, CreateTagsOutput};
use aws_sdk_ec2::operation::delete_security_group::{
    DeleteSecurityGroupError, DeleteSecurityGroupOutput,
};
use aws_sdk_ec2::operation::delete_snapshot::{DeleteSnapshotError, DeleteSnapshotOutput};
use aws_sdk_ec2::operation::delete_volume::DeleteVolumeOutput;
use aws_sdk_ec2::operation::describe_instances::DescribeInstancesOutput;
use aws_sdk_ec2::operation::describe_security_groups::DescribeSecurityGroupsOutput;
use aws_sdk_ec2::operation::describe_snapshots::{DescribeSnapshotsError, DescribeSnapshotsOutput};
use aws_sdk_ec2::operation::describe_volume_status::{
    DescribeVolumeStatusError, DescribeVolumeStatusOutput,
};
use aws_sdk_ec2::operation::describe_volumes::{DescribeVolumesError, DescribeVolumesOutput};
use aws_sdk_ec2::operation::terminate_instances::{
    TerminateInstancesError, TerminateInstancesOutput,
};
use aws_sdk_ec2::primitives::DateTime;
use aws_sdk_ec2::types::{
    InitializationStatusDetails, Instance, InstanceState, InstanceStateName, Reservation,
    SecurityGroup, Snapshot, SnapshotState, Tag, Volume, VolumeAttachment, VolumeState,
    VolumeStatusItem,
};
use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
use restore::Flow;
use restore::tag::{self, Made};

use super::example::{self, later, request, target};
use crate::clean;
use crate::request::{Answer, Left, Reason, Request, Response};
use crate::sweep::Sweep;

const COPY: &str = "arn:aws:ec2:eu-central-1:444455556666:snapshot/snap-copy";
/// The target account, in which the restore has made what a restore makes.
struct Target {
    instances: Rule,
    volumes: Rule,
    groups: Rule,
    snapshots: Rule,
    status: Rule,
    mark: Rule,
    keep: Rule,
    terminate: Rule,
    delete_volume: Rule,
    delete_group: Rule,
    delete_snapshot: Rule,
}

impl Target {
    fn new() -> Self {
        Self {
            instances: instance(InstanceStateName::Running),
            volumes: volumes(vec![
                volume("vol-root", Made::Volume, Some("i-1")),
                volume("vol-placeholder", Made::Placeholder, None),
            ]),
            groups: mock!(Client::describe_security_groups).then_output(|| {
                let group = SecurityGroup::builder().group_id("sg-1");
                let group = group.set_tags(Some(tags("orders", Made::SealedGroup))).build();
                DescribeSecurityGroupsOutput::builder().security_groups(group).build()
            }),
            snapshots: snapshots(vec![snapshot("snap-copy", "orders", SnapshotState::Completed)]),
            status: initialised(100),
            mark: mock!(Client::create_tags)
                .match_requests(|input| {
                    let tags = input.tags().iter().map(|tag| (tag.key(), tag.value()));
                    // Of the instance and its volumes, those that are seen and not marked yet.
                    input.resources().iter().all(|id| ["i-1", "vol-root"].contains(&id.as_str()))
                        && tags.eq([(Some(tag::STEP), Some(Made::Finished.name()))])
                })
                .then_output(|| CreateTagsOutput::builder().build()),
            keep: mock!(Client::create_tags)
                .match_requests(|input| {
                    let mut keys = input.tags().iter().map(Tag::key);
                    input.resources() == ["snap-copy"] && keys.all(|key| key == Some(tag::KEPT))
                })
                .then_output(|| CreateTagsOutput::builder().build()),
            terminate: mock!(Client::terminate_instances)
                .match_requests(|input| input.instance_ids() == ["i-1"])
                .then_output(|| TerminateInstancesOutput::builder().build()),
            delete_volume: mock!(Client::delete_volume)
                .match_requests(|input| input.volume_id() == Some("vol-placeholder"))
                .then_output(|| DeleteVolumeOutput::builder().build()),
            delete_group: mock!(Client::delete_security_group)
                .match_requests(|input| input.group_id() == Some("sg-1"))
                .then_output(|| DeleteSecurityGroupOutput::builder().build()),
            delete_snapshot: mock!(Client::delete_snapshot)
                .match_requests(|input| input.snapshot_id() == Some("snap-copy"))
                .then_output(|| DeleteSnapshotOutput::builder().build()),
        }
    }

    async fn clean(&self, request: &Request) -> Response {
        self.answer(request).await.response
    }

    async fn answer(&self, request: &Request) -> Answer {
        let rules = [
            &self.instances,
            &self.volumes,
            &self.groups,
            &self.snapshots,
            &self.status,
            &self.mark,
            &self.keep,
            &self.terminate,
            &self.delete_volume,
            &self.delete_group,
            &self.delete_snapshot,
        ];
        let ec2 = mock_client!(aws_sdk_ec2, RuleMode::MatchAny, rules);
        let rds = mock_client!(aws_sdk_rds, RuleMode::MatchAny, [] as [&Rule; 0]);
        clean(&[target(ec2, rds)], request, Sweep::of(request)).await
    }

    /// How often something was removed.
    fn removals(&self) -> usize {
        let rules =
            [&self.terminate, &self.delete_volume, &self.delete_group, &self.delete_snapshot];
        rules.into_iter().map(Rule::num_calls).sum()
    }
}

fn tags(restore_id: &str, made: Made) -> Vec<Tag> {
    let tag = |key: &str, value: &str| Tag::builder().key(key).value(value).build();
    vec![tag(tag::ID, restore_id), tag(tag::STEP, made.name()), tag(tag::SOURCE, "snap-source")]
}

fn instance(state: InstanceStateName) -> Rule {
    instance_of(Made::RestoredInstance, state)
}

fn instance_of(made: Made, state: InstanceStateName) -> Rule {
    mock!(Client::describe_instances).then_output(move || {
        let instance = Instance::builder()
            .instance_id("i-1")
            .state(InstanceState::builder().name(state.clone()).build())
            .set_tags(Some(tags("orders", made)))
            .build();
        let reservation = Reservation::builder().instances(instance).build();
        DescribeInstancesOutput::builder().reservations(reservation).build()
    })
}

fn volume(id: &str, made: Made, attached_to: Option<&str>) -> Volume {
    let attachment = attached_to.map(|instance_id| {
        VolumeAttachment::builder().instance_id(instance_id).delete_on_termination(true).build()
    });
    Volume::builder()
        .volume_id(id)
        .state(if attached_to.is_some() { VolumeState::InUse } else { VolumeState::Available })
        .set_attachments(attachment.map(|attachment| vec![attachment]))
        .set_tags(Some(tags("orders", made)))
        .build()
}

fn volumes(volumes: Vec<Volume>) -> Rule {
    mock!(Client::describe_volumes).then_output(move || {
        DescribeVolumesOutput::builder().set_volumes(Some(volumes.clone())).build()
    })
}

fn snapshot(id: &str, restore_id: &str, state: SnapshotState) -> Snapshot {
    let tags = tags(restore_id, Made::Copy);
    Snapshot::builder().snapshot_id(id).state(state).set_tags(Some(tags)).build()
}

fn snapshots(snapshots: Vec<Snapshot>) -> Rule {
    mock!(Client::describe_snapshots)
        .match_requests(|input| input.owner_ids() == ["self"])
        .then_output(move || {
            DescribeSnapshotsOutput::builder().set_snapshots(Some(snapshots.clone())).build()
        })
}

fn initialised(percent: i64) -> Rule {
    mock!(Client::describe_volume_status)
        .match_requests(|input| input.volume_ids() == ["vol-root"])
        .then_output(move || {
            let details = InitializationStatusDetails::builder().progress(percent).build();
            let item = VolumeStatusItem::builder().volume_id("vol-root");
            let item = item.initialization_status_details(details).build();
            DescribeVolumeStatusOutput::builder().volume_statuses(item).build()
        })
}

fn error(code: &'static str) -> ErrorMetadata {
    ErrorMetadata::builder().code(code).message("AWS says so").build()
}

fn restored() -> Request {
    request(Flow::Ec2CrossRegion, Reason::Restored)
}

fn failed() -> Request {
    request(Flow::Ec2CrossRegion, Reason::Failed)
}
