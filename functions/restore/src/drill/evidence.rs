//! The evidence of a drill: one document that shows what was done, seen and taken away.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::checks::{Check, CommandSaid, FunctionSaid, Outcome, Said};
use crate::plan::Plan;
use crate::recovery::Objective;
use crate::{AccountId, Flow, Region, Request, RestoreId};

/// What is known of a drill when it has ended.
#[derive(Debug, Clone)]
pub struct Known<'a> {
    /// Its id.
    pub restore_id: &'a RestoreId,
    /// The execution that it was.
    pub execution_arn: &'a str,
    /// When that began.
    pub started_at: Timestamp,
    /// When it had taken away what it made.
    pub ended_at: Timestamp,
    /// What was asked.
    pub request: &'a Request,
    /// How it was to be done; nothing where that could not be decided.
    pub plan: Option<&'a Plan>,
    /// When the instance was up; nothing where it never was.
    pub up_at: Option<Timestamp>,
    /// When all checks had been made.
    pub checked_at: Option<Timestamp>,
    /// What became of the command.
    pub command: Option<&'a Said<CommandSaid>>,
    /// What the validation function said.
    pub function: Option<&'a Said<FunctionSaid>>,
    /// Why the restore failed, where it did.
    pub failure: Option<Failure>,
    /// What was restored, as the state machine tells it.
    pub restored: Option<Value>,
    /// The steps, as they were taken.
    pub timeline: Vec<Step>,
    /// What was taken away, by ARN.
    pub torn_down: Vec<String>,
    /// What was not, and why.
    pub left: Vec<Value>,
}

/// Why a restore failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Failure {
    /// A name of the vocabulary.
    pub error: String,
    /// In words.
    #[serde(default)]
    pub cause: String,
}

impl Failure {
    /// The same as the execution ends with it: a function's own words, where it has any, and a name
    /// of the vocabulary.
    #[must_use]
    pub fn in_words(self) -> Self {
        let told = serde_json::from_str::<Value>(&self.cause).ok();
        let own = told.as_ref().and_then(|told| told.get("errorMessage")).and_then(Value::as_str);
        match (own, self.error.starts_with("Restore.")) {
            (Some(own), true) => Self { cause: own.to_owned(), ..self },
            (None, true) => self,
            (own, false) => Self {
                cause: format!("{}: {}", self.error, own.unwrap_or(&self.cause)),
                error: "Restore.Unexpected".to_owned(),
            },
        }
    }
}

/// One step of a restore.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Step {
    /// Its name.
    pub step: String,
    /// When it began.
    pub started_at: Timestamp,
    /// When what it started was done.
    pub finished_at: Timestamp,
    /// How long that took.
    #[serde(default)]
    pub seconds: i64,
}

/// How a drill ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    /// The instance came up, every check that was asked for passed, and nothing is left.
    Passed,
    /// Anything else.
    Failed,
}

/// How old a snapshot was when the drill began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SnapshotAge {
    /// The snapshot.
    pub snapshot: String,
    /// Its size in GiB.
    pub size_gib: i32,
    /// The instant whose data it holds, where AWS tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken_at: Option<Timestamp>,
    /// How long before the drill that was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub age_seconds: Option<i64>,
}

/// A place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Place {
    /// The account.
    pub account_id: AccountId,
    /// The Region.
    pub region: Region,
}

/// What a drill has shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Evidence {
    /// Its id.
    pub restore_id: RestoreId,
    /// The execution that it was.
    pub execution_arn: String,
    /// How it went.
    pub flow: Flow,
    /// How it ended.
    pub status: Status,
    /// Why it did not pass.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    /// Where the snapshots are.
    pub source: Place,
    /// Where it was restored to.
    pub target: Place,
    /// When it began.
    pub started_at: Timestamp,
    /// When the instance was up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub up_at: Option<Timestamp>,
    /// When all checks had been made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checked_at: Option<Timestamp>,
    /// When what it made was taken away.
    pub ended_at: Timestamp,
    /// The snapshots it restored.
    pub snapshots: Vec<SnapshotAge>,
    /// What was restored, and is gone again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restored: Option<Value>,
    /// The checks, made or not.
    pub checks: Vec<Check>,
    /// The time from its start until the instance was up and looked at, against its target.
    pub rto: Objective,
    /// The age of its oldest snapshot, against its target.
    pub rpo: Objective,
    /// How long each step took.
    pub steps: Vec<Step>,
    /// What was taken away, by ARN.
    pub torn_down: Vec<String>,
    /// What was not, and why.
    pub left: Vec<Value>,
}

