//! EC2 dry runs of the calls to come (BC:ec2, `DryRun`: "Checks whether you have the required
//! permissions for the action, without actually making the request").
//!
//! Only of calls on what is there already or that make something: a call on an instance or a volume
//! that does not exist yet tells nothing.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::operation::create_volume::builders::CreateVolumeFluentBuilder;
use aws_sdk_ec2::operation::run_instances::builders::RunInstancesFluentBuilder;
use aws_sdk_ec2::types::{
    BlockDeviceMapping, EbsBlockDevice, HttpTokensState, InstanceMetadataOptionsRequest,
    InstanceType, OperationType, ResourceType, SnapshotAttributeName, Tag, TagSpecification,
    VolumeType,
};
use restore::facts::{Ec2Facts, Facts, TargetFacts};
use restore::plan::HopStep;
use restore::preflight::{Answer, Need};
use restore::share::Use;
use restore::tag::{self, Made};
use restore::{KeyArn, RestoreId};
use step::{CallContext as _, StepError};

use super::{Subject, answer};
use crate::accounts::Clients;

/// The answer to the call that `need` is of, as a dry run.
///
/// # Errors
///
/// Only what trying again may mend.
pub(super) async fn dry_run(
    clients: &Clients,
    subject: Subject<'_>,
    need: &Need,
) -> Result<Answer, StepError> {
    let ec2 = &clients.ec2;
    match (need.action, need.made, launched(subject)) {
        ("ec2:ModifySnapshotAttribute" | "ec2:CreateTags" | "ec2:DeleteTags", false, _) => {
            share(ec2, subject, need).await
        }
        ("ec2:CopySnapshot", false, _) => copy(ec2, subject, need).await,
        ("ec2:CreateSecurityGroup", true, Some(launch)) => create_group(ec2, subject, launch).await,
        ("ec2:RunInstances", true, _) if need.resource.contains(":security-group/") => {
            Ok(no("the launch will be into a group of the restore's own"))
        }
        ("ec2:RunInstances", true, Some(launch)) => run_instances(ec2, subject, launch).await,
        ("ec2:CreateVolume", false, Some(launch)) => {
            create_volume(ec2, subject, launch, id_in(&need.resource)).await
        }
        (action, _, _) if action.starts_with("rds:") => Ok(no("RDS has no dry run")),
        ("iam:PassRole", _, _) => Ok(no("passing a role is no call of its own")),
        _ => Ok(no("what it is called on is not there yet")),
    }
}

fn no(why: &str) -> Answer {
    Answer::Other(why.to_owned())
}

fn launched(subject: Subject<'_>) -> Option<&Ec2Facts> {
    match &subject.facts.target {
        Some(TargetFacts::Ec2(ec2)) => Some(ec2),
        _ => None,
    }
}

/// To give the target account permission on a snapshot, and to note whose permission it is.
async fn share(ec2: &Client, subject: Subject<'_>, need: &Need) -> Result<Answer, StepError> {
    let snapshot = id_in(&need.resource);
    let with = &subject.request.target.account_id;
    let note = Tag::builder().key(tag::share(with, subject.restore_id));
    match need.action {
        "ec2:CreateTags" => {
            let note = note.value(Use::Given.name()).build();
            let call = ec2.create_tags().resources(snapshot).tags(note).dry_run(true);
            answer::of(call.send().await.during("ec2:CreateTags"))
        }
        "ec2:DeleteTags" => {
            let call = ec2.delete_tags().resources(snapshot).tags(note.build()).dry_run(true);
            answer::of(call.send().await.during("ec2:DeleteTags"))
        }
        _ => answer::of(
            ec2.modify_snapshot_attribute()
                .snapshot_id(snapshot)
                .attribute(SnapshotAttributeName::CreateVolumePermission)
                .operation_type(OperationType::Add)
                .user_ids(with.as_str())
                .dry_run(true)
                .send()
                .await
                .during("ec2:ModifySnapshotAttribute"),
        ),
    }
}

/// A copy: of what cannot be shared as it is, or at the target.
async fn copy(ec2: &Client, subject: Subject<'_>, need: &Need) -> Result<Answer, StepError> {
    let source = id_in(&need.resource);
    let (made, key) = made_as(subject.facts, need);
    answer::of(
        ec2.copy_snapshot()
            .source_snapshot_id(source)
            .source_region(subject.request.source.region.as_str())
            .encrypted(true)
            .set_kms_key_id(key.map(ToString::to_string))
            .tag_specifications(own(subject.restore_id, ResourceType::Snapshot, made, source))
            .dry_run(true)
            .send()
            .await
            .during("ec2:CopySnapshot"),
    )
}

/// What the copy that `need` is of is, and the key that it is made under.
fn made_as<'a>(facts: &'a Facts, need: &Need) -> (Made, Option<&'a KeyArn>) {
    let is_staged = need.needed_for.iter().any(|step| step == HopStep::StageSnapshot.name());
    let (made, key) = if is_staged {
        (Made::StagedSnapshot, &facts.staging_key)
    } else {
        (Made::Copy, &facts.target_key)
    };
    (made, key.as_ref().map(|key| &key.arn))
}

async fn create_group(
    ec2: &Client,
    subject: Subject<'_>,
    launch: &Ec2Facts,
) -> Result<Answer, StepError> {
    let id = subject.restore_id;
    let tags = own(id, ResourceType::SecurityGroup, Made::SealedGroup, launch.image.id.as_str());
    answer::of(
        ec2.create_security_group()
            .group_name(restore::name::sealed_group(id))
            .description(format!("restore {id}"))
            .vpc_id(&launch.subnet.vpc_id)
            .tag_specifications(tags)
            .dry_run(true)
            .send()
            .await
            .during("ec2:CreateSecurityGroup"),
    )
}

