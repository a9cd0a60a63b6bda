use aws_sdk_ec2::error::ErrorMetadata;
use aws_sdk_ec2::operation::create_volume::{CreateVolumeError, CreateVolumeOutput};
use aws_sdk_ec2::operation::describe_instances::DescribeInstancesOutput;
use aws_sdk_ec2::operation::describe_volumes::DescribeVolumesOutput;
use aws_sdk_ec2::types::{InstanceStateName, Reservation, VolumeAttachmentState, VolumeState};
use aws_smithy_mocks::{MockResponse, Rule, RuleMode, mock, mock_client};
use serde_json::json;

use super::*;
use crate::Action;
use crate::example::{
    DATA, DATA_SOURCE, INSTANCE, KEY, ROOT_SOURCE, attached, available, instance, request,
    request_of, volume,
};

fn path() -> Vec<PathSnapshot> {
    let Action::Create { snapshots } = request("create").action else { panic!("no path") };
    snapshots
}

fn described(made: Made) -> Rule {
    mock!(Client::describe_instances).then_output(move || {
        let instance = instance("orders", made, InstanceStateName::Stopped, &[]);
        let reservation = Reservation::builder().instances(instance).build();
        DescribeInstancesOutput::builder().reservations(reservation).build()
    })
}

fn found(volumes: fn() -> Vec<Volume>) -> Rule {
    mock!(Client::describe_volumes)
        .match_requests(|request| {
            let filters = request.filters();
            filters.len() == 2
                && (filters[0].name(), filters[0].values())
                    == (Some("tag:restore:id"), &["orders".to_owned()][..])
                && (filters[1].name(), filters[1].values())
                    == (
                        Some("tag:restore:step"),
                        &["create-volume".to_owned(), "finished".to_owned()][..],
                    )
        })
        .then_output(move || DescribeVolumesOutput::builder().set_volumes(Some(volumes())).build())
}

/// `CreateVolume`, naming each volume after its snapshot.
fn creates() -> Rule {
    mock!(Client::create_volume).then_compute_output(|request| {
        let snapshot = request.snapshot_id().unwrap().trim_start_matches("snap-");
        CreateVolumeOutput::builder()
            .volume_id(format!("vol-{snapshot}"))
            .state(VolumeState::Creating)
            .set_kms_key_id(request.kms_key_id.clone())
            .build()
    })
}

fn ids(volumes: &[RestoredVolume]) -> Vec<(&str, &str)> {
    volumes.iter().map(|it| (it.device_name.as_str(), it.volume_id.as_str())).collect()
}

#[test]
fn a_volume_is_made_in_the_zone_under_the_target_key_with_all_that_is_asked() {
    let request = request("create");
    let made = input(&request, &request.launch.volumes[0], "snap-0bcc0bcc", 0).build().unwrap();

    assert_eq!(made.snapshot_id(), Some("snap-0bcc0bcc"));
    assert_eq!(made.availability_zone(), Some("eu-central-1a"));
    assert_eq!((made.encrypted(), made.kms_key_id()), (Some(true), Some(KEY)));
    assert_eq!(made.volume_type(), Some(&VolumeType::Gp3));
    assert_eq!((made.iops(), made.throughput(), made.size()), (Some(6000), Some(250), Some(200)));
    let [own] = made.tag_specifications() else { panic!("one specification") };
    assert_eq!(own.resource_type(), Some(&ResourceType::Volume));
    for (key, value) in [
        ("Name", "orders"),
        ("restore:id", "orders"),
        ("restore:step", "create-volume"),
        ("restore:source", DATA_SOURCE),
    ] {
        assert_eq!(volumes::tag(own.tags(), key), Some(value), "{key}");
    }
}

#[test]
fn what_is_left_open_is_left_to_aws() {
    let request = request("create");
    let made = input(&request, &request.launch.volumes[1], "snap-0acc0acc", 0).build().unwrap();

    assert_eq!((made.volume_type, made.iops, made.throughput, made.size), (None, None, None, None));
}

#[test]
fn each_volume_and_attempt_has_a_client_token_of_its_own() {
    let request = request("create");
    let token = |volume: usize, attempt| {
        let plan = &request.launch.volumes[volume];
        input(&request, plan, "snap-0acc0acc", attempt).build().unwrap().client_token
    };

    assert_eq!(token(0, 0), token(0, 0));
    assert_ne!(token(0, 0), token(1, 0));
    assert_ne!(token(0, 0), token(0, 1));
}

