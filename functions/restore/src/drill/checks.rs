//! What was looked at in a drill, and what was seen.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Service;
use crate::request::Drill;

/// What can be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum CheckKind {
    /// That EC2's status checks pass: the system boots and can be reached.
    StatusChecks,
    /// That the DB instance is available.
    Available,
    /// What Systems Manager ran on the instance.
    Command,
    /// What a function said that was named in the request.
    ValidationFunction,
}

/// What came of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Outcome {
    /// It was made, and all was well.
    Passed,
    /// It was made, and was not.
    Failed,
    /// It was not made: nobody asked for it, or it could not be.
    NotMade,
}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Check {
    /// What was looked at.
    pub check: CheckKind,
    /// What came of it.
    pub outcome: Outcome,
    /// Whether the drill asks for it.
    pub asked_for: bool,
    /// What was seen, or why nothing was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// What a task of the state machine came to.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged, rename_all_fields = "PascalCase")]
pub enum Said<T> {
    /// It failed, as Step Functions tells it.
    Error {
        /// The error's name.
        error: String,
        /// In words.
        #[serde(default)]
        cause: String,
    },
    /// Its answer.
    Answer(T),
}

/// The answer of a validation function.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FunctionSaid {
    /// As it was given.
    pub payload: Value,
}

/// What became of a command (BC:ssm.GetCommandInvocationResult).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CommandSaid {
    /// Such as `Success` or `Failed`.
    pub status: String,
    /// What is behind that, such as `Undeliverable`.
    #[serde(default)]
    pub status_details: Option<String>,
    /// The exit code; -1 where the command has not ended.
    #[serde(default = "not_ended")]
    pub response_code: i32,
    /// The end of what it wrote.
    #[serde(default)]
    pub output: String,
}

const fn not_ended() -> i32 {
    -1
}

/// What the agent writes of a step that it does not run, with exit code 0: one of a document for
/// another platform (SSM/document-schemas-features, "precondition").
const SKIPPED: &str = "Step execution skipped";

/// What says that a command never reached the instance (`SSM/monitor-commands`).
const NEVER_ARRIVED: [&str; 5] =
    ["Pending", "Delayed", "Undeliverable", "Delivery Timed Out", "DeliveryTimedOut"];

/// The most characters of what was said that are kept.
const MOST_OF_DETAIL: usize = 1_000;

impl Check {
    /// The checks of a drill: all that there are for its service, made or not.
    ///
    /// `is_up` is whether the restore itself has succeeded, which it only does once its own check
    /// has passed.
    pub(super) fn all(
        service: Service,
        drill: Option<&Drill>,
        is_up: bool,
        command: Option<&Said<CommandSaid>>,
        function: Option<&Said<FunctionSaid>>,
    ) -> Vec<Self> {
        let (own, words) = match service {
            Service::Ec2 => (CheckKind::StatusChecks, "the instance was not seen to come up"),
            Service::Rds => (CheckKind::Available, "the DB instance was not seen to come up"),
        };
        let own = if is_up {
            Self { check: own, outcome: Outcome::Passed, asked_for: true, detail: None }
        } else {
            Self::not_made(own, true, words)
        };
        let mut all = vec![own];
        let missing = |asked_for: bool| if asked_for { words } else { "not asked for" };
        if service == Service::Ec2 {
            let asked_for = drill.is_some_and(|drill| drill.command.is_some());
            all.push(command.map_or_else(
                || Self::not_made(CheckKind::Command, asked_for, missing(asked_for)),
                Self::of_command,
            ));
        }
        let asked_for = drill.is_some_and(|drill| drill.validation_function_arn.is_some());
        all.push(function.map_or_else(
            || Self::not_made(CheckKind::ValidationFunction, asked_for, missing(asked_for)),
            Self::of_function,
        ));
        all
    }

    /// Whether it is as it should be: passed, or not asked for.
    #[must_use]
    pub fn is_in_order(&self) -> bool {
        match self.outcome {
            Outcome::Passed => true,
            Outcome::Failed => false,
            Outcome::NotMade => !self.asked_for,
        }
    }

    fn not_made(check: CheckKind, asked_for: bool, why: &str) -> Self {
        Self { check, outcome: Outcome::NotMade, asked_for, detail: Some(shortened(why)) }
    }

    fn made(check: CheckKind, passed: bool, detail: Option<&str>) -> Self {
        let outcome = if passed { Outcome::Passed } else { Outcome::Failed };
        Self { check, outcome, asked_for: true, detail: detail.map(shortened) }
    }

    fn of_function(said: &Said<FunctionSaid>) -> Self {
        let kind = CheckKind::ValidationFunction;
        let payload = match said {
            Said::Answer(FunctionSaid { payload }) => payload,
            Said::Error { error, cause } if was_not_called(error) => {
                return Self::not_made(kind, true, &format!("{error}: {cause}"));
            }
            Said::Error { error, cause } => {
                return Self::made(kind, false, Some(&format!("{error}: {cause}")));
            }
        };
        let detail = payload.get("detail").and_then(Value::as_str);
        match payload.get("passed").and_then(Value::as_bool) {
            Some(passed) => Self::made(kind, passed, detail),
            None => {
                let words =
                    format!("answered {payload}, and neither passed: true nor passed: false");
                Self::made(kind, false, Some(&words))
            }
        }
    }

    fn of_command(said: &Said<CommandSaid>) -> Self {
        let kind = CheckKind::Command;
        match said {
            Said::Error { error, cause } => {
                Self::not_made(kind, true, &format!("{error}: {cause}"))
            }
            Said::Answer(CommandSaid { status, status_details, response_code, output }) => {
                let told = status_details.as_deref().unwrap_or(status);
                let detail = format!("{told}, exit code {response_code}: {}", output.trim());
                let is_of = |words: &str| words == status || words == told;
                if NEVER_ARRIVED.into_iter().any(is_of) || output.contains(SKIPPED) {
                    return Self::not_made(kind, true, &detail);
                }
                Self::made(kind, status == "Success" && *response_code == 0, Some(&detail))
            }
        }
    }
}

/// Whether a function that failed so was never run: Step Functions names what Lambda itself refuses
/// `Lambda.…`, but for a function that ended without an answer, and what a function raises by the
/// type of that (`SFN/concepts-error-handling`, `SFN/connect-lambda`).
fn was_not_called(error: &str) -> bool {
    let ran = ["Lambda.Unknown", "States.Timeout", "States.TaskFailed"];
    (error.starts_with("Lambda.") || error.starts_with("States.")) && !ran.contains(&error)
}

fn shortened(words: &str) -> String {
    words.chars().take(MOST_OF_DETAIL).collect()
}

#[cfg(test)]
mod tests;
