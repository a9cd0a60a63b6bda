//! The EC2 instance of a place that lacks capacity, and its volumes.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{Instance, InstanceStateName, Volume, VolumeState};
use restore::plan::Launch;
use restore::tag::{self, Made};
use restore::{RestoreId, Session};
use step::{CallContext as _, ErrorName, StepError};
use tracing::info;

use super::{GivenUp, SETTLING_SECONDS};
use crate::tags;

const DESCRIBE_INSTANCES: &str = "ec2:DescribeInstances";
const DESCRIBE_VOLUMES: &str = "ec2:DescribeVolumes";
const TERMINATE: &str = "ec2:TerminateInstances";
const DELETE: &str = "ec2:DeleteVolume";

/// Terminates the instance and deletes its volumes, as far as they are there.
pub(crate) async fn instance(
    ec2: &Client,
    restore_id: &RestoreId,
    session: &Session,
    launch: &Launch,
    elapsed_seconds: u32,
) -> Result<GivenUp, StepError> {
    let by = |error: StepError| error.by(session, restore_id.as_str());
    let Some(next) = launch.elsewhere() else {
        let message = "there is no other place to try: target.ec2.alternatives has no more";
        return Err(by(StepError::refused(ErrorName::InsufficientCapacity, message)));
    };
    let instances = instances(ec2, restore_id).await.map_err(by)?;
    for id in to_terminate(&instances) {
        let ended = ec2.terminate_instances().instance_ids(id).send().await.during(TERMINATE);
        ended.map(drop).or_else(|error| gone(error, "InvalidInstanceID.NotFound")).map_err(by)?;
        info!(restore = %restore_id, instance = id, "instance without capacity terminated");
    }
    let volumes = volumes(ec2, restore_id).await.map_err(by)?;
    for id in to_delete(&volumes) {
        let deleted = ec2.delete_volume().volume_id(id).send().await.during(DELETE);
        deleted.map(drop).or_else(|error| gone(error, "InvalidVolume.NotFound")).map_err(by)?;
        info!(restore = %restore_id, volume = id, "volume of an instance without capacity deleted");
    }
    if !instances.is_empty() || !volumes.is_empty() {
        return Ok(GivenUp::pending(elapsed_seconds, "what has no capacity is being removed"));
    }
    Ok(GivenUp::Done {
        launch: Some(Box::new(next)),
        db_launch: None,
        wait_seconds: SETTLING_SECONDS,
    })
}

fn gone(error: StepError, code: &str) -> Result<(), StepError> {
    if error.code() == Some(code) { Ok(()) } else { Err(error) }
}

/// The instances of this restore that are not whole and not yet terminated.
async fn instances(ec2: &Client, restore_id: &RestoreId) -> Result<Vec<Instance>, StepError> {
    let reservations = ec2
        .describe_instances()
        .filters(tags::filter(&format!("tag:{}", tag::ID), &[restore_id.as_str()]))
        .filters(tags::filter(&format!("tag:{}", tag::STEP), &[Made::Instance.name()]))
        .filters(tags::filter(
            "instance-state-name",
            &["pending", "running", "stopping", "stopped", "shutting-down"],
        ))
        .into_paginator()
        .items()
        .send()
        .collect::<Result<Vec<_>, _>>()
        .await
        .during(DESCRIBE_INSTANCES)?;
    Ok(reservations.into_iter().flat_map(|it| it.instances.unwrap_or_default()).collect())
}

fn to_terminate(instances: &[Instance]) -> impl Iterator<Item = &str> {
    instances
        .iter()
        .filter(|instance| {
            let state = instance.state().and_then(|state| state.name());
            state != Some(&InstanceStateName::ShuttingDown)
        })
        .filter_map(Instance::instance_id)
}

/// The restored volumes of this restore that are there.
async fn volumes(ec2: &Client, restore_id: &RestoreId) -> Result<Vec<Volume>, StepError> {
    let volumes = ec2
        .describe_volumes()
        .filters(tags::filter(&format!("tag:{}", tag::ID), &[restore_id.as_str()]))
        .filters(tags::filter(&format!("tag:{}", tag::STEP), &[Made::Volume.name()]))
        .into_paginator()
        .items()
        .send()
        .collect::<Result<Vec<_>, _>>()
        .await
        .during(DESCRIBE_VOLUMES)?;
    // What is being deleted holds nothing up (BC:ec2.DeleteVolume: it "may remain in the
    // `deleting` state for several minutes").
    let is_there = |volume: &Volume| {
        !matches!(volume.state(), Some(VolumeState::Deleting | VolumeState::Deleted))
    };
    Ok(volumes.into_iter().filter(is_there).collect())
}

/// Those that are attached are detached when their instance ends (BC:ec2.TerminateInstances).
fn to_delete(volumes: &[Volume]) -> impl Iterator<Item = &str> {
    volumes
        .iter()
        .filter(|volume| {
            matches!(volume.state(), Some(VolumeState::Available | VolumeState::Error))
        })
        .filter_map(Volume::volume_id)
}

#[cfg(test)]
mod tests;
