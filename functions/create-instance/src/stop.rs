//! Stops the EC2 instance: a root volume can be exchanged only while it is stopped.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{Instance, InstanceStateName, StateReason};
use restore::{InstanceId, KeyArn, RestoreId, Session};
use serde::Serialize;
use step::{CallContext as _, ErrorName, StepError, keys};
use tracing::info;

use crate::launch::is_restored;
use crate::tags;

const DESCRIBE: &str = "ec2:DescribeInstances";
const STOP: &str = "ec2:StopInstances";

/// The instance, on its way to being stopped.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Stopped {
    /// Its id.
    pub instance_id: String,
    /// Whether an earlier run has brought it back whole; it is then not stopped.
    pub restored: bool,
}

/// What is left to do.
#[derive(Debug, PartialEq, Eq)]
enum Plan {
    /// It runs the system that is to be replaced.
    Stop,
    /// It is stopping, or stopped.
    Nothing,
    /// It runs what was restored.
    Leave,
}

/// Stops the instance, unless it has been restored.
pub(crate) async fn stop(
    ec2: &Client,
    restore_id: &RestoreId,
    session: &Session,
    instance_id: &InstanceId,
    keys: &[KeyArn],
) -> Result<Stopped, StepError> {
    let id = instance_id.as_str();
    let by = |error: StepError| error.by(session, id);
    let instance = look(ec2, id).await.map_err(by)?;
    let plan = plan(restore_id, session, keys, &instance).map_err(by)?;
    if plan == Plan::Stop {
        let sent = ec2.stop_instances().instance_ids(id).send().await.during(STOP);
        sent.map_err(|error| by(error.not_yet_known(&["InvalidInstanceID.NotFound"])))?;
        info!(restore = %restore_id, instance = id, "instance stopping");
    }
    Ok(Stopped { instance_id: id.to_owned(), restored: plan == Plan::Leave })
}

async fn look(ec2: &Client, id: &str) -> Result<Instance, StepError> {
    // EC2API/eventual-consistency: an instance just launched may not be found for a moment.
    let not_visible =
        || StepError::refused(ErrorName::Throttled, format!("{DESCRIBE}: {id} is not visible"));
    let found = match ec2.describe_instances().instance_ids(id).send().await.during(DESCRIBE) {
        Err(error) if error.code() == Some("InvalidInstanceID.NotFound") => {
            return Err(not_visible());
        }
        found => found?,
    };
    let reservation = found.reservations.unwrap_or_default().into_iter().next();
    let instances = reservation.and_then(|it| it.instances).unwrap_or_default();
    instances.into_iter().next().ok_or_else(not_visible)
}

fn plan(
    restore_id: &RestoreId,
    session: &Session,
    keys: &[KeyArn],
    instance: &Instance,
) -> Result<Plan, StepError> {
    if !tags::is_of(instance.tags(), restore_id) {
        let message = "this restore did not make the instance, and does not stop it";
        return Err(StepError::refused(ErrorName::AlreadyExists, message));
    }
    let state = instance.state().and_then(|state| state.name());
    match state {
        Some(InstanceStateName::ShuttingDown | InstanceStateName::Terminated) => {
            let reason = instance.state_reason().and_then(StateReason::message);
            Err(keys::ended_instance(session, keys, reason))
        }
        _ if is_restored(instance) => Ok(Plan::Leave),
        Some(InstanceStateName::Running) => Ok(Plan::Stop),
        Some(InstanceStateName::Stopping | InstanceStateName::Stopped) => Ok(Plan::Nothing),
        // EC2API/errors-overview "IncorrectInstanceState": what is pending cannot be stopped yet.
        // To call that done would have the state machine wait for a stop that never comes.
        _ => {
            let message = format!("{STOP}: the instance does not run yet");
            Err(StepError::refused(ErrorName::Throttled, message))
        }
    }
}

#[cfg(test)]
mod tests;
