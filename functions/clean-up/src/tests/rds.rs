use aws_sdk_rds::Client;
use aws_sdk_rds::error::ErrorMetadata;
use aws_sdk_rds::operation::add_tags_to_resource::AddTagsToResourceOutput;
use aws_sdk_rds::operation::delete_db_instance::DeleteDbInstanceOutput;
use aws_sdk_rds::operation::delete_db_snapshot::{DeleteDBSnapshotError, DeleteDbSnapshotOutput};
use aws_sdk_rds::operation::describe_db_instances::DescribeDbInstancesOutput;
use aws_sdk_rds::operation::describe_db_snapshot_attributes::DescribeDbSnapshotAttributesOutput;
use aws_sdk_rds::operation::describe_db_snapshots::DescribeDbSnapshotsOutput;
use aws_sdk_rds::operation::modify_db_instance::ModifyDbInstanceOutput;
use aws_sdk_rds::operation::modify_db_snapshot_attribute::ModifyDbSnapshotAttributeOutput;
use aws_sdk_rds::operation::remove_tags_from_resource::RemoveTagsFromResourceOutput;
use aws_sdk_rds::types::{
    DbInstance, DbSnapshot, DbSnapshotAttribute, DbSnapshotAttributesResult, Tag,
};
use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
use restore::Flow;
use restore::tag::{self, Made};
use serde_json::json;

use super::example::{later, request, source, target};
use crate::clean;
use crate::request::{Reason, Request, Response};
use crate::sweep::Sweep;

const SHARED: &str = "arn:aws:rds:eu-west-1:111122223333:snapshot:orders-source";
const COPY: &str = "arn:aws:rds:eu-central-1:444455556666:snapshot:orders-reencrypt-copy";
const INSTANCE: &str = "arn:aws:rds:eu-central-1:444455556666:db:orders";

fn tag(key: &str, value: &str) -> Tag {
    Tag::builder().key(key).value(value).build()
}

fn instance(status: &'static str, protected: bool) -> Rule {
    instance_of(Made::Instance, status, protected)
}

fn instance_of(made: Made, status: &'static str, protected: bool) -> Rule {
    mock!(Client::describe_db_instances).then_output(move || {
        let instance = DbInstance::builder()
            .db_instance_identifier("orders")
            .db_instance_arn(INSTANCE)
            .db_instance_status(status)
            .deletion_protection(protected)
            .tag_list(tag(tag::ID, "orders"))
            .tag_list(tag(tag::STEP, made.name()))
            .build();
        let foreign = DbInstance::builder().db_instance_identifier("another").build();
        DescribeDbInstancesOutput::builder().db_instances(instance).db_instances(foreign).build()
    })
}

fn snapshots(snapshots: Vec<DbSnapshot>) -> Rule {
    mock!(Client::describe_db_snapshots)
        .match_requests(|input| input.snapshot_type() == Some("manual"))
        .then_output(move || {
            DescribeDbSnapshotsOutput::builder().set_db_snapshots(Some(snapshots.clone())).build()
        })
}

fn copy(status: &str) -> DbSnapshot {
    DbSnapshot::builder()
        .db_snapshot_identifier("orders-reencrypt-copy")
        .db_snapshot_arn(COPY)
        .status(status)
        .tag_list(tag(tag::ID, "orders"))
        .tag_list(tag(tag::STEP, Made::ReencryptedCopy.name()))
        .build()
}

fn shared() -> DbSnapshot {
    DbSnapshot::builder()
        .db_snapshot_identifier("orders-source")
        .db_snapshot_arn(SHARED)
        .status("available")
        .tag_list(tag("restore:share:444455556666:orders", "given"))
        .build()
}

/// The target account, with a DB instance and its copy.
struct Target {
    instances: Rule,
    snapshots: Rule,
    mark: Rule,
    delete_instance: Rule,
    unprotect: Rule,
    delete_snapshot: Rule,
}

