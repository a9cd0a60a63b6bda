//! Launches the EC2 instance, sealed off.

use std::collections::BTreeMap;

use aws_sdk_ec2::Client;
use aws_sdk_ec2::operation::run_instances::RunInstancesInput;
use aws_sdk_ec2::operation::run_instances::builders::RunInstancesInputBuilder;
use aws_sdk_ec2::primitives::DateTime;
use aws_sdk_ec2::types::{
    BlockDeviceMapping, EbsBlockDevice, GroupIdentifier, HttpTokensState, Instance,
    InstanceMetadataOptionsRequest, InstanceStateName, InstanceType, ResourceType,
};
use restore::plan::{Launch, Place};
use restore::tag::{self, Made};
use restore::{RestoreId, Session, name};
use serde::Serialize;
use step::{CallContext as _, ErrorName, StepError, keys};
use tracing::info;

use crate::{sealed_group, tags};

const DESCRIBE: &str = "ec2:DescribeInstances";
const RUN: &str = "ec2:RunInstances";

/// How many client tokens a restore may burn: one for each earlier run whose instance has ended.
const TOKENS: u32 = 10;

/// The instance of a restore.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Launched {
    /// Its id.
    pub instance_id: String,
    /// The security group without rules that it is in; none once it has its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sealed_group_id: Option<String>,
    /// Whether an earlier run has brought it back whole: what is left is to wait for it.
    pub restored: bool,
    /// Whether an earlier run has succeeded: then there is nothing to wait for either, and whether
    /// it runs is its owner's business.
    pub finished: bool,
    /// The launch as it came to be: an earlier run may have come to an alternative.
    pub launch: Box<Launch>,
}

/// Launches the instance, unless an earlier run has.
pub(crate) async fn launch(
    ec2: &Client,
    restore_id: &RestoreId,
    session: &Session,
    launch: &Launch,
) -> Result<Launched, StepError> {
    if let Some(found) = earlier(ec2, restore_id, session, launch).await? {
        info!(restore = %restore_id, instance = found.instance_id, "instance adopted");
        return Ok(found);
    }
    let group = sealed_group::make(ec2, restore_id, session, launch).await?;
    for attempt in 0..TOKENS {
        let answer = input(restore_id, launch, &group, attempt).send_with(ec2).await.during(RUN);
        match answer {
            Ok(answer) => {
                let instance = answer.instances().first();
                let instance = instance.ok_or_else(|| StepError::missing(RUN, "instances"))?;
                // The token's instance has ended, and AWS has not yet said so by an error.
                if has_ended(instance) {
                    continue;
                }
                let launched = launched(instance, restore_id, RUN, launch.clone())?;
                let launched = Launched { sealed_group_id: Some(group), ..launched };
                info!(restore = %restore_id, instance = launched.instance_id, "instance launched");
                return Ok(launched);
            }
            Err(error) => match error.code() {
                Some("IdempotentInstanceTerminated") => {}
                // The token served another request of this restore, such as one that named a
                // sealed group that is gone: burnt only if its instance is gone, too.
                Some("IdempotentParameterMismatch") => {
                    if let Some(found) = earlier(ec2, restore_id, session, launch).await? {
                        return Ok(found);
                    }
                }
                _ => {
                    let (kind, subnet) = (&launch.instance_type, &launch.subnet_id);
                    let under = keys::under(Some(&launch.kms_key_id), None);
                    let resource = format!("{kind} from {} in {subnet}{under}", launch.image_id);
                    // The sealed group was made a moment ago.
                    let error = error.not_yet_known(&["InvalidGroup.NotFound"]);
                    return Err(error.by(session, &resource));
                }
            },
        }
    }
    let message = format!(
        "{RUN}: {TOKENS} instances of this restore have ended: begin anew under another restoreId"
    );
    Err(StepError::refused(ErrorName::Unexpected, message).by(session, restore_id.as_str()))
}

/// The instance that an earlier run launched.
async fn earlier(
    ec2: &Client,
    restore_id: &RestoreId,
    session: &Session,
    launch: &Launch,
) -> Result<Option<Launched>, StepError> {
    let kinds = [Made::Instance, Made::RestoredInstance, Made::Finished];
    let steps = kinds.map(Made::name);
    let reservations = ec2
        .describe_instances()
        .filters(tags::filter(&format!("tag:{}", tag::ID), &[restore_id.as_str()]))
        .filters(tags::filter(&format!("tag:{}", tag::STEP), &steps))
        .filters(tags::filter(
            "instance-state-name",
            &["pending", "running", "stopping", "stopped"],
        ))
        .into_paginator()
        .items()
        .send()
        .collect::<Result<Vec<_>, _>>()
        .await
        .during(DESCRIBE)
        .map_err(|error| error.by(session, restore_id.as_str()))?;
    let instances = reservations.into_iter().flat_map(|it| it.instances.unwrap_or_default());
    let instances: Vec<Instance> = instances.collect();
    let Some(instance) = adopt(&instances) else { return Ok(None) };
    let launch =
        as_it_is(launch, instance).map_err(|error| error.by(session, restore_id.as_str()))?;
    launched(instance, restore_id, DESCRIBE, launch).map(Some)
}

