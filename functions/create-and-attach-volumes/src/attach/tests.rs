use std::sync::{Arc, Mutex};

use aws_sdk_ec2::error::ErrorMetadata;
use aws_sdk_ec2::operation::attach_volume::{AttachVolumeError, AttachVolumeOutput};
use aws_sdk_ec2::operation::describe_instances::DescribeInstancesOutput;
use aws_sdk_ec2::operation::describe_volumes::DescribeVolumesOutput;
use aws_sdk_ec2::types::{InstanceStateName, Reservation};
use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
use restore::tag::Made;

use super::*;
use crate::example::{
    DATA, DATA_SOURCE, INSTANCE, ROOT, ROOT_SOURCE, attached, available, instance, request, volume,
};

fn described(made: Made) -> Rule {
    mock!(Client::describe_instances).then_output(move || {
        let instance = instance("orders", made, InstanceStateName::Stopped, &[]);
        let reservation = Reservation::builder().instances(instance).build();
        DescribeInstancesOutput::builder().reservations(reservation).build()
    })
}

fn told(volumes: Vec<Volume>) -> DescribeVolumesOutput {
    DescribeVolumesOutput::builder().set_volumes(Some(volumes)).build()
}

fn both() -> Vec<Volume> {
    vec![available("vol-data", DATA_SOURCE), available("vol-root", ROOT_SOURCE)]
}

fn both_attached() -> Vec<Volume> {
    let [data, root] = both().try_into().unwrap();
    vec![
        attached(data, INSTANCE, DATA, VolumeAttachmentState::Attached),
        attached(root, INSTANCE, ROOT, VolumeAttachmentState::Attaching),
    ]
}

fn refuses(code: &'static str) -> Rule {
    mock!(Client::attach_volume)
        .then_error(move || AttachVolumeError::generic(ErrorMetadata::builder().code(code).build()))
}

#[test]
fn a_volume_is_attached_only_where_that_is_left_to_do() {
    use VolumeAttachmentState::{Attached, Attaching, Busy, Detached, Detaching};
    let request = request("attach");
    let data = &request.launch.volumes[0];
    let here = |state| attached(available("vol-data", DATA_SOURCE), INSTANCE, DATA, state);
    let at =
        |instance, device| attached(available("vol-data", DATA_SOURCE), instance, device, Attached);
    for (made, expected) in [
        (available("vol-data", DATA_SOURCE), Ok(Plan::Attach)),
        (here(Attached), Ok(Plan::Nothing)),
        (here(Attaching), Ok(Plan::Nothing)),
        (here(Busy), Ok(Plan::Nothing)),
        (here(Detached), Ok(Plan::Attach)),
        (here(Detaching), Err(ErrorName::Throttled)),
        (
            volume("vol-data", Made::Volume, DATA_SOURCE, VolumeState::Creating),
            Err(ErrorName::Throttled),
        ),
        (at(INSTANCE, "/dev/sdz"), Err(ErrorName::ResourceFailed)),
        (at("i-0fedcba9876543210", DATA), Err(ErrorName::ResourceFailed)),
    ] {
        let planned = plan(&request, data, &made).map_err(|error| error.name());
        assert_eq!(planned, expected, "{made:?}");
    }
}

#[tokio::test]
async fn each_volume_is_attached_under_its_device_name_the_root_first() {
    let sent = Arc::new(Mutex::new(Vec::new()));
    let seen = sent.clone();
    let attaches = mock!(Client::attach_volume).then_compute_output(move |request| {
        let pair = (request.volume_id.clone().unwrap(), request.device.clone().unwrap());
        assert_eq!(request.instance_id(), Some(INSTANCE));
        seen.lock().unwrap().push(pair);
        AttachVolumeOutput::builder().build()
    });
    let instance = described(Made::Instance);
    let volumes = mock!(Client::describe_volumes).then_output(|| told(both()));
    let ec2 = mock_client!(aws_sdk_ec2, RuleMode::MatchAny, [&instance, &volumes, &attaches]);

    let answer = attach(&ec2, &request("attach"), SETTLED_SECONDS).await.unwrap();

    let expected = [("vol-root", ROOT), ("vol-data", DATA)];
    let sent = sent.lock().unwrap();
    assert_eq!(
        sent.iter().map(|(id, at)| (id.as_str(), at.as_str())).collect::<Vec<_>>(),
        expected
    );
    assert_eq!(answer.iter().filter(|it| it.root).count(), 1);
    assert_eq!(answer.len(), 2);
}

#[tokio::test]
async fn a_retry_attaches_nothing_twice() {
    let instance = described(Made::Instance);
    let volumes = mock!(Client::describe_volumes).then_output(|| told(both_attached()));
    let attaches = refuses("VolumeInUse");
    let ec2 = mock_client!(aws_sdk_ec2, RuleMode::MatchAny, [&instance, &volumes, &attaches]);

    let answer = attach(&ec2, &request("attach"), SETTLED_SECONDS).await.unwrap();

    assert_eq!((answer.len(), attaches.num_calls()), (2, 0));
}

