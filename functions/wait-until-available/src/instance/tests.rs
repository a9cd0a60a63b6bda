use aws_sdk_ec2::error::ErrorMetadata;
use aws_sdk_ec2::operation::describe_instance_status::DescribeInstanceStatusOutput;
use aws_sdk_ec2::operation::describe_instances::{DescribeInstancesError, DescribeInstancesOutput};
use aws_sdk_ec2::types::{InstanceState as State, InstanceStatusSummary, Reservation, StateReason};
use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
use step::ErrorName;

use super::*;
use crate::look::conclude;
use crate::look::tests::{after, session};

const READY: Availability = Availability::Ready;
const PENDING: Availability = Availability::Pending { percent: None };

fn named(state: &str) -> State {
    State::builder().name(state.into()).build()
}

fn instance(state: &str, reason: Option<&str>) -> Instance {
    let reason = reason.map(|message| StateReason::builder().message(message).build());
    Instance::builder().instance_id("i-1").state(named(state)).set_state_reason(reason).build()
}

fn checks(state: &str, system: &str, instance: &str) -> InstanceStatus {
    let check = |status: &str| InstanceStatusSummary::builder().status(status.into()).build();
    InstanceStatus::builder()
        .instance_id("i-1")
        .instance_state(named(state))
        .system_status(check(system))
        .instance_status(check(instance))
        .build()
}

fn instances(found: Instance) -> Rule {
    mock!(Client::describe_instances).then_output(move || {
        let reservation = Reservation::builder().instances(found.clone()).build();
        DescribeInstancesOutput::builder().reservations(reservation).build()
    })
}

fn statuses(found: InstanceStatus) -> Rule {
    mock!(Client::describe_instance_status)
        .match_requests(|input| input.include_all_instances() == Some(true))
        .then_output(move || {
            DescribeInstanceStatusOutput::builder().instance_statuses(found.clone()).build()
        })
}

async fn look_with(rules: &[&Rule], until: InstanceState, elapsed: u32) -> Result<Seen, StepError> {
    let ec2 = mock_client!(aws_sdk_ec2, RuleMode::MatchAny, rules);
    look_at(&ec2, after(elapsed, &session()), "i-1", until).await
}

#[test]
fn a_state_means_what_is_waited_for() {
    let session = session();
    let stopped = Availability::Failed { reason: "stopped: Client.InternalError".to_owned() };
    for (state, until, elapsed, availability) in [
        ("pending", InstanceState::Running, 60, PENDING),
        ("running", InstanceState::Running, 60, READY),
        ("running", InstanceState::Stopped, 600, PENDING),
        ("stopping", InstanceState::Stopped, 600, PENDING),
        ("stopped", InstanceState::Stopped, 600, READY),
        // An earlier run has stopped it: it has run.
        ("stopped", InstanceState::Running, 600, READY),
        // A later start that EC2 took back.
        ("stopped", InstanceState::Checked, 119, PENDING),
        ("stopped", InstanceState::Checked, 120, stopped),
    ] {
        let instance = instance(state, Some("Client.InternalError"));
        let seen = see("i-1", Some(&instance), until, after(elapsed, &session));
        assert_eq!(seen.availability, availability, "{state} until {until:?} after {elapsed} s");
    }
}

#[test]
fn both_status_checks_must_pass() {
    let session = session();
    for (state, system, instance, availability) in [
        ("pending", "initializing", "initializing", PENDING),
        ("running", "initializing", "initializing", PENDING),
        ("running", "ok", "initializing", PENDING),
        ("running", "ok", "impaired", PENDING),
        ("running", "ok", "ok", READY),
        ("stopping", "ok", "ok", PENDING),
    ] {
        let checks = checks(state, system, instance);
        let seen = see_checks("i-1", Some(&checks), after(600, &session));
        assert_eq!(seen.availability, availability, "{state}, {system}, {instance}");
    }
}

