//! The one way a step meets the Lambda runtime.

use jiff::{SignedDuration, Timestamp};
use lambda_runtime::{Error, LambdaEvent, service_fn, tracing};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{ErrorName, Sessions, StepError};

/// Serves `handle` until Lambda stops the process.
///
/// The event is read here rather than by the runtime, whose own error for a malformed event is
/// named after a Rust path that no state machine should have to match on. A step whose event
/// carries a `deadline` that has passed does nothing and fails as `Restore.TimedOut`: since every
/// look of a waiting loop and every retry comes through here, no restore goes on past it. Nor does
/// one that is `redriven` after it was stopped do anything: another may hold the id of its restore.
///
/// # Errors
///
/// Only when the runtime itself cannot go on.
pub async fn serve<Request, Response, Handle>(handle: Handle) -> Result<(), Error>
where
    Request: DeserializeOwned,
    Response: Serialize,
    Handle: AsyncFn(&Sessions, Request) -> Result<Response, StepError>,
{
    tracing::init_default_subscriber();
    let sessions = Sessions::from_env().await;
    let (sessions, handle) = (&sessions, &handle);
    lambda_runtime::run(service_fn(async |event: LambdaEvent<Value>| {
        keep_from_redriving(&event.payload)?;
        let deadline = deadline(&event.payload)?;
        keep_deadline(deadline, now())?;
        let handled = handle(sessions, read(event.payload)?).await;
        handled.map_err(|error| in_time(error, deadline, now())).inspect_err(|error| {
            tracing::warn!(error = error.name().as_str(), %error, "step failed");
        })
    }))
    .await
}

#[expect(clippy::disallowed_methods, reason = "the one clock: the deadline of the restore")]
fn now() -> Timestamp {
    Timestamp::now()
}

/// A redriven execution begins with the state in which it was stopped (Step Functions'
/// developer guide, "Restarting state machine executions with redrive"), and so behind the one that
/// takes the lease, which the clean-up after the stop has taken over since, or another start.
fn keep_from_redriving(payload: &Value) -> Result<(), StepError> {
    if payload.get("redriven") != Some(&Value::Bool(true)) {
        return Ok(());
    }
    let why = "redrive: an execution that was stopped holds the id of its restore no more, so it \
               does nothing when it is redriven: start another one with the same input";
    Err(StepError::refused(ErrorName::InvalidInput, why))
}

/// The deadline that the event carries.
fn deadline(payload: &Value) -> Result<Option<Timestamp>, StepError> {
    let Some(deadline) = payload.get("deadline").and_then(Value::as_str) else { return Ok(None) };
    let unfit = format!("deadline: `{deadline}` is no instant");
    deadline.parse().map(Some).map_err(|_| StepError::refused(ErrorName::InvalidInput, unfit))
}

fn keep_deadline(deadline: Option<Timestamp>, now: Timestamp) -> Result<(), StepError> {
    match deadline {
        Some(deadline) if now > deadline => Err(StepError::refused(
            ErrorName::TimedOut,
            format!("options.timeoutHours: the restore's deadline was {deadline}"),
        )),
        _ => Ok(()),
    }
}

/// The least that the state machine waits before it tries again what met a quota, but for jitter.
const QUOTA_INTERVAL: SignedDuration = SignedDuration::from_secs(60);

/// The error, or, where it is a quota that the deadline leaves no time to wait for, that the
/// restore has timed out: with what it has waited for, which the next attempt could not tell.
fn in_time(error: StepError, deadline: Option<Timestamp>, now: Timestamp) -> StepError {
    match deadline {
        Some(deadline)
            if error.name() == ErrorName::QuotaExceeded && now + QUOTA_INTERVAL > deadline =>
        {
            StepError::refused(
                ErrorName::TimedOut,
                format!(
                    "options.timeoutHours: the restore's deadline is {deadline}, before this can be tried again: {error}"
                ),
            )
        }
        _ => error,
    }
}

fn read<Request: DeserializeOwned>(payload: Value) -> Result<Request, StepError> {
    serde_path_to_error::deserialize(payload)
        .map_err(|error| StepError::refused(ErrorName::InvalidInput, error.to_string()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[derive(Debug, serde::Deserialize)]
    struct Copy {
        #[expect(dead_code, reason = "only its absence is tested")]
        source: Source,
    }

    #[derive(Debug, serde::Deserialize)]
    struct Source {
        #[expect(dead_code, reason = "only its absence is tested")]
        region: String,
    }

    #[test]
    fn a_malformed_event_names_the_field_at_fault() {
        let error = read::<Copy>(json!({ "source": { "region": 7 } })).unwrap_err();

        assert_eq!(error.name(), ErrorName::InvalidInput);
        assert!(error.to_string().contains("source.region"), "{error}");
    }

    #[test]
    fn a_step_of_an_execution_that_is_redriven_does_nothing() {
        assert!(keep_from_redriving(&json!({ "redriven": false })).is_ok());
        assert!(keep_from_redriving(&json!({})).is_ok());
        let error = keep_from_redriving(&json!({ "redriven": true })).unwrap_err();

        assert_eq!(error.name(), ErrorName::InvalidInput);
        assert!(error.to_string().contains("start another one"), "{error}");
    }

    #[test]
    fn a_step_asked_after_the_deadline_does_nothing() {
        let at = deadline(&json!({ "deadline": "2026-11-23T10:00:00Z" })).unwrap();

        assert!(keep_deadline(at, "2026-11-23T10:00:00Z".parse().unwrap()).is_ok());
        let error = keep_deadline(at, "2026-11-23T10:00:01Z".parse().unwrap()).unwrap_err();
        assert_eq!(error.name(), ErrorName::TimedOut);
    }

    #[test]
    fn a_step_without_a_deadline_goes_on() {
        let none = deadline(&json!({ "deadline": null })).unwrap();
        assert!(keep_deadline(none, Timestamp::MAX).is_ok());
    }

    #[test]
    fn a_quota_that_the_deadline_leaves_no_time_for_ends_the_restore_with_its_words() {
        let at = deadline(&json!({ "deadline": "2026-11-23T10:00:00Z" })).unwrap();
        let named = |name, now: &str| {
            let refused = StepError::refused(name, "ec2:CopySnapshot: ResourceLimitExceeded");
            in_time(refused, at, now.parse().unwrap())
        };

        let late = named(ErrorName::QuotaExceeded, "2026-11-23T09:59:01Z");
        assert_eq!(late.name(), ErrorName::TimedOut);
        assert!(late.to_string().contains("ec2:CopySnapshot: ResourceLimitExceeded"), "{late}");
        let early = named(ErrorName::QuotaExceeded, "2026-11-23T09:58:59Z");
        assert_eq!(early.name(), ErrorName::QuotaExceeded);
        let other = named(ErrorName::Throttled, "2026-11-23T09:59:01Z");
        assert_eq!(other.name(), ErrorName::Throttled);
    }
}
