//! What is told of a drill when it has ended: its evidence, whether it passed, and its figures.
//!
//! What it was and what was seen of it the state machine knows; what that comes to is
//! [`restore::drill`]'s. The evidence lies in S3 under the drill's id and its execution's name. The
//! figures are a line of the function's log, of which CloudWatch makes metrics.

mod shelf;

use jiff::Timestamp;
use restore::drill::{
    Check, CommandSaid, Evidence, Failure, FunctionSaid, Known, Said, Status, Step, metric,
};
use restore::plan::{Plan, Refusal};
use restore::recovery::Objective;
use restore::{Request as RestoreRequest, RestoreId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use step::StepError;
use tracing::info;

pub use objects::bucket_from_env;
pub use shelf::{Kept, Shelf};

/// A drill that has ended, as the state machine knows it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    /// Its id.
    pub restore_id: RestoreId,
    /// The execution that it was.
    pub execution_arn: String,
    /// When that began.
    pub started_at: Timestamp,
    /// When what it made was taken away.
    pub ended_at: Timestamp,
    /// The execution's input, as it was given.
    pub request: Value,
    /// How it was done; nothing where that could not be decided.
    pub plan: Option<Box<Plan>>,
    /// When the instance was up; nothing where it never was.
    pub up_at: Option<Timestamp>,
    /// When all checks had been made.
    pub checked_at: Option<Timestamp>,
    /// What became of the command.
    pub command: Option<Said<CommandSaid>>,
    /// What the validation function said.
    pub function: Option<Said<FunctionSaid>>,
    /// Why the restore failed, where it did, as Step Functions tells it.
    pub failure: Option<Failure>,
    /// What was restored.
    pub restored: Option<Value>,
    /// The steps, as they were taken.
    pub timeline: Vec<Step>,
    /// What was taken away, by ARN.
    pub cleaned_up: Vec<String>,
    /// What was not, and why.
    pub left: Vec<Value>,
}

/// What a drill has come to.
#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    /// Where the evidence lies.
    pub evidence: Kept,
    /// Whether it passed.
    pub passed: bool,
    /// Why it did not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    /// The checks, made or not.
    pub checks: Vec<Check>,
    /// The time it took, against its target.
    pub rto: Objective,
    /// The age of its data, against its target.
    pub rpo: Objective,
}

/// Writes down what a drill has shown.
///
/// # Errors
///
/// - `Restore.InvalidInput`: what was asked is no request.
/// - `Restore.Unexpected`: what lies in the place of the evidence is none.
/// - As the vocabulary has it, where S3 refuses.
pub async fn handle(shelf: &Shelf, drill: Request) -> Result<Response, StepError> {
    let (response, figures) = recorded(shelf, drill).await?;
    figures.iter().for_each(print);
    Ok(response)
}

/// The answer, and the line of figures of a drill that had not been recorded before.
async fn recorded(shelf: &Shelf, drill: Request) -> Result<(Response, Option<Value>), StepError> {
    let request = RestoreRequest::read(&drill.request).map_err(Refusal::from)?;
    let key = key(&drill.restore_id, drill.started_at, &drill.execution_arn);
    let evidence = Evidence::of(Known {
        restore_id: &drill.restore_id,
        execution_arn: &drill.execution_arn,
        started_at: drill.started_at,
        ended_at: drill.ended_at,
        request: &request,
        plan: drill.plan.as_deref(),
        up_at: drill.up_at,
        checked_at: drill.checked_at,
        command: drill.command.as_ref(),
        function: drill.function.as_ref(),
        failure: drill.failure.map(Failure::in_words),
        restored: drill.restored,
        timeline: drill.timeline,
        torn_down: drill.cleaned_up,
        left: drill.left,
    });
    // It is larger than what the runtime should hold on its stack.
    let (kept, evidence, is_new) = Box::pin(shelf.keep(key, evidence)).await?;
    info!(restore = %evidence.restore_id, status = ?evidence.status, key = kept.key, "recorded");
    let figures = is_new.then(|| metric(&evidence, &request));
    let response = Response {
        evidence: kept,
        passed: evidence.status == Status::Passed,
        failure: evidence.failure,
        checks: evidence.checks,
        rto: evidence.rto,
        rpo: evidence.rpo,
    };
    Ok((response, figures))
}

/// The key of the evidence of an execution. Its start is part of it: the name of an execution is free
/// again after 90 days (BC:stepfunctions.StartExecutionInput.name).
fn key(restore_id: &RestoreId, started_at: Timestamp, execution_arn: &str) -> String {
    let execution = execution_arn.rsplit(':').next().unwrap_or_default();
    let start = started_at.strftime("%Y%m%dT%H%M%SZ");
    format!("drills/{restore_id}/{start}-{execution}.json")
}

/// Writes a line of the log as it is: CloudWatch takes figures from a line that is that JSON and
/// nothing else.
#[expect(clippy::print_stdout, reason = "the log of a Lambda function is its standard output")]
fn print(line: &Value) {
    println!("{line}");
}

#[cfg(test)]
mod tests;
