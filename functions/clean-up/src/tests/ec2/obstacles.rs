//! What cannot be listed or removed, now or ever.

use super::*;

#[tokio::test]
async fn an_instance_that_cannot_be_terminated_is_told_with_all_it_holds() {
    let mut target = Target::new();
    target.terminate = mock!(Client::terminate_instances)
        .then_error(|| TerminateInstancesError::generic(error("OperationNotPermitted")));

    let response = target.clean(&failed()).await;

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
async fn an_instance_that_aws_lists_and_does_not_know_is_looked_at_for_a_while_then_told() {
    let (mut target, mut request) = (Target::new(), failed());
    target.terminate = mock!(Client::terminate_instances)
        .then_error(|| TerminateInstancesError::generic(error("InvalidInstanceID.NotFound")));
    let instance = "arn:aws:ec2:eu-central-1:444455556666:instance/i-1";

    let early = target.clean(&request).await;
    later(&mut request, &early, 600);
    let late = target.clean(&request).await;

    let Response::Pending { cleaned_up, left, .. } = early else { panic!("{early:?}") };
    assert!(left.is_empty() && !cleaned_up.contains(&instance.to_owned()), "{cleaned_up:?}");
    let Response::Done { cleaned_up, left } = late else { panic!("{late:?}") };
    assert!(!cleaned_up.contains(&instance.to_owned()), "{cleaned_up:?}");
    assert_eq!(left[0].resource, instance);
    assert!(left[0].why.contains("InvalidInstanceID.NotFound"), "{left:?}");
}

#[tokio::test]
async fn a_removal_that_fails_is_told_and_the_rest_goes_on() {
    let mut target = Target::new();
    target.delete_group = mock!(Client::delete_security_group)
        .then_error(|| DeleteSecurityGroupError::generic(error("UnauthorizedOperation")));

    let response = target.clean(&restored()).await;

    let Response::Done { cleaned_up, left } = response else { panic!("{response:?}") };
    assert_eq!((cleaned_up.len(), left.len()), (2, 1));
    assert!(left[0].why.contains("role/restore"), "{left:?}");
}

#[tokio::test]
async fn a_group_that_aws_still_sees_in_use_is_tried_again_for_a_while() {
    let (mut target, mut request) = (Target::new(), restored());
    target.delete_group = mock!(Client::delete_security_group)
        .then_error(|| DeleteSecurityGroupError::generic(error("DependencyViolation")));
    // It is the first that is asked for, after an instance has taken its time to end.
    request.elapsed_seconds = 7200;

    let early = target.clean(&request).await;
    later(&mut request, &early, 599);
    let again = target.clean(&request).await;
    later(&mut request, &again, 1);
    let late = target.clean(&request).await;

    for waiting in [early, again] {
        assert!(matches!(waiting, Response::Pending { left, .. } if left.is_empty()));
    }
    assert!(matches!(late, Response::Done { left, .. } if left.len() == 1));
}

#[tokio::test]
async fn what_stays_throttled_is_asked_again_for_a_while_then_told_and_the_rest_goes_on() {
    let mut request = restored();
    for (seconds, is_done) in [(0, false), (600, true)] {
        let mut target = Target::new();
        request.elapsed_seconds += seconds;
        target.snapshots = mock!(Client::describe_snapshots)
            .then_error(|| DescribeSnapshotsError::generic(error("RequestLimitExceeded")));

        let response = target.clean(&request).await;
        later(&mut request, &response, 0);
        let (removed, left) = match response {
            Response::Done { cleaned_up, left } if is_done => (cleaned_up, left.len()),
            Response::Pending { cleaned_up, left, .. } if !is_done => (cleaned_up, left.len()),
            other => panic!("{other:?}"),
        };

        assert_eq!((removed.len(), target.removals()), (2, 2), "the placeholder and its group");
        assert_eq!(left, usize::from(is_done));
    }
}

#[tokio::test]
async fn nothing_is_removed_before_the_mark_that_is_still_throttled() {
    let mut target = Target::new();
    target.mark = mock!(Client::create_tags)
        .then_error(|| CreateTagsError::generic(error("RequestLimitExceeded")));

    let response = target.clean(&restored()).await;

    assert!(matches!(response, Response::Pending { left, .. } if left.is_empty()));
    assert_eq!(target.removals(), 0);
}

#[tokio::test]
async fn a_mark_that_is_throttled_late_is_tried_again_for_a_while_then_told() {
    let (mut target, mut request) = (Target::new(), restored());
    target.mark = mock!(Client::create_tags)
        .then_error(|| CreateTagsError::generic(error("RequestLimitExceeded")));
    request.elapsed_seconds = 7200;

    let early = target.clean(&request).await;
    later(&mut request, &early, 600);
    let late = target.clean(&request).await;

    assert!(matches!(early, Response::Pending { left, .. } if left.is_empty()));
    assert!(matches!(late, Response::Done { left, .. } if left.len() == 1));
}

#[tokio::test]
async fn a_throttled_call_that_has_removed_something_remembers_it() {
    let mut target = Target::new();
    target.delete_snapshot = mock!(Client::delete_snapshot)
        .then_error(|| DeleteSnapshotError::generic(error("RequestLimitExceeded")));

    let response = target.clean(&restored()).await;

    assert!(matches!(response, Response::Pending { cleaned_up, left, .. }
        if cleaned_up.len() == 2 && left.is_empty()));
}

#[tokio::test]
async fn what_cannot_be_listed_is_told_and_the_rest_goes_on() {
    let mut target = Target::new();
    target.volumes = mock!(Client::describe_volumes)
        .then_error(|| DescribeVolumesError::generic(error("UnauthorizedOperation")));

    let response = target.clean(&restored()).await;

    let Response::Done { cleaned_up, left } = response else { panic!("{response:?}") };
    assert_eq!(cleaned_up, ["arn:aws:ec2:eu-central-1:444455556666:security-group/sg-1"]);
    let resources: Vec<_> = left.iter().map(|left| left.resource.as_str()).collect();
    // Without the volumes nobody knows whether they still need the copy.
    let place = "volumes: what this restore made in 444455556666 eu-central-1";
    assert_eq!(resources, [place, COPY]);
}