/// The launch, but for the group that it will be sealed off in, which is not there yet.
async fn run_instances(
    ec2: &Client,
    subject: Subject<'_>,
    launch: &Ec2Facts,
) -> Result<Answer, StepError> {
    let id = subject.restore_id;
    let image = launch.image.id.as_str();
    let key = subject.facts.target_key.as_ref().map(|key| key.arn.to_string());
    let placeholder =
        EbsBlockDevice::builder().encrypted(true).set_kms_key_id(key).delete_on_termination(true);
    let root = BlockDeviceMapping::builder()
        .device_name(&launch.image.root_device_name)
        .ebs(placeholder.build())
        .build();
    let suppressed = launch
        .image
        .other_device_names
        .iter()
        .map(|device| BlockDeviceMapping::builder().device_name(device).no_device("").build());
    let groups = launch.security_group_ids.iter().map(ToString::to_string).collect::<Vec<_>>();
    let call: RunInstancesFluentBuilder = ec2
        .run_instances()
        .image_id(image)
        .instance_type(InstanceType::from(launch.instance_type.as_str()))
        .subnet_id(launch.subnet.id.as_str())
        .set_security_group_ids((!groups.is_empty()).then_some(groups))
        .set_key_name(launch.key_name.clone())
        .min_count(1)
        .max_count(1)
        .set_block_device_mappings(Some(std::iter::once(root).chain(suppressed).collect()))
        .metadata_options(
            InstanceMetadataOptionsRequest::builder()
                .http_tokens(HttpTokensState::Required)
                .build(),
        )
        .tag_specifications(own(id, ResourceType::Instance, Made::Instance, image))
        .tag_specifications(own(id, ResourceType::Volume, Made::Placeholder, image))
        .dry_run(true);
    match answer::of(call.send().await.during("ec2:RunInstances"))? {
        Answer::Denied(message) if message.contains(":security-group/") => Ok(Answer::Other(
            format!("the launch will be into a group of the restore's own: {message}"),
        )),
        answer => Ok(answer),
    }
}

/// The volume made straight from the snapshot `source`. One that is made from a copy cannot be
/// tried: the copy is not there yet.
async fn create_volume(
    ec2: &Client,
    subject: Subject<'_>,
    launch: &Ec2Facts,
    source: &str,
) -> Result<Answer, StepError> {
    let made_of = launch.volumes.iter().find(|volume| volume.snapshot_id.as_str() == source);
    let Some(volume) = made_of else { return Ok(no("no volume is made of it")) };
    let key = subject.facts.target_key.as_ref().map(|key| key.arn.to_string());
    let call: CreateVolumeFluentBuilder = ec2
        .create_volume()
        .snapshot_id(source)
        .availability_zone(&launch.subnet.availability_zone)
        .encrypted(true)
        .set_kms_key_id(key)
        .set_volume_type(volume.volume_type.map(|it| VolumeType::from(it.name())))
        .set_iops(volume.iops)
        .set_throughput(volume.throughput)
        .set_size(volume.size)
        .tag_specifications(own(
            subject.restore_id,
            ResourceType::Volume,
            Made::Volume,
            &tag::volume_source(source, volume.device_name.as_str()),
        ))
        .dry_run(true);
    answer::of(call.send().await.during("ec2:CreateVolume"))
}

fn own(restore_id: &RestoreId, of: ResourceType, made: Made, source: &str) -> TagSpecification {
    let tags = tag::all(restore_id, made, source)
        .map(|(key, value)| Tag::builder().key(key).value(value).build());
    TagSpecification::builder().resource_type(of).set_tags(Some(tags.into())).build()
}

/// The id at the end of an ARN.
fn id_in(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

#[cfg(test)]
mod tests {
    use restore::Service;
    use restore::facts::KeyFacts;

    use super::*;
    use crate::accounts::tests::clients;

    fn key(number: u8) -> KeyArn {
        let id = format!("00000000-0000-4000-8000-0000000000{number:02x}");
        format!("arn:aws:kms:eu-west-1:111122223333:key/{id}").try_into().unwrap()
    }

    fn facts() -> Facts {
        let known = |number| {
            Some(KeyFacts {
                arn: key(number),
                managed_by_aws: false,
                unseen: false,
                unusable: None,
                expires: None,
            })
        };
        Facts {
            snapshots: Vec::new(),
            target_key: known(1),
            staging_key: known(2),
            intermediate_key: None,
            target: None,
            copies_under_way: Vec::new(),
            not_restored: Vec::new(),
            obstacles: Vec::new(),
            preflight: Vec::new(),
        }
    }

    fn needed_for(step: HopStep) -> Need {
        Need {
            service: Service::Ec2,
            session: clients().session,
            action: "ec2:CopySnapshot",
            resource: "arn:aws:ec2:eu-west-1::snapshot/snap-1".to_owned(),
            made: false,
            own_grant: None,
            granted: false,
            needed_for: vec![step.name().to_owned()],
        }
    }

    #[test]
    fn each_copy_is_tried_as_it_will_be_made() {
        let facts = facts();
        for (step, made, number) in [
            (HopStep::StageSnapshot, Made::StagedSnapshot, 2),
            (HopStep::CopySnapshot, Made::Copy, 1),
        ] {
            assert_eq!(made_as(&facts, &needed_for(step)), (made, Some(&key(number))), "{step:?}");
        }
    }
}
