//! The instance as it is.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{
    EbsInstanceBlockDevice, Instance, InstanceBlockDeviceMapping, InstanceStateName, StateReason,
};
use restore::tag::{self, Made};
use step::{CallContext as _, ErrorName, StepError, keys};

use crate::{Request, volumes};

const DESCRIBE: &str = "ec2:DescribeInstances";

/// How EC2 says that it does not know an instance, of one that is there.
pub(crate) const UNKNOWN: [&str; 1] = ["InvalidInstanceID.NotFound"];

/// The instance that the request names: there, alive, and this restore's.
pub(crate) async fn look(ec2: &Client, request: &Request) -> Result<Instance, StepError> {
    let id = request.instance_id.as_str();
    let by = |error: StepError| error.by(&request.session, id);
    // EC2API/eventual-consistency: an instance just launched may not be found for a moment.
    let not_visible =
        || by(StepError::refused(ErrorName::Throttled, format!("{DESCRIBE}: {id} is not visible")));
    let found = match ec2.describe_instances().instance_ids(id).send().await.during(DESCRIBE) {
        Err(error) if error.code() == Some("InvalidInstanceID.NotFound") => {
            return Err(not_visible());
        }
        found => found.map_err(by)?,
    };
    let reservation = found.reservations.unwrap_or_default().into_iter().next();
    let instances = reservation.and_then(|it| it.instances).unwrap_or_default();
    let instance = instances.into_iter().next().ok_or_else(not_visible)?;
    check(request, &instance).map_err(by)?;
    Ok(instance)
}

fn check(request: &Request, instance: &Instance) -> Result<(), StepError> {
    if volumes::tag(instance.tags(), tag::ID) != Some(request.restore_id.as_str()) {
        let message = "this restore did not make the instance, and does not change it";
        return Err(StepError::refused(ErrorName::AlreadyExists, message));
    }
    match state(instance) {
        Some(InstanceStateName::ShuttingDown | InstanceStateName::Terminated) => {
            let reason = instance.state_reason().and_then(StateReason::message);
            Err(keys::ended_instance(&request.session, &request.keys, reason))
        }
        _ => Ok(()),
    }
}

/// Whether an earlier run has brought it back whole.
pub(crate) fn is_restored(instance: &Instance) -> bool {
    volumes::tag(instance.tags(), tag::STEP).and_then(Made::of).is_some_and(Made::is_whole)
}

/// Whether an earlier run has succeeded in bringing it back.
pub(crate) fn is_finished(instance: &Instance) -> bool {
    volumes::tag(instance.tags(), tag::STEP) == Some(Made::Finished.name())
}

/// Its state.
pub(crate) fn state(instance: &Instance) -> Option<&InstanceStateName> {
    instance.state().and_then(|state| state.name())
}

/// What is attached to it under `device`.
pub(crate) fn device<'a>(
    instance: &'a Instance,
    device: &str,
) -> Option<&'a EbsInstanceBlockDevice> {
    let is_it = |it: &&InstanceBlockDeviceMapping| it.device_name() == Some(device);
    instance.block_device_mappings().iter().find(is_it)?.ebs()
}

#[cfg(test)]
mod tests;
