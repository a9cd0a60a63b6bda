use aws_sdk_ec2::error::ErrorMetadata;
use aws_sdk_ec2::operation::delete_volume::{DeleteVolumeError, DeleteVolumeOutput};
use aws_sdk_ec2::operation::describe_instances::DescribeInstancesOutput;
use aws_sdk_ec2::operation::describe_volumes::DescribeVolumesOutput;
use aws_sdk_ec2::operation::detach_volume::{DetachVolumeError, DetachVolumeOutput};
use aws_sdk_ec2::types::Reservation;
use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};

use super::*;
use crate::example::{INSTANCE, ROOT, ROOT_SOURCE, attached, available, request, stopped, volume};

fn placeholder(state: VolumeState) -> Volume {
    volume("vol-placeholder", Made::Placeholder, "ami-0123456789abcdef0", state)
}

fn in_place(state: VolumeAttachmentState) -> Volume {
    attached(placeholder(VolumeState::InUse), INSTANCE, ROOT, state)
}

fn described(root: Option<&'static str>) -> Rule {
    mock!(Client::describe_instances).then_output(move || {
        let devices = root.map(|root| (ROOT, root));
        let instance = stopped(devices.as_slice());
        let reservation = Reservation::builder().instances(instance).build();
        DescribeInstancesOutput::builder().reservations(reservation).build()
    })
}

/// The volumes of this restore, by what they are to it.
fn found(volumes: fn() -> Vec<Volume>) -> Rule {
    mock!(Client::describe_volumes).then_compute_output(move |request| {
        let wanted = request.filters()[1].values()[0].clone();
        let of_kind =
            |it: &Volume| volumes::tag(it.tags(), restore::tag::STEP) == Some(wanted.as_str());
        let volumes = volumes().into_iter().filter(of_kind).collect();
        DescribeVolumesOutput::builder().set_volumes(Some(volumes)).build()
    })
}

fn detaches() -> Rule {
    mock!(Client::detach_volume)
        .match_requests(|request| {
            request.volume_id() == Some("vol-placeholder")
                && request.instance_id() == Some(INSTANCE)
                && request.force().is_none()
        })
        .then_output(|| DetachVolumeOutput::builder().build())
}

fn deletes() -> Rule {
    mock!(Client::delete_volume)
        .match_requests(|request| request.volume_id() == Some("vol-placeholder"))
        .then_output(|| DeleteVolumeOutput::builder().build())
}

#[test]
fn only_a_placeholder_that_is_the_root_volume_is_detached() {
    use VolumeAttachmentState::{Attached, Attaching, Busy, Detaching};
    let request = request("detachPlaceholder");
    let restored = [available("vol-root", ROOT_SOURCE)];
    for (root, placeholder, expected) in [
        (Some("vol-placeholder"), in_place(Attached), Ok(Some("vol-placeholder"))),
        (Some("vol-placeholder"), in_place(Attaching), Ok(Some("vol-placeholder"))),
        (Some("vol-placeholder"), in_place(Busy), Ok(Some("vol-placeholder"))),
        (Some("vol-placeholder"), in_place(Detaching), Ok(None)),
        (Some("vol-root"), placeholder(VolumeState::Available), Ok(None)),
        (None, placeholder(VolumeState::Available), Ok(None)),
        (Some("vol-foreign"), placeholder(VolumeState::Available), Err(ErrorName::AlreadyExists)),
    ] {
        let instance = stopped(root.map(|root| (ROOT, root)).as_slice());
        let placeholders = [placeholder];
        let planned = plan(&request, &instance, &placeholders, &restored);
        assert_eq!(planned.map_err(|error| error.name()), expected, "{root:?}");
    }
}

#[test]
fn the_placeholder_of_an_instance_that_was_given_up_is_none_of_this_ones() {
    let request = request("detachPlaceholder");
    let elsewhere = attached(
        placeholder(VolumeState::InUse),
        "i-0fedcba9876543210",
        ROOT,
        VolumeAttachmentState::Attached,
    );
    for (placeholder, count) in [
        (placeholder(VolumeState::Available), 1),
        (in_place(VolumeAttachmentState::Attached), 1),
        (placeholder(VolumeState::Deleting), 0),
        (elsewhere, 0),
    ] {
        assert_eq!(own(&request, vec![placeholder.clone()]).len(), count, "{placeholder:?}");
    }
}