impl Evidence {
    /// What `known` comes to.
    #[must_use]
    pub fn of(known: Known<'_>) -> Self {
        let (request, start) = (known.request, known.started_at);
        let drill = request.drill.as_ref();
        let is_up = known.up_at.is_some();
        let checks = Check::all(request.service(), drill, is_up, known.command, known.function);
        let failure = known.failure.or_else(|| shortfall(&checks, &known.left));
        let snapshots: Vec<SnapshotAge> =
            known.plan.map(|plan| SnapshotAge::all(plan, start)).unwrap_or_default();
        let oldest = snapshots.iter().map(|one| one.age_seconds).collect::<Option<Vec<_>>>();
        let oldest = oldest.and_then(|ages| ages.into_iter().max());
        let looked_at = is_up && checks.iter().all(Check::is_in_order);
        let took = known.checked_at.filter(|_| looked_at).map(|at| seconds(start, at));
        let place = |account_id: &AccountId, region: &Region| Place {
            account_id: account_id.clone(),
            region: region.clone(),
        };
        Self {
            restore_id: known.restore_id.clone(),
            execution_arn: known.execution_arn.to_owned(),
            flow: request.flow(),
            status: if failure.is_some() { Status::Failed } else { Status::Passed },
            failure,
            source: place(&request.source.account_id, &request.source.region),
            target: place(&request.target.account_id, &request.target.region),
            started_at: start,
            up_at: known.up_at,
            checked_at: known.checked_at,
            ended_at: known.ended_at,
            snapshots,
            restored: known.restored,
            checks,
            rto: Objective::reached(drill.and_then(|drill| drill.rto_minutes), took),
            rpo: Objective::reached(
                drill.and_then(|drill| drill.rpo_minutes),
                oldest.filter(|_| is_up),
            ),
            steps: known
                .timeline
                .into_iter()
                .map(|step| Step { seconds: seconds(step.started_at, step.finished_at), ..step })
                .collect(),
            torn_down: known.torn_down,
            left: known.left,
        }
    }
}

/// What a drill that was restored falls short of.
fn shortfall(checks: &[Check], left: &[Value]) -> Option<Failure> {
    let mut words: Vec<String> = checks
        .iter()
        .filter(|check| !check.is_in_order())
        .map(|check| {
            let what = serde_json::to_value(check.check).unwrap_or_default();
            let what = what.as_str().unwrap_or_default();
            let came = match check.outcome {
                Outcome::NotMade => "was not made",
                Outcome::Passed | Outcome::Failed => "failed",
            };
            format!("{what} {came}: {}", check.detail.as_deref().unwrap_or("without a word"))
        })
        .collect();
    // What stays for others is no longer this drill's.
    let own = left.iter().filter(|one| one.get("usedByOthers") != Some(&Value::Bool(true))).count();
    if own > 0 {
        words.push(format!("{own} of what it made could not be taken away"));
    }
    let cause = words.join("; ");
    (!words.is_empty()).then(|| Failure { error: "Restore.DrillFailed".to_owned(), cause })
}

impl SnapshotAge {
    fn all(plan: &Plan, start: Timestamp) -> Vec<Self> {
        plan.snapshots
            .iter()
            .map(|snapshot| Self {
                snapshot: snapshot.source.clone(),
                size_gib: snapshot.size_gib,
                taken_at: snapshot.taken_at,
                age_seconds: snapshot.taken_at.map(|taken| seconds(taken, start)),
            })
            .collect()
    }
}

/// The seconds from one instant to another; none where it is not later.
fn seconds(from: Timestamp, to: Timestamp) -> i64 {
    to.duration_since(from).as_secs().max(0)
}

#[cfg(test)]
mod tests;
