//! What an EC2 instance is launched with.

mod boot;
mod not_taken_over;

use std::collections::BTreeMap;

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{
    Filter, Instance, InstanceAttributeName, InstanceBlockDeviceMapping, InstanceState,
    InstanceStateName, Volume,
};
use restore::facts::{CpuOptions, VolumeSettings};
use restore::record::{self, Ec2Settings};
use restore::request::VolumeType;
use restore::{ImageId, InstanceId, SecurityGroupId, SubnetId};
use step::{CallContext as _, StepError};

pub use boot::of_image as boot_of_image;

use crate::{RESERVED_IN_EC2, left_out, unreserved};

const DESCRIBE_ATTRIBUTE: &str = "ec2:DescribeInstanceAttribute";
const DESCRIBE_VOLUMES: &str = "ec2:DescribeVolumes";

/// Whether the instance still has its devices: a terminated one is described for an hour, without.
#[must_use]
pub fn is_there(instance: &Instance) -> bool {
    let state = instance.state().and_then(InstanceState::name).map(InstanceStateName::as_str);
    !matches!(state, Some("terminated" | "shutting-down"))
        && !instance.block_device_mappings().is_empty()
}

/// What `instance`, which has the id `id`, is launched with; `described` are its volumes.
#[must_use]
pub fn settings(
    id: &InstanceId,
    instance: &Instance,
    described: &BTreeMap<String, Volume>,
    user_data: UserData,
) -> Ec2Settings {
    let tags = || instance.tags().iter();
    let (user_data, unreadable) = match user_data {
        UserData::None => (None, None),
        UserData::Text(text) => (Some(text), None),
        UserData::Binary => (None, Some("user data that is no text".to_owned())),
    };
    Ec2Settings {
        instance_id: id.clone(),
        image_id: instance.image_id().and_then(|id| ImageId::try_from(id).ok()),
        instance_type: instance.instance_type().map(|kind| kind.as_str().to_owned()),
        subnet_id: instance.subnet_id().and_then(|id| SubnetId::try_from(id).ok()),
        security_group_ids: instance
            .security_groups()
            .iter()
            .filter_map(|group| SecurityGroupId::try_from(group.group_id()?).ok())
            .collect(),
        key_name: instance.key_name().map(str::to_owned),
        iam_instance_profile: instance
            .iam_instance_profile()
            .and_then(|profile| profile.arn().map(str::to_owned)),
        user_data,
        tags: unreserved(RESERVED_IN_EC2, tags().map(|tag| (tag.key(), tag.value()))),
        boot: boot::of_instance(instance),
        cpu_options: cpu_options(instance),
        volumes: instance
            .block_device_mappings()
            .iter()
            .filter_map(|mapping| volume(instance, mapping, described))
            .collect(),
        not_restored: left_out(RESERVED_IN_EC2, tags().map(|tag| tag.key()))
            .into_iter()
            .chain(unreadable)
            .chain(not_taken_over::of(instance))
            .collect(),
    }
}

fn cpu_options(instance: &Instance) -> Option<CpuOptions> {
    let told = instance.cpu_options()?;
    Some(CpuOptions { core_count: told.core_count()?, threads_per_core: told.threads_per_core()? })
}

fn volume(
    instance: &Instance,
    mapping: &InstanceBlockDeviceMapping,
    described: &BTreeMap<String, Volume>,
) -> Option<record::Volume> {
    let device_name = mapping.device_name()?.to_owned();
    let ebs = mapping.ebs()?;
    let volume_id = ebs.volume_id()?.to_owned();
    Some(record::Volume {
        root: instance.root_device_name() == Some(device_name.as_str()),
        device_name,
        delete_on_termination: ebs.delete_on_termination().unwrap_or_default(),
        settings: volume_settings(described.get(&volume_id)),
        snapshots: Vec::new(),
        volume_id,
    })
}

/// How a volume is set up, as far as `CreateVolume` takes it back.
#[must_use]
pub fn volume_settings(volume: Option<&Volume>) -> VolumeSettings {
    let volume_type =
        volume.and_then(Volume::volume_type).and_then(|kind| VolumeType::of(kind.as_str()));
    let (iops, throughput) = (volume.and_then(Volume::iops), volume.and_then(Volume::throughput));
    VolumeSettings {
        size: volume.and_then(Volume::size),
        ..VolumeSettings::provisioned(volume_type, iops, throughput)
    }
}

/// The volumes whose `filter` is one of `values`, by their ids.
///
/// # Errors
///
/// As the vocabulary has it, where EC2 refuses.
pub async fn volumes(
    ec2: &Client,
    filter: &str,
    values: Vec<String>,
) -> Result<BTreeMap<String, Volume>, StepError> {
    let volumes = ec2
        .describe_volumes()
        .filters(Filter::builder().name(filter).set_values(Some(values)).build())
        .into_paginator()
        .items()
        .send()
        .collect::<Result<Vec<_>, _>>()
        .await
        .during(DESCRIBE_VOLUMES)?;
    Ok(volumes
        .into_iter()
        .filter_map(|volume| Some((volume.volume_id()?.to_owned(), volume)))
        .collect())
}

/// An instance's user data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UserData {
    /// There is none.
    None,
    /// It is text.
    Text(String),
    /// It is no text, and so cannot be carried over.
    Binary,
}

impl UserData {
    /// What EC2 tells, in base64.
    fn of(told: Option<&str>) -> Self {
        let Some(told) = told.filter(|told| !told.is_empty()) else { return Self::None };
        let text =
            aws_smithy_types::base64::decode(told).ok().and_then(|it| String::from_utf8(it).ok());
        text.map_or(Self::Binary, Self::Text)
    }
}

