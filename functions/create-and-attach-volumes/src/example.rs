//! One restore, as the tests have it: an instance with a root volume and one for data.

use aws_sdk_ec2::primitives::DateTime;
use aws_sdk_ec2::types::{
    AttachmentStatus, EbsInstanceBlockDevice, Instance, InstanceBlockDeviceMapping, InstanceState,
    InstanceStateName, Tag, Volume, VolumeAttachment, VolumeAttachmentState, VolumeState,
};
use restore::tag::{self, Made};
use serde_json::{Value, json};

use crate::Request;

pub(crate) const INSTANCE: &str = "i-0123456789abcdef0";
pub(crate) const KEY: &str =
    "arn:aws:kms:eu-central-1:444455556666:key/1234abcd-12ab-34cd-56ef-1234567890ab";
pub(crate) const ROOT: &str = "/dev/xvda";
pub(crate) const ROOT_SOURCE: &str = "snap-0a0a0a0a:/dev/xvda";
pub(crate) const DATA: &str = "/dev/sdf";
pub(crate) const DATA_SOURCE: &str = "snap-0b0b0b0b:/dev/sdf";

/// A request to do `action`, with `launch` laid over the instance as it is to be.
pub(crate) fn request_of(action: &Value, launch: &Value) -> Request {
    let mut asked = json!({
        "imageId": "ami-0123456789abcdef0",
        "rootDeviceName": ROOT,
        "suppressedDeviceNames": [],
        "instanceType": "m7g.large",
        "subnetId": "subnet-0123456789abcdef0",
        "vpcId": "vpc-1",
        "availabilityZone": "eu-central-1a",
        "securityGroupIds": ["sg-0123456789abcdef0"],
        "keyName": "ops",
        "iamInstanceProfile": "orders",
        "userData": "#!/bin/sh",
        "tags": { "Name": "orders" },
        "start": true,
        "kmsKeyId": KEY,
        "volumes": [
            {
                "source": "snap-0b0b0b0b", "deviceName": DATA, "root": false,
                "volumeType": "gp3", "iops": 6000, "throughput": 250, "size": 200,
                "deleteOnTermination": false,
            },
            {
                "source": "snap-0a0a0a0a", "deviceName": ROOT, "root": true,
                "deleteOnTermination": true,
            },
        ],
    });
    asked.as_object_mut().unwrap().extend(launch.as_object().unwrap().clone());
    let mut request = json!({
        "restoreId": "orders",
        "deadline": "2026-11-23T10:00:00Z",
        "session": {
            "accountId": "444455556666",
            "region": "eu-central-1",
            "roleArn": "arn:aws:iam::444455556666:role/restore-target",
        },
        "launch": asked,
        "instanceId": INSTANCE,
    });
    request.as_object_mut().unwrap().extend(action.as_object().unwrap().clone());
    serde_json::from_value(request).unwrap()
}

/// What a request has that asks for `action`.
pub(crate) fn action_of(action: &str) -> Value {
    json!({ "do": action, "snapshots": snapshots(), "elapsedSeconds": 7 })
}

pub(crate) fn request(action: &str) -> Request {
    request_of(&action_of(action), &json!({}))
}

/// The snapshots at the end of their path: each a copy.
pub(crate) fn snapshots() -> Value {
    json!([
        { "source": "snap-0a0a0a0a", "current": "snap-0acc0acc", "sizeGib": 8 },
        { "source": "snap-0b0b0b0b", "current": "snap-0bcc0bcc", "sizeGib": 100 },
    ])
}

fn tags(of: &str, made: Made, source: &str) -> Vec<Tag> {
    [(tag::ID, of), (tag::STEP, made.name()), (tag::SOURCE, source)]
        .map(|(key, value)| Tag::builder().key(key).value(value).build())
        .to_vec()
}

/// An instance of the restore `of`, with `devices` attached.
pub(crate) fn instance(
    of: &str,
    made: Made,
    state: InstanceStateName,
    devices: &[(&str, &str)],
) -> Instance {
    let devices = devices.iter().map(|(device, volume)| {
        let ebs = EbsInstanceBlockDevice::builder()
            .volume_id(*volume)
            .delete_on_termination(false)
            .status(AttachmentStatus::Attached);
        InstanceBlockDeviceMapping::builder().device_name(*device).ebs(ebs.build()).build()
    });
    Instance::builder()
        .instance_id(INSTANCE)
        .state(InstanceState::builder().name(state).build())
        .set_tags(Some(tags(of, made, "ami-0123456789abcdef0")))
        .set_block_device_mappings(Some(devices.collect()))
        .build()
}

/// The stopped instance, with `devices` attached.
pub(crate) fn stopped(devices: &[(&str, &str)]) -> Instance {
    instance("orders", Made::Instance, InstanceStateName::Stopped, devices)
}

/// A volume of this restore.
pub(crate) fn volume(id: &str, made: Made, source: &str, state: VolumeState) -> Volume {
    Volume::builder()
        .volume_id(id)
        .state(state)
        .create_time(DateTime::from_secs(100))
        .kms_key_id(KEY)
        .availability_zone("eu-central-1a")
        .set_tags(Some(tags("orders", made, source)))
        .build()
}

/// A restored volume that is available.
pub(crate) fn available(id: &str, source: &str) -> Volume {
    volume(id, Made::Volume, source, VolumeState::Available)
}

/// `volume`, attached to `instance` as `device`.
pub(crate) fn attached(
    mut volume: Volume,
    instance: &str,
    device: &str,
    state: VolumeAttachmentState,
) -> Volume {
    volume.state = Some(VolumeState::InUse);
    volume.attachments = Some(vec![
        VolumeAttachment::builder().instance_id(instance).device(device).state(state).build(),
    ]);
    volume
}
