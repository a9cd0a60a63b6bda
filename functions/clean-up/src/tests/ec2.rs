use aws_sdk_ec2::Client;
use aws_sdk_ec2::error::ErrorMetadata;
use aws_sdk_ec2::operation::delete_security_group::{
    DeleteSecurityGroupError, DeleteSecurityGroupOutput,
};
use aws_sdk_ec2::operation::delete_snapshot::{DeleteSnapshotError, DeleteSnapshotOutput};
use aws_sdk_ec2::operation::delete_tags::DeleteTagsOutput;
use aws_sdk_ec2::operation::delete_volume::DeleteVolumeOutput;
use aws_sdk_ec2::operation::describe_instances::DescribeInstancesOutput;
use aws_sdk_ec2::operation::describe_security_groups::DescribeSecurityGroupsOutput;
use aws_sdk_ec2::operation::describe_snapshot_attribute::DescribeSnapshotAttributeOutput;
use aws_sdk_ec2::operation::describe_snapshots::{DescribeSnapshotsError, DescribeSnapshotsOutput};
use aws_sdk_ec2::operation::describe_volume_status::{
    DescribeVolumeStatusError, DescribeVolumeStatusOutput,
};
use aws_sdk_ec2::operation::describe_volumes::{DescribeVolumesError, DescribeVolumesOutput};
use aws_sdk_ec2::operation::modify_snapshot_attribute::ModifySnapshotAttributeOutput;
use aws_sdk_ec2::operation::terminate_instances::{
    TerminateInstancesError, TerminateInstancesOutput,
};
use aws_sdk_ec2::types::{
    CreateVolumePermission, InitializationStatusDetails, Instance, InstanceState,
    InstanceStateName, OperationType, Reservation, SecurityGroup, Snapshot, SnapshotState, Tag,
    Volume, VolumeAttachment, VolumeState, VolumeStatusItem,
};
use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
use restore::Flow;
use restore::tag::{self, Made};
use step::{ErrorName, StepError};

use super::example::{request, source, target};
use crate::clean;
use crate::request::{Left, Reason, Request, Response};
use crate::sweep::Sweep;

const COPY: &str = "arn:aws:ec2:eu-central-1:444455556666:snapshot/snap-copy";
const SHARED: &str =
    "arn:aws:ec2:eu-west-1:111122223333:snapshot/snap-source (permission of 444455556666)";

/// The target account, in which the restore has made what a restore makes.
struct Target {
    instances: Rule,
    volumes: Rule,
    groups: Rule,
    snapshots: Rule,
    status: Rule,
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