impl Target {
    fn new(instance: Rule, copy: DbSnapshot) -> Self {
        Self {
            instances: instance,
            snapshots: snapshots(vec![copy]),
            mark: mock!(Client::add_tags_to_resource)
                .match_requests(|input| {
                    let has = |key, value| {
                        input
                            .tags()
                            .iter()
                            .any(|tag| (tag.key(), tag.value()) == (Some(key), Some(value)))
                    };
                    input.resource_name() == Some(INSTANCE)
                        && has(tag::ID, "orders")
                        && has(tag::STEP, Made::Finished.name())
                })
                .then_output(|| AddTagsToResourceOutput::builder().build()),
            delete_instance: mock!(Client::delete_db_instance)
                .match_requests(|input| {
                    input.db_instance_identifier() == Some("orders")
                        && input.skip_final_snapshot() == Some(true)
                })
                .then_output(|| DeleteDbInstanceOutput::builder().build()),
            unprotect: mock!(Client::modify_db_instance)
                .match_requests(|input| input.deletion_protection() == Some(false))
                .then_output(|| ModifyDbInstanceOutput::builder().build()),
            delete_snapshot: mock!(Client::delete_db_snapshot)
                .match_requests(|input| {
                    input.db_snapshot_identifier() == Some("orders-reencrypt-copy")
                })
                .then_output(|| DeleteDbSnapshotOutput::builder().build()),
        }
    }

    async fn clean(&self, request: &Request) -> Response {
        let rules = [
            &self.instances,
            &self.snapshots,
            &self.mark,
            &self.delete_instance,
            &self.unprotect,
            &self.delete_snapshot,
        ];
        let rds = mock_client!(aws_sdk_rds, RuleMode::MatchAny, rules);
        let ec2 = mock_client!(aws_sdk_ec2, RuleMode::MatchAny, [] as [&Rule; 0]);
        clean(&[target(ec2, rds)], request, Sweep::of(request)).await.response
    }

    fn changes(&self) -> (usize, usize, usize) {
        let Self { delete_instance, unprotect, delete_snapshot, .. } = self;
        (delete_instance.num_calls(), unprotect.num_calls(), delete_snapshot.num_calls())
    }
}

fn restored() -> Request {
    request(Flow::RdsSameLocation, Reason::Restored)
}

fn failed() -> Request {
    request(Flow::RdsSameLocation, Reason::Failed)
}

#[tokio::test]
async fn a_finished_restore_loses_its_copy_and_keeps_its_instance() {
    let target = Target::new(instance("available", true), copy("available"));

    let response = target.clean(&restored()).await;

    assert_eq!(response, Response::Done { cleaned_up: vec![COPY.to_owned()], left: vec![] });
    assert_eq!(target.changes(), (0, 0, 1));
    assert_eq!(target.mark.num_calls(), 1);
}

#[tokio::test]
async fn a_db_instance_that_an_earlier_run_made_under_another_name_is_told_and_not_marked() {
    let target = Target::new(instance("available", false), copy("available"));
    let mut request = restored();
    let key = "arn:aws:kms:eu-central-1:444455556666:key/00000000-0000-4000-8000-000000000000";
    let asked = json!({
        "identifier": "orders-b", "settings": { "dbInstanceIdentifier": "orders-b" }, "modify": false, "kmsKeyId": key,
    });
    request.plan.db_instance = Some(serde_json::from_value(asked).unwrap());

    let response = target.clean(&request).await;

    let Response::Done { left, .. } = response else { panic!("{response:?}") };
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].resource, INSTANCE);
    assert!(left[0].why.contains("delete it, unless somebody uses it") && !left[0].kept);
    assert_eq!((target.mark.num_calls(), target.delete_instance.num_calls()), (0, 0));
}

#[tokio::test]
async fn a_later_run_that_fails_leaves_a_finished_instance_and_the_copy_that_was_kept_alone() {
    let finished = instance_of(Made::Finished, "available", true);
    let target = Target::new(finished, copy("available"));

    let response = target.clean(&failed()).await;

    let Response::Done { cleaned_up, left } = response else { panic!("{response:?}") };
    assert_eq!((cleaned_up.len(), left.len(), left[0].resource.as_str()), (0, 1, COPY));
    assert_eq!(target.changes(), (0, 0, 0));
    assert_eq!(target.mark.num_calls(), 0);
}

#[tokio::test]
async fn a_failed_restore_deletes_its_instance_and_waits_until_it_is_gone() {
    let target = Target::new(instance("available", false), copy("available"));

    let response = target.clean(&failed()).await;

    let Response::Pending { waiting_for, cleaned_up, .. } = response else {
        panic!("{response:?}")
    };
    assert_eq!(waiting_for, "until orders is gone");
    assert_eq!(cleaned_up, [INSTANCE, COPY]);
    assert_eq!(target.changes(), (1, 0, 1));
}

#[tokio::test]
async fn a_protected_instance_is_unprotected_first() {
    let target = Target::new(instance("available", true), copy("available"));

    let response = target.clean(&failed()).await;

    assert!(matches!(response, Response::Pending { cleaned_up, .. } if cleaned_up == [COPY]));
    assert_eq!(target.changes(), (0, 1, 1));
}

