//! After a restore that has succeeded.

use serde_json::json;

use super::*;

#[tokio::test]
async fn a_finished_restore_loses_its_intermediates_in_one_call() {
    let target = Target::new();

    let response = target.clean(&restored()).await;

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
async fn kept_copies_are_marked_and_told() {
    let (target, mut request) = (Target::new(), restored());
    request.plan.keep_copies = true;

    let response = target.clean(&request).await;

    let why = "kept, as options.keepCopies says".to_owned();
    let Response::Done { left, .. } = response else { panic!("{response:?}") };
    let resource = COPY.to_owned();
    assert_eq!(left, [Left { resource, why, used_by_others: false, kept: true }]);
    assert_eq!((target.keep.num_calls(), target.delete_snapshot.num_calls()), (1, 0));
}

/// The copy, which an earlier call or an earlier run has marked as kept.
fn kept() -> Rule {
    let mut copy = snapshot("snap-copy", "orders", SnapshotState::Completed);
    let mark = Tag::builder().key(tag::KEPT).value("true").build();
    copy.tags.get_or_insert_default().push(mark);
    snapshots(vec![copy])
}

#[tokio::test]
async fn a_copy_that_is_marked_as_kept_is_not_marked_again_and_no_run_removes_it() {
    for (keep_copies, reason, told) in
        [(true, Reason::Restored, 1), (false, Reason::Restored, 0), (false, Reason::Failed, 0)]
    {
        let (target, mut request) = (Target { snapshots: kept(), ..Target::new() }, restored());
        request.plan.keep_copies = keep_copies;
        request.reason = reason;

        let response = target.clean(&request).await;

        let left = match response {
            Response::Done { left, .. } | Response::Pending { left, .. } => left,
        };
        assert_eq!(left.len(), told, "{left:?}");
        assert_eq!((target.keep.num_calls(), target.delete_snapshot.num_calls()), (0, 0));
    }
}

#[tokio::test]
async fn a_kept_copy_that_cannot_be_marked_stays_with_what_that_means() {
    let refused = |code: &'static str| {
        mock!(Client::create_tags)
            .match_requests(|input| input.resources() == ["snap-copy"])
            .then_error(move || CreateTagsError::generic(error(code)))
    };
    let mut request = restored();
    request.plan.keep_copies = true;

    let target = Target { keep: refused("UnauthorizedOperation"), ..Target::new() };
    let Response::Done { left, .. } = target.clean(&request).await else { panic!("not done") };
    assert!(left[0].kept && left[0].why.contains("but not marked so"), "{left:?}");

    for code in ["RequestLimitExceeded", "InvalidSnapshot.NotFound"] {
        let target = Target { keep: refused(code), ..Target::new() };
        let Response::Pending { waiting_for, .. } = target.clean(&request).await else {
            panic!("given up at once")
        };
        assert!(waiting_for.contains("snap-copy can be marked as kept"), "{waiting_for}");
    }
}

#[tokio::test]
async fn a_copy_stays_until_the_volumes_have_loaded_their_data() {
    let mut target = Target::new();
    target.status = initialised(50);

    let response = target.clean(&restored()).await;

    let Response::Pending { percent, wait_seconds, waiting_for, cleaned_up, .. } = response else {
        panic!("{response:?}")
    };
    assert_eq!((percent, wait_seconds), (Some(50), 120));
    assert_eq!(waiting_for, "until the volumes have loaded their data");
    assert_eq!(cleaned_up.len(), 2);
    assert_eq!(target.delete_snapshot.num_calls(), 0);
}

#[tokio::test]
async fn of_two_copies_of_one_snapshot_the_one_that_the_volumes_were_made_from_is_kept() {
    let (mut target, mut request) = (Target::new(), restored());
    request.plan.keep_copies = true;
    let copy = |id: &str, second| {
        let began = DateTime::from_secs(second);
        let copy = snapshot(id, "orders", SnapshotState::Completed);
        Snapshot::builder().start_time(began).snapshot_id(id).set_tags(copy.tags).build()
    };
    target.snapshots = snapshots(vec![copy("snap-copy", 1), copy("snap-used", 2)]);
    target.keep = mark_of(&["snap-used"]);
    let mut root = volume("vol-root", Made::Volume, Some("i-1"));
    root.snapshot_id = Some("snap-used".to_owned());
    target.volumes = volumes(vec![root]);

    let response = target.clean(&request).await;

    let Response::Done { cleaned_up, left } = response else { panic!("{response:?}") };
    assert!(cleaned_up.contains(&COPY.to_owned()), "{cleaned_up:?}");
    let left: Vec<_> = left.iter().map(|left| left.resource.as_str()).collect();
    assert_eq!(left, [COPY.replace("snap-copy", "snap-used")]);
    assert_eq!(target.delete_snapshot.num_calls(), 1);
}

