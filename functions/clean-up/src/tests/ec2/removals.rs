//! After a restore that has failed.

use super::*;

#[tokio::test]
async fn nothing_without_the_restores_own_tag_is_touched_whatever_a_filter_lets_through() {
    let mut target = Target::new();
    target.snapshots = snapshots(vec![
        snapshot("snap-copy", "another", SnapshotState::Completed),
        Snapshot::builder().snapshot_id("snap-copy").build(),
    ]);

    let response = target.clean(&restored()).await;

    assert!(matches!(response, Response::Done { left, .. } if left.is_empty()));
    assert_eq!(target.delete_snapshot.num_calls(), 0);
}

#[tokio::test]
async fn a_failed_restore_terminates_its_instance_and_comes_again_for_what_that_holds() {
    let target = Target::new();

    let response = target.clean(&failed()).await;

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

    let response = target.clean(&request).await;

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

    let places = [example::target(ec2, rds)];
    clean(&places, &request, Sweep::of(&request)).await;

    assert_eq!((by_id.num_calls(), target.terminate.num_calls()), (1, 1));
}

#[tokio::test]
async fn what_is_gone_already_is_removed() {
    let mut target = Target::new();
    target.delete_snapshot = mock!(Client::delete_snapshot)
        .then_error(|| DeleteSnapshotError::generic(error("InvalidSnapshot.NotFound")));

    let response = target.clean(&restored()).await;

    assert!(matches!(response, Response::Done { cleaned_up, left }
        if cleaned_up.len() == 3 && left.is_empty()));
}