#[test]
fn a_wait_for_checks_says_which_is_missing() {
    let checks = checks("running", "ok", "impaired");
    let seen = see_checks("i-1", Some(&checks), after(600, &session()));

    assert_eq!(seen.state, "is running, its system check ok, its instance check impaired");
}

#[tokio::test]
async fn an_instance_that_ends_in_its_launch_says_why_and_names_the_key() {
    let reason = "Client.InternalError: Client error on launch";
    let rule = instances(instance("terminated", Some(reason)));

    let seen = look_with(&[&rule], InstanceState::Running, 10).await.unwrap();

    let error = conclude(&[seen], after(10, &session())).unwrap_err();
    assert_eq!(error.name(), ErrorName::KeyNotUsable);
    assert!(error.to_string().contains(reason), "{error}");
    assert!(error.to_string().contains("usually means that EC2 could not use the KMS key"));
    assert_eq!(rule.num_calls(), 1);
}

#[tokio::test]
async fn an_instance_that_does_not_start_again_is_asked_for_its_reason() {
    let status = statuses(checks("stopped", "not-applicable", "not-applicable"));
    let described = instances(instance("stopped", Some("Client.InternalError: Client error")));

    let seen = look_with(&[&status, &described], InstanceState::Checked, 300).await.unwrap();

    let Availability::Failed { reason } = seen.availability else { panic!("{seen:?}") };
    assert!(reason.starts_with("stopped: Client.InternalError: Client error; "), "{reason}");
    assert_eq!((status.num_calls(), described.num_calls()), (1, 1));
}

#[tokio::test]
async fn a_look_at_the_checks_is_one_call() {
    let status = statuses(checks("running", "ok", "ok"));
    let described = instances(instance("running", None));

    let seen = look_with(&[&status, &described], InstanceState::Checked, 60).await.unwrap();

    assert_eq!(seen.availability, READY);
    assert_eq!((status.num_calls(), described.num_calls()), (1, 0));
}

#[tokio::test]
async fn an_instance_that_aws_does_not_know_yet_is_pending_and_later_gone() {
    let rule = mock!(Client::describe_instances).then_error(|| {
        let metadata = ErrorMetadata::builder().code("InvalidInstanceID.NotFound").message("no");
        DescribeInstancesError::generic(metadata.build())
    });

    let early = look_with(&[&rule], InstanceState::Running, 119).await.unwrap();
    let late = look_with(&[&rule], InstanceState::Running, 120).await.unwrap();

    assert_eq!(early.availability, PENDING);
    assert!(matches!(late.availability, Availability::Failed { .. }));
}

#[tokio::test]
async fn a_refused_look_keeps_its_class() {
    for (code, name) in [
        ("RequestLimitExceeded", ErrorName::Throttled),
        ("UnauthorizedOperation", ErrorName::AccessDenied),
    ] {
        let rule = mock!(Client::describe_instances).then_error(move || {
            let metadata = ErrorMetadata::builder().code(code).message("no");
            DescribeInstancesError::generic(metadata.build())
        });
        let error = look_with(&[&rule], InstanceState::Running, 10).await.unwrap_err();
        assert_eq!(error.name(), name);
    }
}

#[tokio::test]
async fn an_instance_that_came_up_is_told_with_its_address_and_no_other() {
    let found = Instance::builder().instance_id("i-1").private_ip_address("10.0.0.7").build();
    let rule = instances(found);
    let ec2 = mock_client!(aws_sdk_ec2, RuleMode::MatchAny, [&rule]);
    let session = session();
    let seen = |availability| Seen::new("instance i-1".to_owned(), "running", availability);

    let pending = find(&ec2, after(60, &session), "i-1", seen(PENDING)).await.unwrap();
    assert_eq!((pending.endpoint, rule.num_calls()), (None, 0));
    let up = find(&ec2, after(60, &session), "i-1", seen(READY)).await.unwrap();
    let endpoint = Endpoint { address: "10.0.0.7".to_owned(), port: None };
    assert_eq!(up.endpoint, Some(endpoint));
}
