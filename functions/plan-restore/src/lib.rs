//! Decides how a restore is done, before anything is changed.
//!
//! It is asked twice. First for the restore's name, which follows from the request alone, so that
//! the state machine can take the lease of that name. Then for the plan: it looks up what the
//! request leaves open and what it names, and leaves the decision to [`restore::plan::decide`].
//! Every call it makes is a read or a dry run: a refusal has changed nothing. Of an instance that the
//! request says to be recorded it asks nothing where it lived: its records complete the request first.
//! So does a DB instance whose network the request's map translates.

mod accounts;
mod ec2;
mod facts;
mod isolation;
mod keys;
mod obstacles;
mod prove;
mod rds;
mod recorded;
mod roles;

pub use crate::roles::StepRoles;

use jiff::{SignedDuration, Timestamp};
use records::Records;
use restore::plan::{Decision, Plan, decide};
use restore::preflight::{needs, warnings};
use restore::request::{Fault, Request as RestoreRequest};
use restore::{RestoreId, poll};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use step::{ErrorName, Sessions, StepError};
use tracing::{info, warn};

use crate::accounts::Accounts;
use crate::keys::KeyBook;
use crate::obstacles::Obstacles;
use crate::prove::Subject;

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
    /// What is asked.
    #[serde(flatten)]
    pub action: Action,
}

/// What is asked of a request.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "do", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Action {
    /// What it calls the restore. No call is made.
    Name,
    /// How it is done.
    Plan {
        /// The seconds since the first look at the source snapshots.
        elapsed_seconds: u32,
    },
}

/// The name, the plan, or when to ask again.
#[derive(Debug, PartialEq, Serialize)]
#[serde(tag = "state", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Response {
    /// What the restore is called.
    Named {
        /// The id under which it is the only one.
        restore_id: RestoreId,
        /// The instant after which no step begins anything.
        deadline: Timestamp,
        /// Whether nothing is to be changed.
        dry_run: bool,
        /// Whether what it brings back is taken away again.
        drill: bool,
    },
    /// What is to be done.
    Planned {
        /// The plan.
        plan: Box<Plan>,
        /// Whether snapshots have a way to go before the instance is made.
        has_hops: bool,
    },
    /// A source snapshot is still being taken.
    Pending {
        /// How far the last of the snapshots is.
        percent: Option<u8>,
        /// When to ask again.
        wait_seconds: u32,
        /// What is waited for, in words.
        waiting_for: String,
    },
}

/// Names the restore, or plans it. `roles` are the functions' own; `records` lie in the stack's bucket.
///
/// # Errors
///
/// `Restore.InvalidInput` with the path of every field at fault, or the class of what stands in
/// the way: each names what to do.
pub async fn handle(
    sessions: &Sessions,
    roles: &StepRoles,
    records: &Records,
    request: Request,
) -> Result<Response, StepError> {
    let named = Named::of(&request)?;
    within_reach(&named.request, sessions.own().region().map(AsRef::as_ref))?;
    match request.action {
        Action::Name => Ok(Response::Named {
            dry_run: named.request.options.dry_run,
            drill: named.request.is_drill(),
            restore_id: named.restore_id,
            deadline: named.deadline,
        }),
        // On the heap: the compiler does not follow the layout of all that it awaits from here on.
        Action::Plan { elapsed_seconds } => {
            Box::pin(plan(sessions, roles, records, &named, elapsed_seconds)).await
        }
    }
}

/// A request that is sound in itself, and what follows from it alone.
#[derive(Debug)]
struct Named {
    request: RestoreRequest,
    restore_id: RestoreId,
    deadline: Timestamp,
}

impl Named {
    fn of(asked: &Request) -> Result<Self, StepError> {
        let request = RestoreRequest::read(&asked.request).map_err(invalid)?;
        let restore_id = request.id(&asked.execution_name);
        let deadline = deadline(asked.started_at, request.options.timeout_hours)?;
        let request = request.practised();
        Ok(Self { request, restore_id, deadline })
    }
}