#[tokio::test]
async fn a_copy_stays_for_as_long_as_aws_may_take_to_tell_how_far_the_volumes_are() {
    let status = mock!(Client::describe_volume_status)
        .then_output(|| DescribeVolumeStatusOutput::builder().build());
    let target = Target { status, ..Target::new() };
    let mut request = restored();
    for (elapsed_seconds, is_done) in [(0, false), (299, false), (300, true)] {
        request.elapsed_seconds = elapsed_seconds;

        let response = target.clean(&request).await;

        assert_eq!(matches!(response, Response::Done { .. }), is_done, "{response:?}");
        let Response::Done { left, .. } = response else { continue };
        assert_eq!((left.len(), left[0].resource.as_str()), (1, COPY));
        for words in ["EC2 does not tell of vol-root", "until EC2", "take it away yourself"] {
            assert!(left[0].why.contains(words), "{left:?}");
        }
    }
    // Nobody has said that its data is there.
    assert_eq!(target.delete_snapshot.num_calls(), 0);
}

#[tokio::test]
async fn a_copy_stays_where_nobody_may_see_whether_the_volumes_have_loaded_their_data() {
    let mut target = Target::new();
    target.status = mock!(Client::describe_volume_status)
        .then_error(|| DescribeVolumeStatusError::generic(error("UnauthorizedOperation")));

    let response = target.clean(&restored()).await;

    let Response::Done { left, .. } = response else { panic!("{response:?}") };
    assert_eq!(left.len(), 1);
    assert!(left[0].why.contains("ec2:DescribeVolumeStatus: UnauthorizedOperation"), "{left:?}");
    assert_eq!(target.delete_snapshot.num_calls(), 0);
}

#[tokio::test]
async fn how_far_the_volumes_are_is_asked_for_again_however_late_aws_asks_to_slow_down() {
    let mut target = Target::new();
    target.status = mock!(Client::describe_volume_status)
        .then_error(|| DescribeVolumeStatusError::generic(error("RequestLimitExceeded")));
    let mut request = restored();
    request.elapsed_seconds = 7200;

    let early = target.clean(&request).await;
    later(&mut request, &early, 600);
    let late = target.clean(&request).await;

    assert!(matches!(early, Response::Pending { left, .. } if left.is_empty()));
    assert!(matches!(late, Response::Done { left, .. } if left.len() == 1));
    assert_eq!(target.delete_snapshot.num_calls(), 0);
}

#[tokio::test]
async fn a_copy_that_no_volume_loads_from_goes_at_once_and_nothing_is_asked_of_them() {
    let mut target = Target::new();
    let mut root = volume("vol-root", Made::Volume, Some("i-1"));
    root.snapshot_id = Some("snap-another".to_owned());
    target.volumes = volumes(vec![root]);

    let response = target.clean(&restored()).await;

    assert!(matches!(response, Response::Done { left, .. } if left.is_empty()));
    assert_eq!((target.delete_snapshot.num_calls(), target.status.num_calls()), (1, 0));
}

/// The mark, taken for exactly these.
fn mark_of(ids: &'static [&'static str]) -> Rule {
    mock!(Client::create_tags)
        .match_requests(move |input| input.resources() == ids)
        .then_output(|| CreateTagsOutput::builder().build())
}

#[tokio::test]
async fn a_restore_that_has_succeeded_is_marked_once_with_its_volumes() {
    let restored = || request(Flow::Ec2CrossRegion, Reason::Restored);
    let target = Target { mark: mark_of(&["i-1", "vol-root"]), ..Target::new() };
    target.clean(&restored()).await;
    assert_eq!(target.mark.num_calls(), 1);

    // Of an earlier run, or of a place that was given up: still listed for about an hour.
    for ended in [InstanceStateName::ShuttingDown, InstanceStateName::Terminated] {
        let instances = instance_of(Made::Instance, ended);
        let given_up = Target { instances, ..Target::new() };
        given_up.clean(&restored()).await;
        assert_eq!(given_up.mark.num_calls(), 0);
    }

    // Those that could not be seen when the instance was marked.
    let finished = || instance_of(Made::Finished, InstanceStateName::Running);
    let mark = mark_of(&["vol-root"]);
    let again = Target { instances: finished(), mark, ..Target::new() };
    again.clean(&restored()).await;
    assert_eq!(again.mark.num_calls(), 1);

    let volumes = volumes(vec![volume("vol-root", Made::Finished, Some("i-1"))]);
    let again = Target { instances: finished(), volumes, ..Target::new() };
    again.clean(&restored()).await;
    assert_eq!(again.mark.num_calls(), 0);
}