#[test]
fn a_volume_is_adopted_refused_or_made() {
    let request = request("create");
    let (launch, path) = (&request.launch, path());
    let data = &launch.volumes[0];
    let planned = |found: &[Volume]| match plan(launch, data, found, &path) {
        Ok(Plan::Adopt(volume)) => volume.volume_id().unwrap().to_owned(),
        Ok(Plan::Create { snapshot, attempt }) => {
            format!("{} by token {attempt}", snapshot.current)
        }
        Err(error) => error.name().as_str().to_owned(),
    };
    let earlier = || available("vol-1", DATA_SOURCE);
    let (mut other_key, mut other_zone) = (earlier(), earlier());
    other_key.kms_key_id = Some("arn:other".to_owned());
    other_zone.availability_zone = Some("eu-central-1b".to_owned());
    let lost = volume("vol-0", Made::Volume, DATA_SOURCE, VolumeState::Error);

    assert_eq!(planned(&[]), "snap-0bcc0bcc by token 0");
    assert_eq!(planned(std::slice::from_ref(&lost)), "snap-0bcc0bcc by token 1");
    assert_eq!(planned(&[lost, earlier()]), "vol-1");
    // What a restore that has succeeded has left is somebody's, and its token makes no other.
    let finished = volume("vol-2", Made::Finished, DATA_SOURCE, VolumeState::Available);
    assert_eq!(planned(std::slice::from_ref(&finished)), "snap-0bcc0bcc by token 1");
    assert_eq!(planned(&[finished, earlier()]), "vol-1");
    assert_eq!(planned(&[other_key]), "Restore.AlreadyExists");
    assert_eq!(planned(&[other_zone]), "Restore.AlreadyExists");
}

#[test]
fn a_volume_whose_snapshot_is_not_on_the_path_is_not_made() {
    let request = request("create");
    let data = &request.launch.volumes[0];

    let error = plan(&request.launch, data, &[], &[]).unwrap_err();

    assert_eq!(error.to_string(), "snap-0b0b0b0b is not among the restore's snapshots");
}

#[tokio::test]
async fn every_volume_is_made_from_the_end_of_its_path() {
    let (instance, volumes) = (described(Made::Instance), found(Vec::new));
    let creates = creates();
    let ec2 = mock_client!(aws_sdk_ec2, RuleMode::MatchAny, [&instance, &volumes, &creates]);

    let made = create(&ec2, &request("create"), &path()).await.unwrap();

    assert_eq!(ids(&made), [(DATA, "vol-0bcc0bcc"), ("/dev/xvda", "vol-0acc0acc")]);
    assert_eq!((made[0].root, made[1].root), (false, true));
    assert_eq!(made[0].kms_key_id.as_deref(), Some(KEY));
    assert_eq!(creates.num_calls(), 2);
}

#[tokio::test]
async fn a_retry_makes_only_what_the_first_attempt_did_not() {
    let instance = described(Made::Instance);
    let volumes = found(|| vec![available("vol-data", DATA_SOURCE)]);
    let creates = creates();
    let ec2 = mock_client!(aws_sdk_ec2, RuleMode::MatchAny, [&instance, &volumes, &creates]);

    let made = create(&ec2, &request("create"), &path()).await.unwrap();

    assert_eq!(ids(&made), [(DATA, "vol-data"), ("/dev/xvda", "vol-0acc0acc")]);
    assert_eq!(creates.num_calls(), 1);
}

#[tokio::test]
async fn volumes_that_are_all_there_need_no_snapshot() {
    let instance = described(Made::Instance);
    let volumes =
        found(|| vec![available("vol-data", DATA_SOURCE), available("vol-root", ROOT_SOURCE)]);
    let ec2 = mock_client!(aws_sdk_ec2, RuleMode::MatchAny, [&instance, &volumes]);

    let made = create(&ec2, &request("create"), &[]).await.unwrap();

    assert_eq!(ids(&made), [(DATA, "vol-data"), ("/dev/xvda", "vol-root")]);
}

#[tokio::test]
async fn a_restored_instance_is_told_its_volumes_and_given_none() {
    for made in [Made::RestoredInstance, Made::Finished] {
        let instance = described(made);
        let volumes =
            found(|| vec![available("vol-data", DATA_SOURCE), available("vol-root", ROOT_SOURCE)]);
        let creates = creates();
        let ec2 = mock_client!(aws_sdk_ec2, RuleMode::MatchAny, [&instance, &volumes, &creates]);

        let made = create(&ec2, &request("create"), &path()).await.unwrap();

        assert_eq!(ids(&made), [(DATA, "vol-data"), ("/dev/xvda", "vol-root")]);
        assert_eq!(creates.num_calls(), 0);
    }
}

#[tokio::test]
async fn only_a_finished_instance_is_told_with_volumes_of_other_snapshots() {
    let other = || {
        let other = volume("vol-other", Made::Volume, "snap-0c0c0c0c:/dev/sdf", VolumeState::InUse);
        vec![attached(other, INSTANCE, DATA, VolumeAttachmentState::Attached)]
    };
    for (made, expected) in [
        (Made::Instance, Err(ErrorName::AlreadyExists)),
        (Made::RestoredInstance, Err(ErrorName::AlreadyExists)),
        (Made::Finished, Ok(vec![(DATA.to_owned(), "vol-other".to_owned())])),
    ] {
        let (instance, volumes, creates) = (described(made), found(other), creates());
        let ec2 = mock_client!(aws_sdk_ec2, RuleMode::MatchAny, [&instance, &volumes, &creates]);

        let told = create(&ec2, &request("create"), &path()).await;

        let told =
            told.map(|all| all.into_iter().map(|it| (it.device_name, it.volume_id)).collect());
        assert_eq!(told.map_err(|error| error.name()), expected, "{made:?}");
        assert_eq!(creates.num_calls(), 0);
    }
}