#[tokio::test]
async fn a_restored_instance_is_told_its_volumes_and_given_none() {
    let instance = described(Made::RestoredInstance);
    let volumes = mock!(Client::describe_volumes).then_output(|| told(both()));
    let attaches = refuses("VolumeInUse");
    let ec2 = mock_client!(aws_sdk_ec2, RuleMode::MatchAny, [&instance, &volumes, &attaches]);

    let answer = attach(&ec2, &request("attach"), SETTLED_SECONDS).await.unwrap();

    assert_eq!((answer.len(), attaches.num_calls()), (2, 0));
}

#[tokio::test]
async fn a_volume_attached_by_a_call_whose_answer_was_lost_is_attached() {
    for code in SENT_BEFORE {
        let instance = described(Made::Instance);
        let volumes = mock!(Client::describe_volumes)
            .sequence()
            .output(|| told(both()))
            .output(|| told(both_attached()))
            .times(2)
            .build();
        let attaches = refuses(code);
        let ec2 = mock_client!(aws_sdk_ec2, RuleMode::MatchAny, [&instance, &volumes, &attaches]);

        let answer = attach(&ec2, &request("attach"), SETTLED_SECONDS).await.unwrap();

        assert_eq!((answer.len(), attaches.num_calls()), (2, 2), "{code}");
    }
}

#[tokio::test]
async fn a_refused_attachment_names_the_call_the_device_and_the_role() {
    for (code, name) in [
        ("IncorrectState", ErrorName::Throttled),
        ("InvalidParameterValue", ErrorName::InvalidInput),
        ("InvalidVolume.ZoneMismatch", ErrorName::InvalidInput),
        ("CustomerKeyHasBeenRevoked", ErrorName::KeyNotUsable),
        ("UnauthorizedOperation", ErrorName::AccessDenied),
    ] {
        let instance = described(Made::Instance);
        let volumes = mock!(Client::describe_volumes).then_output(|| told(both()));
        let attaches = refuses(code);
        let ec2 = mock_client!(aws_sdk_ec2, RuleMode::MatchAny, [&instance, &volumes, &attaches]);

        let error = attach(&ec2, &request("attach"), SETTLED_SECONDS).await.unwrap_err();

        let words = error.to_string();
        assert_eq!((error.name(), attaches.num_calls()), (name, 1), "{code}");
        assert!(words.starts_with(&format!("ec2:AttachVolume: {code}")), "{words}");
        assert!(words.contains("/dev/xvda of i-0123456789abcdef0"), "{words}");
        assert!(words.contains("role/restore-target"), "{words}");
    }
}

#[tokio::test]
async fn a_volume_that_one_look_does_not_list_so_soon_is_looked_for_again() {
    let instance = described(Made::Instance);
    let volumes = mock!(Client::describe_volumes).then_output(|| {
        // What a restore has left that has succeeded is neither it nor lost.
        let finished = volume("vol-old", Made::Finished, ROOT_SOURCE, VolumeState::Available);
        told(vec![available("vol-data", DATA_SOURCE), finished])
    });
    let attaches = refuses("VolumeInUse");
    let ec2 = mock_client!(aws_sdk_ec2, RuleMode::MatchAny, [&instance, &volumes, &attaches]);

    let error = attach(&ec2, &request("attach"), SETTLED_SECONDS - 1).await.unwrap_err();

    assert_eq!((error.name(), attaches.num_calls()), (ErrorName::Throttled, 0));
    assert!(error.to_string().contains("volume of /dev/xvda: it is not listed yet"), "{error}");
}

#[tokio::test]
async fn a_volume_that_is_lost_is_so_however_soon_that_is_seen() {
    let lost = || volume("vol-root", Made::Volume, ROOT_SOURCE, VolumeState::Error);
    let instance = described(Made::Instance);
    let volumes = mock!(Client::describe_volumes).then_output(move || told(vec![lost()]));
    let attaches = refuses("VolumeInUse");
    let ec2 = mock_client!(aws_sdk_ec2, RuleMode::MatchAny, [&instance, &volumes, &attaches]);

    let error = attach(&ec2, &request("attach"), 0).await.unwrap_err();

    assert_eq!((error.name(), attaches.num_calls()), (ErrorName::KeyNotUsable, 0));
    assert!(error.to_string().contains("(vol-root is error)"), "{error}");
}

#[tokio::test]
async fn a_volume_that_disappeared_most_likely_lacks_its_key() {
    let instance = described(Made::Instance);
    let volumes = mock!(Client::describe_volumes)
        .then_output(|| told(vec![available("vol-data", DATA_SOURCE)]));
    let attaches = refuses("VolumeInUse");
    let ec2 = mock_client!(aws_sdk_ec2, RuleMode::MatchAny, [&instance, &volumes, &attaches]);

    let error = attach(&ec2, &request("attach"), SETTLED_SECONDS).await.unwrap_err();

    assert_eq!((error.name(), attaches.num_calls()), (ErrorName::KeyNotUsable, 0));
    for part in ["volume of /dev/xvda (none is there)", "role/restore-target needs kms:DescribeKey"]
    {
        assert!(error.to_string().contains(part), "{error}");
    }
}