    async fn clean(&self, request: &Request) -> Result<Response, StepError> {
        let rules = [
            &self.instances,
            &self.volumes,
            &self.groups,
            &self.snapshots,
            &self.status,
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

/// The source account, which has shared `snap-source`.
struct Source {
    staged: Rule,
    shared: Rule,
    permission: Rule,
    withdraw: Rule,
    give_back: Rule,
    users: Rule,
    stop_using: Rule,
}

impl Source {
    fn new(said: &'static str, users: &'static [&'static str]) -> Self {
        let modify = |operation: OperationType| {
            mock!(Client::modify_snapshot_attribute)
                .match_requests(move |input| {
                    input.snapshot_id() == Some("snap-source")
                        && input.operation_type() == Some(&operation)
                        && input.user_ids() == ["444455556666"]
                        && input.group_names().is_empty()
                })
                .then_output(|| ModifySnapshotAttributeOutput::builder().build())
        };
        Self {
            staged: mock!(Client::describe_snapshots)
                .match_requests(|input| {
                    input.filters().iter().any(|filter| filter.name() == Some("tag:restore:id"))
                })
                .then_output(|| DescribeSnapshotsOutput::builder().build()),
            shared: mock!(Client::describe_snapshots)
                .match_requests(|input| {
                    input.filters().iter().any(|filter| filter.name() == Some("tag-key"))
                        && input.owner_ids() == ["self"]
                })
                .then_output(move || shared(said, users)),
            permission: permitted(&["444455556666", "777788889999"]),
            withdraw: modify(OperationType::Remove),
            give_back: modify(OperationType::Add),
            users: mock!(Client::describe_snapshots)
                .match_requests(|input| input.snapshot_ids() == ["snap-source"])
                .then_output(move || shared(said, users)),
            stop_using: mock!(Client::delete_tags)
                .match_requests(|input| {
                    let keys: Vec<_> = input.tags().iter().filter_map(Tag::key).collect();
                    input.resources() == ["snap-source"] && keys == ["restore:share:orders"]
                })
                .then_output(|| DeleteTagsOutput::builder().build()),
        }
    }

    async fn clean(&self, request: &Request) -> Result<Response, StepError> {
        let rules = [
            &self.staged,
            &self.shared,
            &self.permission,
            &self.withdraw,
            &self.give_back,
            &self.users,
            &self.stop_using,
        ];
        let ec2 = mock_client!(aws_sdk_ec2, RuleMode::MatchAny, rules);
        let rds = mock_client!(aws_sdk_rds, RuleMode::MatchAny, [] as [&Rule; 0]);
        clean(&[source(ec2, rds)], request, Sweep::of(request)).await
    }

    fn changes(&self) -> (usize, usize, usize) {
        (self.withdraw.num_calls(), self.give_back.num_calls(), self.stop_using.num_calls())
    }
}

fn tags(restore_id: &str, made: Made) -> Vec<Tag> {
    let tag = |key: &str, value: &str| Tag::builder().key(key).value(value).build();
    vec![tag(tag::ID, restore_id), tag(tag::STEP, made.name()), tag(tag::SOURCE, "snap-source")]
}

fn instance(state: InstanceStateName) -> Rule {
    mock!(Client::describe_instances).then_output(move || {
        let instance = Instance::builder()
            .instance_id("i-1")
            .state(InstanceState::builder().name(state.clone()).build())
            .set_tags(Some(tags("orders", Made::RestoredInstance)))
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
            let item = VolumeStatusItem::builder().initialization_status_details(details).build();
            DescribeVolumeStatusOutput::builder().volume_statuses(item).build()
        })
}

fn shared(said: &str, users: &[&str]) -> DescribeSnapshotsOutput {
    let own = Tag::builder().key("restore:share:orders").value(said).build();
    let others = users.iter().map(|user| {
        Tag::builder().key(format!("restore:share:{user}")).value(tag::SHARE_GIVEN).build()
    });
    let tags = others.chain([own]).collect();
    let snapshot = Snapshot::builder().snapshot_id("snap-source").set_tags(Some(tags)).build();
    DescribeSnapshotsOutput::builder().snapshots(snapshot).build()
}

fn permitted(accounts: &'static [&'static str]) -> Rule {
    mock!(Client::describe_snapshot_attribute).then_output(move || {
        let permissions = accounts
            .iter()
            .map(|account| CreateVolumePermission::builder().user_id(*account).build())
            .collect();
        DescribeSnapshotAttributeOutput::builder()
            .set_create_volume_permissions(Some(permissions))
            .build()
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

fn cross_account(reason: Reason) -> Request {
    request(Flow::Ec2CrossAccount, reason)
}

#[tokio::test]
async fn a_finished_restore_loses_its_intermediates_in_one_call() {
    let target = Target::new();

    let response = target.clean(&restored()).await.unwrap();

    assert_eq!(
        response,
        Response::Done {
            cleaned_up: vec![
                "arn:aws:ec2:eu-central-1:444455556666:volume/vol-placeholder".to_owned(),
                "arn:aws:ec2:eu-central-1:444455556666:security-group/sg-1".to_owned(),
                COPY.to_owned(),
            ],
            left: vec![],
        }
    );
    assert_eq!((target.removals(), target.terminate.num_calls()), (3, 0));
}

#[tokio::test]
async fn nothing_without_the_restores_own_tag_is_touched_whatever_a_filter_lets_through() {
    let mut target = Target::new();
    target.snapshots = snapshots(vec![
        snapshot("snap-copy", "another", SnapshotState::Completed),
        Snapshot::builder().snapshot_id("snap-copy").build(),
    ]);

    let response = target.clean(&restored()).await.unwrap();

    assert!(matches!(response, Response::Done { left, .. } if left.is_empty()));
    assert_eq!(target.delete_snapshot.num_calls(), 0);
}

#[tokio::test]
async fn kept_copies_are_told() {
    let (target, mut request) = (Target::new(), restored());
    request.plan.keep_copies = true;

    let response = target.clean(&request).await.unwrap();

    let why = "kept, as options.keepCopies says".to_owned();
    let Response::Done { left, .. } = response else { panic!("{response:?}") };
    assert_eq!(left, [Left { resource: COPY.to_owned(), why }]);
    assert_eq!(target.delete_snapshot.num_calls(), 0);
}

#[tokio::test]
async fn a_copy_stays_until_the_volumes_have_loaded_their_data() {
    let mut target = Target::new();
    target.status = initialised(50);

    let response = target.clean(&restored()).await.unwrap();

    let Response::Pending { percent, wait_seconds, waiting_for, cleaned_up, .. } = response else {
        panic!("{response:?}")
    };
    assert_eq!((percent, wait_seconds), (Some(50), 30));
    assert_eq!(waiting_for, "until the volumes have loaded their data");
    assert_eq!(cleaned_up.len(), 2);
    assert_eq!(target.delete_snapshot.num_calls(), 0);
}

#[tokio::test]
async fn a_copy_stays_where_nobody_may_see_whether_the_volumes_have_loaded_their_data() {
    let mut target = Target::new();
    target.status = mock!(Client::describe_volume_status)
        .then_error(|| DescribeVolumeStatusError::generic(error("UnauthorizedOperation")));

    let response = target.clean(&restored()).await.unwrap();

    let Response::Done { left, .. } = response else { panic!("{response:?}") };
    assert_eq!(left.len(), 1);
    assert!(left[0].why.contains("ec2:DescribeVolumeStatus: UnauthorizedOperation"), "{left:?}");
    assert_eq!(target.delete_snapshot.num_calls(), 0);
}

#[tokio::test]
async fn a_failed_restore_terminates_its_instance_and_comes_again_for_what_that_holds() {
    let target = Target::new();

    let response = target.clean(&failed()).await.unwrap();

    let Response::Pending { waiting_for, cleaned_up, .. } = response else {
        panic!("{response:?}")
    };
    assert!(waiting_for.contains("instance i-1 is terminated"), "{waiting_for}");
    assert_eq!(
        cleaned_up,
        [
            "arn:aws:ec2:eu-central-1:444455556666:instance/i-1",
            "arn:aws:ec2:eu-central-1:444455556666:volume/vol-root",
            "arn:aws:ec2:eu-central-1:444455556666:volume/vol-placeholder",
            COPY,
        ]
    );
    assert_eq!((target.terminate.num_calls(), target.delete_group.num_calls()), (1, 0));
}

#[tokio::test]
async fn what_earlier_calls_removed_is_in_the_last_answer_once() {
    let (mut target, mut request) = (Target::new(), failed());
    target.instances = instance(InstanceStateName::Terminated);
    target.volumes = volumes(vec![]);
    target.snapshots = snapshots(vec![]);
    request.cleaned_up = vec!["arn:aws:ec2:…:instance/i-1".to_owned(), COPY.to_owned()];

    let response = target.clean(&request).await.unwrap();

    let Response::Done { cleaned_up, left } = response else { panic!("{response:?}") };
    let group = "arn:aws:ec2:eu-central-1:444455556666:security-group/sg-1";
    assert_eq!(cleaned_up, ["arn:aws:ec2:…:instance/i-1", COPY, group]);
    assert_eq!((left, target.removals()), (vec![], 1));
}

#[tokio::test]
async fn an_instance_that_no_look_up_by_tag_knows_yet_is_found_by_its_id() {
    let (mut target, mut request) = (Target::new(), failed());
    let by_id = instance(InstanceStateName::Running);
    target.instances = mock!(Client::describe_instances)
        .match_requests(|input| input.instance_ids().is_empty())
        .then_output(|| DescribeInstancesOutput::builder().build());
    request.instance_id = Some("i-1".to_owned());
    let ec2 = mock_client!(
        aws_sdk_ec2,
        RuleMode::MatchAny,
        [
            &target.instances,
            &by_id,
            &target.volumes,
            &target.groups,
            &target.snapshots,
            &target.terminate,
            &target.delete_volume,
            &target.delete_snapshot,
        ]
    );
    let rds = mock_client!(aws_sdk_rds, RuleMode::MatchAny, [] as [&Rule; 0]);

    let places = [super::example::target(ec2, rds)];
    clean(&places, &request, Sweep::of(&request)).await.unwrap();

    assert_eq!((by_id.num_calls(), target.terminate.num_calls()), (1, 1));
}

#[tokio::test]
async fn an_instance_that_cannot_be_terminated_is_told_with_all_it_holds() {
    let mut target = Target::new();
    target.terminate = mock!(Client::terminate_instances)
        .then_error(|| TerminateInstancesError::generic(error("OperationNotPermitted")));

    let response = target.clean(&failed()).await.unwrap();

    let Response::Done { cleaned_up, left } = response else { panic!("{response:?}") };
    let resources: Vec<_> = left.iter().map(|left| left.resource.as_str()).collect();
    assert_eq!(
        resources,
        [
            "arn:aws:ec2:eu-central-1:444455556666:instance/i-1",
            "arn:aws:ec2:eu-central-1:444455556666:volume/vol-root",
            "arn:aws:ec2:eu-central-1:444455556666:security-group/sg-1",
        ]
    );
    assert!(left[0].why.contains("OperationNotPermitted: AWS says so"), "{left:?}");
    assert_eq!(cleaned_up.len(), 2);
}

#[tokio::test]
async fn a_removal_that_fails_is_told_and_the_rest_goes_on() {
    let mut target = Target::new();
    target.delete_group = mock!(Client::delete_security_group)
        .then_error(|| DeleteSecurityGroupError::generic(error("UnauthorizedOperation")));

    let response = target.clean(&restored()).await.unwrap();

    let Response::Done { cleaned_up, left } = response else { panic!("{response:?}") };
    assert_eq!((cleaned_up.len(), left.len()), (2, 1));
    assert!(left[0].why.contains("role/restore"), "{left:?}");
}

#[tokio::test]
async fn what_is_gone_already_is_removed() {
    let mut target = Target::new();
    target.delete_snapshot = mock!(Client::delete_snapshot)
        .then_error(|| DeleteSnapshotError::generic(error("InvalidSnapshot.NotFound")));

    let response = target.clean(&restored()).await.unwrap();

    assert!(matches!(response, Response::Done { cleaned_up, left }
        if cleaned_up.len() == 3 && left.is_empty()));
}

#[tokio::test]
async fn a_group_that_aws_still_sees_in_use_is_tried_again_for_a_while() {
    let (mut target, mut request) = (Target::new(), restored());
    target.delete_group = mock!(Client::delete_security_group)
        .then_error(|| DeleteSecurityGroupError::generic(error("DependencyViolation")));

    let early = target.clean(&request).await.unwrap();
    request.elapsed_seconds = 600;
    let late = target.clean(&request).await.unwrap();

    assert!(matches!(early, Response::Pending { left, .. } if left.is_empty()));
    assert!(matches!(late, Response::Done { left, .. } if left.len() == 1));
}

#[tokio::test]
async fn a_throttled_call_that_has_removed_nothing_fails_so_that_it_is_tried_again() {
    let mut target = Target::new();
    target.snapshots = mock!(Client::describe_snapshots)
        .then_error(|| DescribeSnapshotsError::generic(error("RequestLimitExceeded")));

    let error = target.clean(&restored()).await.unwrap_err();

    assert_eq!((error.name(), target.removals()), (ErrorName::Throttled, 0));
}

#[tokio::test]
async fn a_throttled_call_that_has_removed_something_remembers_it() {
    let mut target = Target::new();
    target.delete_snapshot = mock!(Client::delete_snapshot)
        .then_error(|| DeleteSnapshotError::generic(error("RequestLimitExceeded")));

    let response = target.clean(&restored()).await.unwrap();

    assert!(matches!(response, Response::Pending { cleaned_up, left, .. }
        if cleaned_up.len() == 2 && left.is_empty()));
}

#[tokio::test]
async fn what_cannot_be_listed_is_told_and_the_rest_goes_on() {
    let mut target = Target::new();
    target.volumes = mock!(Client::describe_volumes)
        .then_error(|| DescribeVolumesError::generic(error("UnauthorizedOperation")));

    let response = target.clean(&restored()).await.unwrap();

    let Response::Done { cleaned_up, left } = response else { panic!("{response:?}") };
    assert_eq!(cleaned_up, ["arn:aws:ec2:eu-central-1:444455556666:security-group/sg-1"]);
    let resources: Vec<_> = left.iter().map(|left| left.resource.as_str()).collect();
    // Without the volumes nobody knows whether they still need the copy.
    let place = "volumes: what this restore made in 444455556666 eu-central-1";
    assert_eq!(resources, [place, COPY]);
}

#[tokio::test]
async fn a_share_that_this_restore_gave_is_withdrawn_and_then_its_tag_goes() {
    let source = Source::new(tag::SHARE_GIVEN, &[]);

    let response = source.clean(&cross_account(Reason::Failed)).await.unwrap();

    assert_eq!(response, Response::Done { cleaned_up: vec![SHARED.to_owned()], left: vec![] });
    assert_eq!(source.changes(), (1, 0, 1));
}

#[tokio::test]
async fn a_share_that_was_there_before_stays() {
    let source = Source::new(tag::SHARE_FOUND, &[]);

    let response = source.clean(&cross_account(Reason::Failed)).await.unwrap();

    assert_eq!(response, Response::Done { cleaned_up: vec![], left: vec![] });
    assert_eq!(source.changes(), (0, 0, 1));
}

#[tokio::test]
async fn a_share_that_another_restore_uses_stays_and_is_told() {
    let source = Source::new(tag::SHARE_GIVEN, &["another"]);

    let response = source.clean(&cross_account(Reason::Failed)).await.unwrap();

    let left = Left { resource: SHARED.to_owned(), why: "used by restore another".to_owned() };
    assert_eq!(response, Response::Done { cleaned_up: vec![], left: vec![left] });
    assert_eq!(source.changes(), (0, 0, 1));
}

#[tokio::test]
async fn a_share_that_another_restore_begins_to_use_meanwhile_is_given_back() {
    let mut source = Source::new(tag::SHARE_GIVEN, &[]);
    source.users = mock!(Client::describe_snapshots)
        .match_requests(|input| input.snapshot_ids() == ["snap-source"])
        .then_output(|| shared(tag::SHARE_GIVEN, &["another"]));

    let response = source.clean(&cross_account(Reason::Failed)).await.unwrap();

    assert!(matches!(response, Response::Done { cleaned_up, left }
        if cleaned_up.is_empty() && left.len() == 1));
    assert_eq!(source.changes(), (1, 1, 1));
}

#[tokio::test]
async fn a_share_that_was_noted_and_never_given_loses_its_tag_alone() {
    let mut source = Source::new(tag::SHARE_GIVEN, &[]);
    source.permission = permitted(&["777788889999"]);

    let response = source.clean(&cross_account(Reason::Failed)).await.unwrap();

    assert_eq!(response, Response::Done { cleaned_up: vec![], left: vec![] });
    assert_eq!(source.changes(), (0, 0, 1));
}

#[tokio::test]
async fn a_share_stays_where_the_restored_volumes_cannot_be_seen() {
    let source = Source::new(tag::SHARE_GIVEN, &[]);

    let response = source.clean(&cross_account(Reason::Restored)).await.unwrap();

    assert!(matches!(response, Response::Done { left, .. } if left.len() == 1));
    assert_eq!(source.changes(), (0, 0, 0));
}