#[tokio::test]
async fn a_burnt_token_gives_way_to_the_next() {
    for answers_with_the_lost_volume in [false, true] {
        let first = |volume: usize| {
            let request = request("create");
            let plan = &request.launch.volumes[volume];
            input(&request, plan, "", 0).build().unwrap().client_token
        };
        let burnt = [first(0), first(1)];
        let creates = mock!(Client::create_volume).then_compute_response(move |request| {
            let is_burnt = burnt.contains(&request.client_token);
            if is_burnt && !answers_with_the_lost_volume {
                let error = ErrorMetadata::builder().code("IdempotentParameterMismatch").build();
                return MockResponse::Error(CreateVolumeError::generic(error));
            }
            let state = if is_burnt { VolumeState::Error } else { VolumeState::Creating };
            let output = CreateVolumeOutput::builder().volume_id("vol-new").state(state).build();
            MockResponse::Output(output)
        });
        let (instance, volumes) = (described(Made::Instance), found(Vec::new));
        let ec2 = mock_client!(aws_sdk_ec2, RuleMode::MatchAny, [&instance, &volumes, &creates]);

        let made = create(&ec2, &request("create"), &path()).await.unwrap();

        assert_eq!(ids(&made), [(DATA, "vol-new"), ("/dev/xvda", "vol-new")]);
        assert_eq!(creates.num_calls(), 4);
    }
}

#[tokio::test]
async fn a_token_whose_volume_is_there_after_all_makes_no_second_one() {
    let instance = described(Made::Instance);
    let both = || {
        let volumes = vec![available("vol-data", DATA_SOURCE), available("vol-root", ROOT_SOURCE)];
        DescribeVolumesOutput::builder().set_volumes(Some(volumes)).build()
    };
    let volumes = mock!(Client::describe_volumes)
        .sequence()
        .output(|| DescribeVolumesOutput::builder().build())
        .output(both)
        .output(both)
        .build();
    let creates = mock!(Client::create_volume).then_error(|| {
        let error = ErrorMetadata::builder().code("IdempotentParameterMismatch").build();
        CreateVolumeError::generic(error)
    });
    let ec2 = mock_client!(aws_sdk_ec2, RuleMode::MatchAny, [&instance, &volumes, &creates]);

    let made = create(&ec2, &request("create"), &path()).await.unwrap();

    assert_eq!(ids(&made), [(DATA, "vol-data"), ("/dev/xvda", "vol-root")]);
    assert_eq!(creates.num_calls(), 2);
}

#[tokio::test]
async fn a_refused_volume_names_the_call_the_device_and_the_role() {
    for (code, name) in [
        ("UnauthorizedOperation", ErrorName::AccessDenied),
        ("InsufficientVolumeCapacity", ErrorName::InsufficientCapacity),
        ("VolumeLimitExceeded", ErrorName::LimitReached),
        ("InvalidSnapshot.NotFound", ErrorName::Throttled),
        ("SomethingNew", ErrorName::Unexpected),
    ] {
        let creates = mock!(Client::create_volume).then_error(move || {
            CreateVolumeError::generic(ErrorMetadata::builder().code(code).build())
        });
        let (instance, volumes) = (described(Made::Instance), found(Vec::new));
        let ec2 = mock_client!(aws_sdk_ec2, RuleMode::MatchAny, [&instance, &volumes, &creates]);

        let error = create(&ec2, &request("create"), &path()).await.unwrap_err();

        let words = error.to_string();
        assert_eq!(error.name(), name);
        assert!(words.starts_with(&format!("ec2:CreateVolume: {code}")), "{words}");
        assert!(words.contains("/dev/sdf from snap-0bcc0bcc"), "{words}");
        assert!(words.contains("role/restore-target"), "{words}");
    }
}

#[test]
fn after_an_instance_that_was_given_up_the_tokens_are_new() {
    let action = json!({ "do": "attach", "elapsedSeconds": 7 });
    let mut other = request_of(&action, &json!({}));
    let request = request_of(&action, &json!({}));
    other.instance_id = restore::InstanceId::try_from("i-0fedcba9876543210").unwrap();
    assert_eq!(request.instance_id.as_str(), INSTANCE);

    let token = |of: &Request| {
        input(of, &of.launch.volumes[0], "snap-0bcc0bcc", 0).build().unwrap().client_token
    };
    assert_ne!(token(&request), token(&other));
}
