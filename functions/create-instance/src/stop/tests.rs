use aws_sdk_ec2::error::ErrorMetadata;
use aws_sdk_ec2::operation::describe_instances::{DescribeInstancesError, DescribeInstancesOutput};
use aws_sdk_ec2::operation::stop_instances::{StopInstancesError, StopInstancesOutput};
use aws_sdk_ec2::types::{InstanceState, Reservation, Tag};
use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
use restore::tag::{self, Made};

use super::*;
use crate::example::{restore_id, session};

const ID: &str = "i-0123456789abcdef0";

fn instance(of: &str, made: Made, state: &str) -> Instance {
    let tag = |key: &str, value: &str| Tag::builder().key(key).value(value).build();
    Instance::builder()
        .instance_id(ID)
        .tags(tag(tag::ID, of))
        .tags(tag(tag::STEP, made.name()))
        .state(InstanceState::builder().name(InstanceStateName::from(state)).build())
        .state_reason(StateReason::builder().message("Client error on launch").build())
        .build()
}

fn described(made: Made, state: &'static str) -> Rule {
    mock!(Client::describe_instances)
        .match_requests(|request| request.instance_ids() == [ID])
        .then_output(move || {
            let instance = instance("orders", made, state);
            let reservation = Reservation::builder().instances(instance).build();
            DescribeInstancesOutput::builder().reservations(reservation).build()
        })
}

fn stops() -> Rule {
    mock!(Client::stop_instances)
        .match_requests(|request| request.instance_ids() == [ID])
        .then_output(|| StopInstancesOutput::builder().build())
}

fn id() -> InstanceId {
    InstanceId::try_from(ID).unwrap()
}

#[test]
fn an_instance_is_stopped_only_where_that_is_left_to_do() {
    use Made::{Instance, RestoredInstance};
    for (of, made, state, expected) in [
        ("orders", Instance, "running", Ok(Plan::Stop)),
        ("orders", Instance, "stopping", Ok(Plan::Nothing)),
        ("orders", Instance, "stopped", Ok(Plan::Nothing)),
        ("orders", Instance, "pending", Err(ErrorName::Throttled)),
        ("orders", Instance, "terminated", Err(ErrorName::ResourceFailed)),
        ("orders", Instance, "shutting-down", Err(ErrorName::ResourceFailed)),
        ("orders", RestoredInstance, "running", Ok(Plan::Leave)),
        ("orders", RestoredInstance, "pending", Ok(Plan::Leave)),
        ("orders", RestoredInstance, "terminated", Err(ErrorName::ResourceFailed)),
        ("other", Instance, "running", Err(ErrorName::AlreadyExists)),
    ] {
        let planned = plan(&restore_id(), &session(), &[], &instance(of, made, state));
        assert_eq!(planned.map_err(|error| error.name()), expected, "{of} {made:?} {state}");
    }
}

#[tokio::test]
async fn a_running_instance_is_stopped() {
    let (describe, stops) = (described(Made::Instance, "running"), stops());
    let ec2 = mock_client!(aws_sdk_ec2, RuleMode::MatchAny, [&describe, &stops]);

    let stopped = stop(&ec2, &restore_id(), &session(), &id(), &[]).await.unwrap();

    assert_eq!(stopped, Stopped { instance_id: ID.to_owned(), restored: false });
    assert_eq!(stops.num_calls(), 1);
}

#[tokio::test]
async fn a_restored_instance_goes_on_running() {
    let (describe, stops) = (described(Made::RestoredInstance, "running"), stops());
    let ec2 = mock_client!(aws_sdk_ec2, RuleMode::MatchAny, [&describe, &stops]);

    let stopped = stop(&ec2, &restore_id(), &session(), &id(), &[]).await.unwrap();

    assert_eq!(stopped, Stopped { instance_id: ID.to_owned(), restored: true });
    assert_eq!(stops.num_calls(), 0);
}

#[tokio::test]
async fn an_instance_that_ended_says_why() {
    let describe = described(Made::Instance, "terminated");
    let ec2 = mock_client!(aws_sdk_ec2, RuleMode::MatchAny, [&describe]);

    let error = stop(&ec2, &restore_id(), &session(), &id(), &[]).await.unwrap_err();

    assert_eq!(error.name(), ErrorName::ResourceFailed);
    assert!(error.to_string().contains("Client error on launch"), "{error}");
    assert!(error.to_string().contains(ID), "{error}");
}

#[tokio::test]
async fn an_instance_that_is_not_visible_yet_is_looked_for_again_later() {
    let describe = mock!(Client::describe_instances).then_error(|| {
        let error = ErrorMetadata::builder().code("InvalidInstanceID.NotFound").build();
        DescribeInstancesError::generic(error)
    });
    let ec2 = mock_client!(aws_sdk_ec2, RuleMode::MatchAny, [&describe]);

    let error = stop(&ec2, &restore_id(), &session(), &id(), &[]).await.unwrap_err();

    assert_eq!(error.name(), ErrorName::Throttled);
}

#[tokio::test]
async fn an_instance_that_cannot_be_stopped_at_the_moment_can_be_later() {
    let describe = described(Made::Instance, "running");
    let refused = mock!(Client::stop_instances).then_error(|| {
        let error = ErrorMetadata::builder().code("IncorrectInstanceState").message("pending");
        StopInstancesError::generic(error.build())
    });
    let ec2 = mock_client!(aws_sdk_ec2, RuleMode::MatchAny, [&describe, &refused]);

    let error = stop(&ec2, &restore_id(), &session(), &id(), &[]).await.unwrap_err();

    assert_eq!(error.name(), ErrorName::Throttled);
    assert!(error.to_string().starts_with("ec2:StopInstances: "), "{error}");
}