#[tokio::test]
async fn a_mark_that_may_not_be_set_is_told_with_what_it_means() {
    let mark = mock!(Client::create_tags).then_error(|| {
        let error = ErrorMetadata::builder().code("UnauthorizedOperation").message("no").build();
        CreateTagsError::generic(error)
    });
    let target = Target { mark, ..Target::new() };

    let response = target.clean(&request(Flow::Ec2CrossRegion, Reason::Restored)).await;

    let Response::Done { left, .. } = response else { panic!("{response:?}") };
    assert_eq!(left.len(), 1);
    assert!(left[0].resource.ends_with("instance/i-1"), "{left:?}");
    assert!(left[0].why.starts_with("not marked as finished"), "{left:?}");
    assert_eq!(target.terminate.num_calls(), 0);
}

#[tokio::test]
async fn an_earlier_runs_copy_that_this_one_restores_from_is_not_taken_away() {
    let source = json!([{ "source": "snap-copy", "current": "snap-copy", "sizeGib": 8 }]);
    for reason in [Reason::Restored, Reason::Failed] {
        let target = Target::new();
        let mut request = request(Flow::Ec2SameLocation, reason);
        request.plan.snapshots = serde_json::from_value(source.clone()).unwrap();

        target.clean(&request).await;

        assert!(target.removals() > 0);
        assert_eq!(target.delete_snapshot.num_calls(), 0, "{reason:?}");
    }
}

#[tokio::test]
async fn an_instance_that_another_run_made_and_did_not_finish_is_told_and_not_marked() {
    let target = Target { volumes: volumes(vec![]), ..Target::new() };
    let mut request = request(Flow::Ec2CrossRegion, Reason::Restored);
    request.instance_id = Some("i-2".to_owned());

    let answer = target.answer(&request).await;

    let Response::Done { left, .. } = answer.response else { panic!("{answer:?}") };
    let told = left.iter().find(|left| left.resource.ends_with("instance/i-1")).unwrap();
    assert!(told.why.contains("delete it, unless somebody uses it") && !told.kept, "{told:?}");
    assert_eq!((target.mark.num_calls(), target.terminate.num_calls()), (0, 0));
}

#[tokio::test]
async fn only_what_is_seen_and_marked_is_told_as_marked() {
    let restored = request(Flow::Ec2CrossRegion, Reason::Restored);
    let volumes = || {
        mock!(Client::describe_volumes)
            .then_error(|| DescribeVolumesError::generic(error("UnauthorizedOperation")))
    };
    let mark =
        || mock!(Client::create_tags).then_error(|| CreateTagsError::generic(error("Client.No")));

    for (target, marked) in [
        (Target::new(), true),
        (Target { volumes: volumes(), ..Target::new() }, false),
        (Target { mark: mark(), ..Target::new() }, false),
    ] {
        assert_eq!(target.answer(&restored).await.marked, marked);
    }
    // Of one that has failed nothing is marked.
    assert!(!Target::new().answer(&request(Flow::Ec2CrossRegion, Reason::Failed)).await.marked);
}

#[tokio::test]
async fn what_the_state_machine_reads_is_beside_what_has_come_of_it() {
    let answer = Target::new().answer(&request(Flow::Ec2CrossRegion, Reason::Restored)).await;

    let told = serde_json::to_value(answer).unwrap();

    assert_eq!((&told["marked"], &told["state"]), (&json!(true), &json!("done")));
}

#[tokio::test]
async fn a_later_run_that_fails_leaves_a_finished_instance_and_its_volumes_alone() {
    let instances = instance_of(Made::Finished, InstanceStateName::Running);
    let target = Target { instances, ..Target::new() };

    target.clean(&request(Flow::Ec2CrossRegion, Reason::Failed)).await;

    assert_eq!((target.mark.num_calls(), target.terminate.num_calls()), (0, 0));
    // What the earlier run could not remove goes; a copy that is still there was to be kept.
    assert_eq!((target.removals(), target.delete_snapshot.num_calls()), (2, 0));
}
