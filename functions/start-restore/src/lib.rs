//! Starts the restore, or the recovery, that an EventBridge event asks for.
//!
//! EventBridge delivers an event at least once (EB/eb-service-event-delivery-level), Lambda's queue
//! may hand it over twice (LAM/invocation-async), and a failed attempt is made again. So the execution is named after the event,
//! and what has been started under that name is not started again: one event is one restore. Names
//! are free again after 90 days (BC:states.StartExecution); until then and afterwards the restore's
//! id, which follows from the execution's name where the request gives none, keeps two from doing
//! the same work twice.
//!
//! What no restore can be made of fails. Lambda tries it again, and then keeps the event in the
//! queue that the deployment names as the function's destination for failures.

mod deployment;
mod resolve;
mod start;

use aws_lambda_events::eventbridge::EventBridgeEvent;
use aws_sdk_sfn::Client;
use serde::Serialize;
use serde_json::Value;
use step::StepError;
use tracing::info;

pub use deployment::Deployment;

/// What was started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Started {
    /// The execution.
    pub execution_arn: String,
    /// Whether an earlier delivery of the event had started it.
    pub was_started_before: bool,
}

/// Starts what the event asks for, or finds that it has been started.
///
/// # Errors
///
/// - `Restore.InvalidInput`, naming the field: the event is of a kind that nothing is to be started
///   for here, or asks for something that is no request.
/// - `Restore.AlreadyExists`: there is an execution of this event's name with another input.
/// - As the vocabulary has it, where Step Functions refuses.
pub async fn handle(
    states: &Client,
    deployment: &Deployment,
    event: EventBridgeEvent<Value>,
) -> Result<Started, StepError> {
    let wanted = resolve::resolve(deployment, &event)?;
    let started = start::start(states, &wanted).await?;
    info!(
        execution = started.execution_arn,
        before = started.was_started_before,
        event = event.id,
        kind = event.detail_type,
        "started"
    );
    Ok(started)
}