#[tokio::test]
async fn the_placeholder_is_detached_and_told() {
    let instance = described(Some("vol-placeholder"));
    let volumes = found(|| vec![in_place(VolumeAttachmentState::Attached)]);
    let detaches = detaches();
    let ec2 = mock_client!(aws_sdk_ec2, RuleMode::MatchAny, [&instance, &volumes, &detaches]);

    let placeholders = detach(&ec2, &request("detachPlaceholder")).await.unwrap();

    assert_eq!((placeholders, detaches.num_calls()), (vec!["vol-placeholder".to_owned()], 1));
}

#[tokio::test]
async fn a_retry_detaches_nothing_twice() {
    let replaced = || vec![available("vol-root", ROOT_SOURCE)];
    let free = || vec![placeholder(VolumeState::Available)];
    let on_its_way = || vec![in_place(VolumeAttachmentState::Detaching)];
    for (root, found_volumes, told) in [
        (Some("vol-root"), replaced as fn() -> Vec<Volume>, 0),
        (None, free, 1),
        (Some("vol-placeholder"), on_its_way, 1),
    ] {
        let (instance, volumes) = (described(root), found(found_volumes));
        let detaches = detaches();
        let ec2 = mock_client!(aws_sdk_ec2, RuleMode::MatchAny, [&instance, &volumes, &detaches]);

        let placeholders = detach(&ec2, &request("detachPlaceholder")).await.unwrap();

        assert_eq!((placeholders.len(), detaches.num_calls()), (told, 0), "{root:?}");
    }
}

#[tokio::test]
async fn a_refused_detachment_names_the_volume() {
    for (code, name) in [
        ("IncorrectState", ErrorName::Throttled),
        ("UnauthorizedOperation", ErrorName::AccessDenied),
    ] {
        let instance = described(Some("vol-placeholder"));
        let volumes = found(|| vec![in_place(VolumeAttachmentState::Attached)]);
        let detaches = mock!(Client::detach_volume).then_error(move || {
            DetachVolumeError::generic(ErrorMetadata::builder().code(code).build())
        });
        let ec2 = mock_client!(aws_sdk_ec2, RuleMode::MatchAny, [&instance, &volumes, &detaches]);

        let error = detach(&ec2, &request("detachPlaceholder")).await.unwrap_err();

        assert_eq!(error.name(), name);
        assert!(error.to_string().contains("vol-placeholder in 444455556666"), "{error}");
    }
}

#[tokio::test]
async fn a_placeholder_is_deleted_only_once_it_is_detached() {
    let free = || vec![placeholder(VolumeState::Available)];
    let detaching = || vec![in_place(VolumeAttachmentState::Detaching)];
    let going = || vec![placeholder(VolumeState::Deleting)];
    for (found_volumes, expected, calls) in [
        (free as fn() -> Vec<Volume>, Ok(1), 1),
        (detaching, Err(ErrorName::Throttled), 0),
        (going, Ok(0), 0),
        (Vec::new, Ok(0), 0),
    ] {
        let (volumes, deletes) = (found(found_volumes), deletes());
        let ec2 = mock_client!(aws_sdk_ec2, RuleMode::MatchAny, [&volumes, &deletes]);

        let outcome = delete(&ec2, &request("finish")).await;

        assert_eq!(outcome.map(|ids| ids.len()).map_err(|error| error.name()), expected);
        assert_eq!(deletes.num_calls(), calls);
    }
}

#[tokio::test]
async fn a_placeholder_that_is_gone_is_deleted() {
    let volumes = found(|| vec![placeholder(VolumeState::Available)]);
    let deletes = mock!(Client::delete_volume).then_error(|| {
        let error = ErrorMetadata::builder().code("InvalidVolume.NotFound").build();
        DeleteVolumeError::generic(error)
    });
    let ec2 = mock_client!(aws_sdk_ec2, RuleMode::MatchAny, [&volumes, &deletes]);

    delete(&ec2, &request("finish")).await.unwrap();

    assert_eq!(deletes.num_calls(), 1);
}