/// `launch` where `instance` is: its volumes have to be made in that zone.
///
/// One that is whole may have been changed by its owner since, and needs no more volumes.
fn as_it_is(launch: &Launch, instance: &Instance) -> Result<Launch, StepError> {
    if is_restored(instance) {
        return Ok(launch.clone());
    }
    let subnet = instance.subnet_id();
    let kind = instance.instance_type().map(InstanceType::as_str);
    let is_there = |place: &Place| {
        Some(place.subnet_id.as_str()) == subnet && Some(place.instance_type.as_str()) == kind
    };
    launch.at(is_there).ok_or_else(|| {
        let message = format!(
            "{}: an earlier run of this restore launched it as {} in {}, which is not asked for: \
             give another restoreId",
            instance.instance_id().unwrap_or_default(),
            kind.unwrap_or("no known type"),
            subnet.unwrap_or("no subnet"),
        );
        StepError::refused(ErrorName::AlreadyExists, message)
    })
}

/// The instance to go on with: the restored one, else the oldest.
fn adopt(instances: &[Instance]) -> Option<&Instance> {
    let age = |it: &Instance| it.launch_time().map_or(i64::MAX, DateTime::secs);
    instances
        .iter()
        .filter(|instance| !has_ended(instance))
        .min_by_key(|instance| (!is_restored(instance), age(instance)))
}

fn launched(
    instance: &Instance,
    restore_id: &RestoreId,
    call: &'static str,
    launch: Launch,
) -> Result<Launched, StepError> {
    let sealed = name::sealed_group(restore_id);
    let instance_id =
        instance.instance_id().ok_or_else(|| StepError::missing(call, "instanceId"))?;
    Ok(Launched {
        instance_id: instance_id.to_owned(),
        sealed_group_id: instance
            .security_groups()
            .iter()
            .find(|group| group.group_name() == Some(&sealed))
            .and_then(GroupIdentifier::group_id)
            .map(str::to_owned),
        restored: is_restored(instance),
        finished: made(instance) == Some(Made::Finished),
        launch: Box::new(launch),
    })
}

/// Whether an earlier run has brought `instance` back whole.
pub(crate) fn is_restored(instance: &Instance) -> bool {
    made(instance).is_some_and(Made::is_whole)
}

fn made(instance: &Instance) -> Option<Made> {
    tags::value(instance.tags(), tag::STEP).and_then(Made::of)
}

fn has_ended(instance: &Instance) -> bool {
    matches!(
        instance.state().and_then(|state| state.name()),
        Some(InstanceStateName::ShuttingDown | InstanceStateName::Terminated)
    )
}

/// The launch of S1: nothing of the AMI's but its root volume, and that encrypted with the target
/// key; no user data and no instance profile, which would serve the placeholder's system.
fn input(
    restore_id: &RestoreId,
    launch: &Launch,
    sealed_group: &str,
    attempt: u32,
) -> RunInstancesInputBuilder {
    let image = launch.image_id.as_str();
    let own = |made| tag::all(restore_id, made, image);
    let none = BTreeMap::new();
    RunInstancesInput::builder()
        .image_id(image)
        .instance_type(InstanceType::from(launch.instance_type.as_str()))
        .subnet_id(launch.subnet_id.as_str())
        .security_group_ids(sealed_group)
        .set_key_name(launch.key_name.clone())
        .min_count(1)
        .max_count(1)
        .set_block_device_mappings(Some(mappings(launch)))
        // Accounts that enforce IMDSv2 refuse anything else (EC2/configuring-IMDS-new-instances
        // "httpTokensEnforced").
        .metadata_options(
            InstanceMetadataOptionsRequest::builder()
                .http_tokens(HttpTokensState::Required)
                .build(),
        )
        .tag_specifications(tags::specification(
            ResourceType::Instance,
            &launch.tags,
            own(Made::Instance),
        ))
        .tag_specifications(tags::specification(
            ResourceType::Volume,
            &none,
            own(Made::Placeholder),
        ))
        .client_token(name::client_token(restore_id, "instance", attempt))
}

fn mappings(launch: &Launch) -> Vec<BlockDeviceMapping> {
    let placeholder = BlockDeviceMapping::builder()
        .device_name(&launch.root_device_name)
        .ebs(
            EbsBlockDevice::builder()
                .encrypted(true)
                .kms_key_id(launch.kms_key_id.as_str())
                .delete_on_termination(true)
                .build(),
        )
        .build();
    // BC:ec2.BlockDeviceMapping.NoDevice: "To omit the device ... specify an empty string."
    let suppressed = launch
        .suppressed_device_names
        .iter()
        .map(|device| BlockDeviceMapping::builder().device_name(device).no_device("").build());
    std::iter::once(placeholder).chain(suppressed).collect()
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