async fn plan(
    sessions: &Sessions,
    roles: &StepRoles,
    records: &Records,
    Named { request, restore_id, deadline }: &Named,
    elapsed_seconds: u32,
) -> Result<Response, StepError> {
    let (mut obstacles, book) = (Obstacles::default(), KeyBook::default());
    let accounts = Accounts::open(sessions, request, restore_id, &mut obstacles).await?;
    let mut completed = Box::pin(recorded::completed(&accounts, records, request)).await?;
    if completed.is_none() {
        completed = Box::pin(rds::source::completed(&accounts, &mut obstacles, request)).await?;
    }
    let request = completed.as_ref().map_or(request, |completed| &completed.request);
    let recorded = completed.as_ref().and_then(|completed| completed.origin.as_ref());
    let facts = facts::gather(&accounts, &book, obstacles, request, recorded, restore_id);
    let mut facts = Box::pin(facts).await?;
    if let Some(completed) = &completed {
        facts.not_restored.extend(completed.not_restored.iter().cloned());
        completed.date(&mut facts.snapshots);
    }
    let needs = needs(request, restore_id, &facts);
    let subject = Subject { request, restore_id, facts: &facts, roles };
    let proven = prove::all(&accounts, &book, subject, &needs).await?;
    facts.preflight.extend(proven);
    let decided = decide(request, restore_id, *deadline, &facts);
    let table = match &decided {
        Ok(Decision::Plan(plan)) => &plan.preflight,
        Ok(Decision::NotYet { .. }) | Err(_) => &facts.preflight,
    };
    for (why, actions) in warnings(table) {
        warn!(restore = %restore_id, actions = actions.join(", "), why, "cannot be proven");
    }
    match decided? {
        Decision::Plan(plan) => {
            for warning in &plan.warnings {
                warn!(restore = %restore_id, warning = warning.as_str(), "planned with a warning");
            }
            info!(restore = %restore_id, flow = %plan.flow, hops = plan.hops.len(), "planned");
            Ok(Response::Planned { has_hops: !plan.hops.is_empty(), plan })
        }
        Decision::NotYet { waiting_for, percent } => Ok(Response::Pending {
            percent,
            wait_seconds: poll::next_look(percent, elapsed_seconds),
            waiting_for: format!("source snapshot {}", waiting_for.join(", ")),
        }),
    }
}

/// Holds what the state machine itself calls in a drill against `home`, its own Region: Step
/// Functions calls no other (`SFN/supported-services`, "cross-Region").
fn within_reach(request: &RestoreRequest, home: Option<&str>) -> Result<(), StepError> {
    let (Some(drill), Some(home)) = (&request.drill, home) else { return Ok(()) };
    let mut faults = Vec::new();
    let mut hold = |field: &str, what: &str, region: &str| {
        if region != home {
            faults.push(Fault::new(
                format!("drill.{field}"),
                format!("{what} {region}, and Step Functions calls only what is in its own Region, {home}"),
            ));
        }
    };
    if let Some(function) = &drill.validation_function_arn {
        hold("validationFunctionArn", "is a function of", function.region());
    }
    if drill.command.is_some() {
        hold("command", "is run in", request.target.region.as_str());
    }
    if faults.is_empty() { Ok(()) } else { Err(invalid(faults)) }
}

/// A fault of the request, as the step's error.
fn invalid(faults: Vec<Fault>) -> StepError {
    restore::plan::Refusal::from(faults).into()
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
    use serde_json::json;

    use super::*;

    fn asked(request: Value) -> Request {
        Request {
            request,
            execution_name: "orders-drill".to_owned(),
            started_at: "2026-11-23T10:00:00Z".parse().unwrap(),
            action: Action::Name,
        }
    }

    #[test]
    fn a_name_follows_from_the_request_alone() {
        let example = include_str!("../../../statemachine/examples/rds-cross-region.json");
        let mut request: Value = serde_json::from_str(example).unwrap();
        let own = Named::of(&asked(request.clone())).unwrap();
        request.as_object_mut().unwrap().remove("restoreId");
        let lent = Named::of(&asked(request)).unwrap();

        assert_eq!(own.restore_id.as_str(), "orders-db-frankfurt");
        assert_eq!(lent.restore_id.as_str(), "orders-drill");
        assert_eq!(lent.deadline, "2026-11-25T10:00:00Z".parse().unwrap());
    }

    #[test]
    fn a_malformed_request_has_no_name() {
        let error = Named::of(&asked(json!({ "restoreId": "orders", "sorce": {} }))).unwrap_err();

        assert_eq!(error.name(), ErrorName::InvalidInput);
        assert!(error.to_string().contains("sorce"), "{error}");
    }

    #[test]
    fn an_answer_is_what_the_state_machine_reads() {
        let event = json!({
            "request": {},
            "executionName": "orders-drill",
            "startedAt": "2026-11-23T10:00:00Z",
            "deadline": null,
        });
        for (asked, expected) in [
            (json!({ "do": "name" }), Action::Name),
            (json!({ "do": "plan", "elapsedSeconds": 7 }), Action::Plan { elapsed_seconds: 7 }),
        ] {
            let mut event = event.clone();
            event.as_object_mut().unwrap().extend(asked.as_object().unwrap().clone());
            assert_eq!(serde_json::from_value::<Request>(event).unwrap().action, expected);
        }
        let named = Response::Named {
            restore_id: RestoreId::of_execution("orders"),
            deadline: "2026-11-23T10:00:00Z".parse().unwrap(),
            dry_run: true,
            drill: false,
        };
        assert_eq!(
            serde_json::to_value(named).unwrap(),
            json!({
                "state": "named",
                "restoreId": "orders",
                "deadline": "2026-11-23T10:00:00Z",
                "dryRun": true,
                "drill": false,
            })
        );
    }

    #[test]
    fn the_deadline_counts_from_the_start_of_the_execution() {
        let started_at = "2026-11-23T10:00:00Z".parse().unwrap();

        let half_an_hour = deadline(started_at, 0.5).unwrap();

        assert_eq!(half_an_hour, "2026-11-23T10:30:00Z".parse().unwrap());
    }
}
