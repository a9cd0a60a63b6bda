use aws_sdk_ec2::error::ErrorMetadata;
use aws_sdk_ec2::operation::describe_instances::DescribeInstancesOutput;
use aws_sdk_ec2::operation::describe_volumes::DescribeVolumesOutput;
use aws_sdk_ec2::operation::modify_instance_attribute::ModifyInstanceAttributeError;
use aws_sdk_ec2::types::{Reservation, VolumeAttachmentState};
use aws_smithy_mocks::{RuleMode, mock, mock_client};
use serde_json::json;

use super::*;
use crate::example::{
    DATA, DATA_SOURCE, INSTANCE, ROOT, ROOT_SOURCE, attached, available, instance, request,
    request_of, stopped,
};

const BOTH: [(&str, &str); 2] = [(ROOT, "vol-root"), (DATA, "vol-data")];

fn volumes() -> Vec<Volume> {
    let at = VolumeAttachmentState::Attached;
    vec![
        attached(available("vol-root", ROOT_SOURCE), INSTANCE, ROOT, at.clone()),
        attached(available("vol-data", DATA_SOURCE), INSTANCE, DATA, at),
    ]
}

#[test]
fn an_instance_is_whole_with_every_restored_volume_in_its_place() {
    let launch = request("finish").launch;
    let mut attaching = stopped(&BOTH);
    let mut devices = attaching.block_device_mappings.take().unwrap();
    devices[1].ebs.as_mut().unwrap().status = Some(AttachmentStatus::Attaching);
    attaching.block_device_mappings = Some(devices);

    for (instance, expected) in [
        (stopped(&BOTH), Ok(())),
        (stopped(&[(ROOT, "vol-root")]), Err(ErrorName::ResourceFailed)),
        (stopped(&[(ROOT, "vol-placeholder"), (DATA, "vol-data")]), Err(ErrorName::ResourceFailed)),
        (stopped(&[(ROOT, "vol-data"), (DATA, "vol-root")]), Err(ErrorName::ResourceFailed)),
        (attaching, Err(ErrorName::Throttled)),
    ] {
        let whole = refuse_unless_whole(&launch, &instance, &volumes());
        assert_eq!(whole.map_err(|error| error.name()), expected, "{instance:?}");
    }
}

#[test]
fn only_devices_that_are_not_as_asked_are_modified() {
    let launch = request("finish").launch;
    let mapping = |device: &str, delete| {
        let ebs = EbsInstanceBlockDeviceSpecification::builder().delete_on_termination(delete);
        InstanceBlockDeviceMappingSpecification::builder()
            .device_name(device)
            .ebs(ebs.build())
            .build()
    };
    let set = |root, data| {
        let mut instance = stopped(&BOTH);
        let devices = instance.block_device_mappings.as_mut().unwrap();
        for (device, value) in devices.iter_mut().zip([root, data]) {
            device.ebs.as_mut().unwrap().delete_on_termination = Some(value);
        }
        instance
    };
    for (instance, modified) in [
        (set(true, false), vec![]),
        (set(false, false), vec![mapping(ROOT, true)]),
        (set(false, true), vec![mapping(DATA, false), mapping(ROOT, true)]),
    ] {
        assert_eq!(not_as_asked(&launch, &instance), modified);
    }
}

#[test]
fn an_instance_is_started_once_and_only_when_asked() {
    use InstanceStateName::{Pending, Running, Stopped, Stopping};
    for (start, state, expected) in [
        (true, Stopped, Ok(true)),
        (true, Pending, Ok(false)),
        (true, Running, Ok(false)),
        (true, Stopping, Err(ErrorName::Throttled)),
        (false, Stopped, Ok(false)),
    ] {
        let launch = request_of(&json!({ "do": "finish" }), &json!({ "start": start })).launch;
        let instance = instance("orders", Made::Instance, state, &[]);
        let may = may_start(&launch, &instance).map_err(|error| error.name());
        assert_eq!(may, expected, "{start} {instance:?}");
    }
}

#[tokio::test]
async fn a_restored_instance_is_left_alone() {
    let describe = mock!(Client::describe_instances).then_output(|| {
        let state = InstanceStateName::Running;
        let instance = instance("orders", Made::RestoredInstance, state, &BOTH);
        let reservation = Reservation::builder().instances(instance).build();
        DescribeInstancesOutput::builder().reservations(reservation).build()
    });
    // Any other call fails the test: there is no answer to it.
    let ec2 = mock_client!(aws_sdk_ec2, RuleMode::MatchAny, [&describe]);

    finish(&ec2, &request("finish")).await.unwrap();

    assert_eq!(describe.num_calls(), 1);
}

#[tokio::test]
async fn a_refused_modification_names_the_call_the_instance_and_the_role() {
    for (code, name) in [
        ("UnauthorizedOperation", ErrorName::AccessDenied),
        ("IncorrectInstanceState", ErrorName::Throttled),
        ("SomethingNew", ErrorName::Unexpected),
    ] {
        let describe = mock!(Client::describe_instances).then_output(|| {
            let reservation = Reservation::builder().instances(stopped(&BOTH)).build();
            DescribeInstancesOutput::builder().reservations(reservation).build()
        });
        let found = mock!(Client::describe_volumes)
            .then_output(|| DescribeVolumesOutput::builder().set_volumes(Some(volumes())).build());
        let refused = mock!(Client::modify_instance_attribute).then_error(move || {
            ModifyInstanceAttributeError::generic(ErrorMetadata::builder().code(code).build())
        });
        let ec2 = mock_client!(aws_sdk_ec2, RuleMode::MatchAny, [&describe, &found, &refused]);

        let error = finish(&ec2, &request("finish")).await.unwrap_err();

        let words = error.to_string();
        assert_eq!(error.name(), name);
        assert!(words.starts_with(&format!("ec2:ModifyInstanceAttribute: {code}")), "{words}");
        assert!(words.contains(INSTANCE) && words.contains("role/restore-target"), "{words}");
    }
}