/// The user data of an instance.
///
/// # Errors
///
/// As the vocabulary has it, where EC2 refuses.
pub async fn user_data(ec2: &Client, id: &InstanceId) -> Result<UserData, StepError> {
    let attribute = ec2
        .describe_instance_attribute()
        .instance_id(id.as_str())
        .attribute(InstanceAttributeName::UserData)
        .send()
        .await
        .during(DESCRIBE_ATTRIBUTE)?;
    Ok(UserData::of(attribute.user_data().and_then(|data| data.value())))
}

#[cfg(test)]
mod tests {
    use aws_sdk_ec2::types::{
        ArchitectureValues, CpuOptions, EbsInstanceBlockDevice, GroupIdentifier, HttpTokensState,
        IamInstanceProfile, InstanceMetadataOptionsResponse, Tag, VolumeType as Kind,
    };
    use serde_json::json;

    use super::*;

    fn instance(state: InstanceStateName) -> Instance {
        let mapping = |device: &str, volume: &str| {
            let ebs = EbsInstanceBlockDevice::builder().volume_id(volume);
            InstanceBlockDeviceMapping::builder()
                .device_name(device)
                .ebs(ebs.delete_on_termination(device == "/dev/xvda").build())
                .build()
        };
        let tag = |key: &str, value: &str| Tag::builder().key(key).value(value).build();
        Instance::builder()
            .state(InstanceState::builder().name(state).build())
            .image_id("ami-0c0c0c0c")
            .instance_type(aws_sdk_ec2::types::InstanceType::M7gLarge)
            .subnet_id("subnet-0c0c0c0c")
            .security_groups(GroupIdentifier::builder().group_id("sg-0c0c0c0c").build())
            .key_name("ops")
            .iam_instance_profile(IamInstanceProfile::builder().arn("arn:profile").build())
            .architecture(ArchitectureValues::Arm64)
            .cpu_options(CpuOptions::builder().core_count(1).threads_per_core(1).build())
            .metadata_options(
                InstanceMetadataOptionsResponse::builder()
                    .http_tokens(HttpTokensState::Optional)
                    .build(),
            )
            .root_device_name("/dev/xvda")
            .block_device_mappings(mapping("/dev/xvda", "vol-a"))
            .block_device_mappings(mapping("/dev/sdf", "vol-b"))
            .tags(tag("Name", "orders"))
            .tags(tag("aws:autoscaling:groupName", "orders"))
            .build()
    }

    fn described() -> BTreeMap<String, Volume> {
        let volume = |id: &str, kind: Kind| {
            let volume = Volume::builder().volume_id(id).volume_type(kind).size(10).iops(100);
            (id.to_owned(), volume.throughput(125).build())
        };
        BTreeMap::from([volume("vol-a", Kind::Gp2), volume("vol-b", Kind::Gp3)])
    }

    #[test]
    fn an_instance_is_described_by_what_it_is_launched_with() {
        let id = InstanceId::try_from("i-0a0a0a0a").unwrap();
        let text = UserData::of(Some("IyEvYmluL3No"));
        let found = settings(&id, &instance(InstanceStateName::Running), &described(), text);

        assert_eq!(
            serde_json::to_value(found).unwrap(),
            json!({
                "instanceId": "i-0a0a0a0a",
                "imageId": "ami-0c0c0c0c",
                "instanceType": "m7g.large",
                "subnetId": "subnet-0c0c0c0c",
                "securityGroupIds": ["sg-0c0c0c0c"],
                "keyName": "ops",
                "iamInstanceProfile": "arn:profile",
                "userData": "#!/bin/sh",
                "tags": { "Name": "orders" },
                "boot": { "architecture": "arm64" },
                "cpuOptions": { "coreCount": 1, "threadsPerCore": 1 },
                // A gp2 volume's IOPS follow from its size and are not provisioned.
                "volumes": [
                    {
                        "volumeId": "vol-a", "deviceName": "/dev/xvda", "root": true,
                        "deleteOnTermination": true, "volumeType": "gp2", "size": 10,
                    },
                    {
                        "volumeId": "vol-b", "deviceName": "/dev/sdf", "root": false,
                        "deleteOnTermination": false, "volumeType": "gp3", "size": 10,
                        "iops": 100, "throughput": 125,
                    },
                ],
                "notRestored": [
                    "tags reserved by AWS or by restores: aws:autoscaling:groupName",
                    "IMDSv1 (httpTokens `optional`): the restored instance requires IMDSv2; where \
                     something asks for metadata without a token, allow it with \
                     ec2:ModifyInstanceMetadataOptions",
                ],
            })
        );
    }

    #[test]
    fn user_data_that_is_no_text_is_told_and_not_taken_for_none() {
        for (told, expected) in [
            (None, UserData::None),
            (Some(""), UserData::None),
            (Some("IyEvYmluL3No"), UserData::Text("#!/bin/sh".to_owned())),
            (Some("/w=="), UserData::Binary),
        ] {
            assert_eq!(UserData::of(told), expected);
        }
        let id = InstanceId::try_from("i-0a0a0a0a").unwrap();
        let running = instance(InstanceStateName::Running);
        let found = settings(&id, &running, &described(), UserData::Binary);
        assert_eq!(found.user_data, None);
        assert_eq!(found.not_restored[1], "user data that is no text");
    }

    #[test]
    fn an_instance_that_ends_is_not_there_any_more() {
        assert!(is_there(&instance(InstanceStateName::Stopped)));
        assert!(!is_there(&instance(InstanceStateName::ShuttingDown)));
        assert!(!is_there(&Instance::builder().build()));
    }
}
