//! Gives the instance all it was launched without, and starts it.

mod network;
mod profile;
mod user_data;

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{
    AttachmentStatus, EbsInstanceBlockDevice, EbsInstanceBlockDeviceSpecification, Instance,
    InstanceBlockDeviceMappingSpecification, InstanceStateName, Tag, Volume,
};
use restore::Session;
use restore::plan::Launch;
use restore::tag::{self, Made};
use step::{CallContext as _, ErrorName, StepError, keys};
use tracing::info;

use crate::{Request, instance, placeholder, volumes};

const MODIFY: &str = "ec2:ModifyInstanceAttribute";
const START: &str = "ec2:StartInstances";
const TAG: &str = "ec2:CreateTags";

/// Finishes the instance, as far as it is not finished.
///
/// It is tagged as restored last of all: an instance without that tag is finished again, from
/// whatever an earlier run has left.
///
/// Answers the ARNs of what the restored instance does without and what was deleted here.
pub(crate) async fn finish(ec2: &Client, request: &Request) -> Result<Vec<String>, StepError> {
    let instance = instance::look(ec2, request).await?;
    if instance::is_restored(&instance) {
        return Ok(Vec::new());
    }
    let id = request.instance_id.as_str();
    let by = |error: StepError| error.not_yet_known(&instance::UNKNOWN).by(&request.session, id);

    let found = volumes::find(ec2, request, &[Made::Volume]).await?;
    refuse_unless_whole(&request.launch, &instance, &found).map_err(by)?;
    set_delete_on_termination(ec2, &request.launch, id, &instance).await.map_err(by)?;
    let volumes = placeholder::delete(ec2, request).await?;
    user_data::set(ec2, &request.launch, id).await.map_err(by)?;
    network::set_groups(ec2, request, &instance).await.map_err(by)?;
    profile::associate(ec2, &request.launch, id).await.map_err(by)?;
    let group = network::delete_sealed_group(ec2, request).await?;
    if may_start(&request.launch, &instance).map_err(by)? {
        let started = ec2.start_instances().instance_ids(id).send().await.during(START);
        started.map_err(|error| {
            let under = keys::under(Some(&request.launch.kms_key_id), None);
            let resource = format!("{id} with volumes{under}");
            error.not_yet_known(&instance::UNKNOWN).by(&request.session, &resource)
        })?;
    }
    let restored = Tag::builder().key(tag::STEP).value(Made::RestoredInstance.name()).build();
    ec2.create_tags().resources(id).tags(restored).send().await.during(TAG).map_err(by)?;
    info!(restore = %request.restore_id, instance = id, "instance restored");
    let volumes = volumes.iter().map(|id| arn(&request.session, "volume", id));
    let group = group.iter().map(|id| arn(&request.session, "security-group", id));
    Ok(volumes.chain(group).collect())
}

fn arn(session: &Session, resource: &str, id: &str) -> String {
    let (partition, region) = (session.role_arn.partition(), &session.region);
    format!("arn:{partition}:ec2:{region}:{}:{resource}/{id}", session.account_id)
}

/// An instance is never started, nor called restored, without every volume in its place.
fn refuse_unless_whole(
    launch: &Launch,
    instance: &Instance,
    found: &[Volume],
) -> Result<(), StepError> {
    for plan in &launch.volumes {
        let device = &plan.device_name;
        let Some(attached) = instance::device(instance, device) else {
            return Err(StepError::resource_failed(device, "no volume is attached under it"));
        };
        let id = attached.volume_id();
        if !volumes::made_for(plan, found).any(|volume| volume.volume_id() == id) {
            let reason = format!("{} is not the restored volume", id.unwrap_or_default());
            return Err(StepError::resource_failed(device, &reason));
        }
        if attached.status() != Some(&AttachmentStatus::Attached) {
            let message = format!("{device}: its volume is not attached yet");
            return Err(StepError::refused(ErrorName::Throttled, message));
        }
    }
    Ok(())
}

async fn set_delete_on_termination(
    ec2: &Client,
    launch: &Launch,
    id: &str,
    instance: &Instance,
) -> Result<(), StepError> {
    let mappings = not_as_asked(launch, instance);
    if mappings.is_empty() {
        return Ok(());
    }
    ec2.modify_instance_attribute()
        .instance_id(id)
        .set_block_device_mappings(Some(mappings))
        .send()
        .await
        .during(MODIFY)
        .map(|_| ())
}

/// The devices whose volumes are not yet to go, or to stay, with the instance as asked: what is
/// attached after the launch stays (BC:ec2.TerminateInstances).
fn not_as_asked(
    launch: &Launch,
    instance: &Instance,
) -> Vec<InstanceBlockDeviceMappingSpecification> {
    launch
        .volumes
        .iter()
        .filter(|plan| {
            let has = instance::device(instance, &plan.device_name);
            has.and_then(EbsInstanceBlockDevice::delete_on_termination)
                != Some(plan.delete_on_termination)
        })
        .map(|plan| {
            let ebs = EbsInstanceBlockDeviceSpecification::builder()
                .delete_on_termination(plan.delete_on_termination);
            InstanceBlockDeviceMappingSpecification::builder()
                .device_name(&plan.device_name)
                .ebs(ebs.build())
                .build()
        })
        .collect()
}

/// Whether the instance is left to be started.
fn may_start(launch: &Launch, instance: &Instance) -> Result<bool, StepError> {
    match instance::state(instance) {
        _ if !launch.start => Ok(false),
        Some(InstanceStateName::Stopped) => Ok(true),
        Some(InstanceStateName::Pending | InstanceStateName::Running) => Ok(false),
        _ => {
            let message = format!("{START}: the instance is not stopped yet");
            Err(StepError::refused(ErrorName::Throttled, message))
        }
    }
}

#[cfg(test)]
mod tests;
