//! Decides how a restore is done, before anything is changed.
//!
//! Reads the request, looks up what it leaves open and what it names, and leaves the decision to
//! [`restore::plan::decide`]. Every call it makes is a read: a refusal has changed nothing.

mod ec2;
mod facts;
mod keys;
mod rds;

use jiff::{SignedDuration, Timestamp};
use restore::plan::{Decision, Plan, decide};
use restore::request::{Fault, Request as RestoreRequest};
use restore::{RestoreId, poll};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use step::{ErrorName, Sessions, StepError};
use tracing::info;

/// The execution's input, and what Step Functions knows of the execution.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    /// The input as it was given.
    pub request: Value,
    /// The execution's name, which lends its id to a restore that has none.
    pub execution_name: String,
    /// The execution's start, from which the deadline counts.
    pub started_at: Timestamp,
    /// The seconds since the first look at the source snapshots.
    pub elapsed_seconds: u32,
}

/// The plan, or when to ask again.
#[derive(Debug, PartialEq, Serialize)]
#[serde(tag = "state", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Response {
    /// What is to be done.
    Planned {
        /// The plan.
        plan: Box<Plan>,
        /// Whether snapshots have a way to go before the instance is made.
        has_hops: bool,
    },
    /// A source snapshot is still being taken.
    Pending {
        /// The restore's deadline, so that asking again keeps it.
        deadline: Timestamp,
        /// How far the last of the snapshots is.
        percent: Option<u8>,
        /// When to ask again.
        wait_seconds: u32,
        /// What is waited for, in words.
        waiting_for: String,
    },
}

/// Plans the restore.
///
/// # Errors
///
/// `Restore.InvalidInput` with the path of every field at fault, or the class of what stands in
/// the way: each names what to do.
pub async fn handle(sessions: &Sessions, request: Request) -> Result<Response, StepError> {
    let restore = RestoreRequest::read(&request.request).map_err(invalid)?;
    let restore_id = restore
        .restore_id
        .clone()
        .unwrap_or_else(|| RestoreId::of_execution(&request.execution_name));
    let deadline = deadline(request.started_at, restore.options.timeout_hours)?;

    let facts = facts::gather(sessions, &restore, &restore_id).await?;
    match decide(&restore, &restore_id, deadline, &facts)? {
        Decision::Plan(plan) => {
            info!(restore = %restore_id, flow = %plan.flow, hops = plan.hops.len(), "planned");
            Ok(Response::Planned { has_hops: !plan.hops.is_empty(), plan })
        }
        Decision::NotYet { waiting_for, percent } => Ok(Response::Pending {
            deadline,
            percent,
            wait_seconds: poll::next_look(percent, request.elapsed_seconds),
            waiting_for: format!("source snapshot {}", waiting_for.join(", ")),
        }),
    }
}

/// A fault of the request, as the step's error.
fn invalid(faults: Vec<Fault>) -> StepError {
    restore::plan::Refusal::Invalid(faults).into()
}

fn deadline(started_at: Timestamp, timeout_hours: f64) -> Result<Timestamp, StepError> {
    SignedDuration::try_from_secs_f64(timeout_hours * 3600.0)
        .and_then(|timeout| started_at.checked_add(timeout))
        .map_err(|error| {
            StepError::refused(ErrorName::InvalidInput, format!("options.timeoutHours: {error}"))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_deadline_counts_from_the_start_of_the_execution() {
        let started_at = "2026-11-23T10:00:00Z".parse().unwrap();

        let half_an_hour = deadline(started_at, 0.5).unwrap();

        assert_eq!(half_an_hour, "2026-11-23T10:30:00Z".parse().unwrap());
    }
}