#[tokio::test]
async fn an_instance_in_the_making_keeps_its_copy_until_it_can_be_deleted() {
    let target = Target::new(instance("creating", false), copy("available"));

    let response = target.clean(&failed()).await;

    assert!(matches!(response, Response::Pending { cleaned_up, .. } if cleaned_up.is_empty()));
    assert_eq!(target.changes(), (0, 0, 0));
}

#[tokio::test]
async fn a_failed_restore_that_is_kept_keeps_all_it_made() {
    let target = Target::new(instance("available", false), copy("creating"));
    let mut request = failed();
    request.plan.on_failure = restore::request::OnFailure::Keep;

    let response = target.clean(&request).await;

    let Response::Done { cleaned_up, left } = response else { panic!("{response:?}") };
    let left: Vec<_> = left.iter().map(|left| left.resource.as_str()).collect();
    assert_eq!((cleaned_up.len(), left), (0, vec![INSTANCE, COPY]));
    assert_eq!(target.changes(), (0, 0, 0));
}

#[tokio::test]
async fn a_copy_that_rds_does_not_let_go_yet_is_tried_again_for_a_while() {
    let mut target = Target::new(instance("available", false), copy("available"));
    target.delete_snapshot = mock!(Client::delete_db_snapshot).then_error(|| {
        let metadata = ErrorMetadata::builder().code("InvalidDBSnapshotState").message("copying");
        DeleteDBSnapshotError::generic(metadata.build())
    });
    let mut request = restored();

    let early = target.clean(&request).await;
    later(&mut request, &early, 600);
    let late = target.clean(&request).await;

    assert!(matches!(early, Response::Pending { .. }));
    assert!(matches!(late, Response::Done { left, .. } if left.len() == 1));
}

#[tokio::test]
async fn a_share_that_this_restore_gave_is_withdrawn_from_the_target_account_alone() {
    let list = snapshots(vec![shared()]);
    let users = mock!(Client::describe_db_snapshots)
        .match_requests(|input| input.db_snapshot_identifier() == Some("orders-source"))
        .then_output(|| DescribeDbSnapshotsOutput::builder().db_snapshots(shared()).build());
    let permission = mock!(Client::describe_db_snapshot_attributes).then_output(|| {
        let attribute = DbSnapshotAttribute::builder()
            .attribute_name("restore")
            .attribute_values("444455556666")
            .attribute_values("777788889999")
            .build();
        let result =
            DbSnapshotAttributesResult::builder().db_snapshot_attributes(attribute).build();
        DescribeDbSnapshotAttributesOutput::builder().db_snapshot_attributes_result(result).build()
    });
    let withdraw = mock!(Client::modify_db_snapshot_attribute)
        .match_requests(|input| {
            input.attribute_name() == Some("restore")
                && input.values_to_remove() == ["444455556666"]
                && input.values_to_add().is_empty()
        })
        .then_output(|| ModifyDbSnapshotAttributeOutput::builder().build());
    let stop_using = mock!(Client::remove_tags_from_resource)
        .match_requests(|input| {
            input.resource_name() == Some(SHARED)
                && input.tag_keys() == ["restore:share:444455556666:orders"]
        })
        .then_output(|| RemoveTagsFromResourceOutput::builder().build());
    let leaving = mock!(Client::add_tags_to_resource)
        .match_requests(|input| {
            let tags = input.tags().iter().map(|tag| (tag.key(), tag.value()));
            let said = (Some("restore:share:444455556666:orders"), Some("leaving"));
            input.resource_name() == Some(SHARED) && tags.eq([said])
        })
        .then_output(|| AddTagsToResourceOutput::builder().build());
    let rules = [&list, &users, &permission, &leaving, &withdraw, &stop_using];
    let rds = mock_client!(aws_sdk_rds, RuleMode::MatchAny, rules);
    let ec2 = mock_client!(aws_sdk_ec2, RuleMode::MatchAny, [] as [&Rule; 0]);
    let request = request(Flow::RdsCrossAccount, Reason::Restored);

    let places = [source(ec2, rds)];
    let response = clean(&places, &request, Sweep::of(&request)).await.response;

    let withdrawn = format!("{SHARED} (permission of 444455556666)");
    assert_eq!(response, Response::Done { cleaned_up: vec![withdrawn], left: vec![] });
    assert_eq!((leaving.num_calls(), withdraw.num_calls(), stop_using.num_calls()), (1, 1, 1));
}
