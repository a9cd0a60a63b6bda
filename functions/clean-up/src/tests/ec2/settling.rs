//! After a restore that has failed a moment ago: AWS may not list yet what it made.

use super::*;

/// A call as the clean-up begins.
fn at_once() -> Request {
    Request { elapsed_seconds: 0, ..failed() }
}

/// A target of which AWS lists nothing.
fn nothing_listed() -> Target {
    Target {
        instances: mock!(Client::describe_instances)
            .then_output(|| DescribeInstancesOutput::builder().build()),
        volumes: volumes(vec![]),
        groups: mock!(Client::describe_security_groups)
            .then_output(|| DescribeSecurityGroupsOutput::builder().build()),
        snapshots: snapshots(vec![]),
        ..Target::new()
    }
}

#[tokio::test]
async fn that_nothing_is_left_is_believed_once_aws_must_list_it() {
    let early = nothing_listed().clean(&at_once()).await;
    let late = nothing_listed().clean(&failed()).await;

    let Response::Pending { waiting_for, wait_seconds, .. } = early else { panic!("{early:?}") };
    assert_eq!(waiting_for, "until AWS must list all that was made");
    assert_eq!(wait_seconds, 120);
    assert_eq!(late, Response::Done { cleaned_up: vec![], left: vec![] });
}

#[tokio::test]
async fn what_is_listed_late_is_removed_by_the_next_look() {
    let mut target = nothing_listed();
    target.clean(&at_once()).await;
    assert_eq!(target.removals(), 0);

    target.volumes = volumes(vec![volume("vol-placeholder", Made::Placeholder, None)]);
    target.snapshots = snapshots(vec![snapshot("snap-copy", "orders", SnapshotState::Completed)]);
    let late = target.clean(&failed()).await;

    assert!(matches!(late, Response::Done { cleaned_up, left }
        if cleaned_up.len() == 2 && left.is_empty()));
    assert_eq!((target.delete_volume.num_calls(), target.delete_snapshot.num_calls()), (1, 1));
}

#[tokio::test]
async fn a_copy_stays_while_volumes_may_be_made_from_it_that_are_not_listed() {
    let target = Target::new();

    let early = target.clean(&at_once()).await;

    assert!(matches!(early, Response::Pending { left, .. } if left.is_empty()));
    // The instance takes its time to end: it goes at once, and the placeholder with it.
    assert_eq!((target.terminate.num_calls(), target.delete_volume.num_calls()), (1, 1));
    assert_eq!(target.delete_snapshot.num_calls(), 0);
}

#[tokio::test]
async fn what_is_told_as_kept_is_told_once_aws_must_list_it() {
    let target = Target::new();
    let mut request = at_once();
    request.plan.on_failure = restore::request::OnFailure::Keep;

    let early = target.clean(&request).await;
    request.elapsed_seconds = 120;
    let late = target.clean(&request).await;

    assert!(matches!(early, Response::Pending { wait_seconds: 120, .. }), "{early:?}");
    let Response::Done { left, .. } = late else { panic!("{late:?}") };
    assert_eq!(left.len(), 5, "{left:?}");
}

#[tokio::test]
async fn a_restore_that_has_succeeded_waits_for_nothing() {
    let request = Request { elapsed_seconds: 0, ..restored() };

    let response = Target::new().clean(&request).await;

    assert!(matches!(response, Response::Done { left, .. } if left.is_empty()));
}
