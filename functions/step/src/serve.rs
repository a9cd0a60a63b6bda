//! The one way a step meets the Lambda runtime.

use jiff::Timestamp;
use lambda_runtime::{Error, LambdaEvent, service_fn, tracing};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{ErrorName, Sessions, StepError};

/// Serves `handle` until Lambda stops the process.
///
/// The event is read here rather than by the runtime, whose own error for a malformed event is
/// named after a Rust path that no state machine should have to match on. A step whose event
/// carries a `deadline` that has passed does nothing and fails as `Restore.TimedOut`: since every
/// look of a waiting loop and every retry comes through here, no restore goes on past it.
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
        keep_deadline(&event.payload, now())?;
        handle(sessions, read(event.payload)?).await.inspect_err(|error| {
            tracing::warn!(error = error.name().as_str(), %error, "step failed");
        })
    }))
    .await
}

#[expect(clippy::disallowed_methods, reason = "the one clock: the deadline of the restore")]
fn now() -> Timestamp {
    Timestamp::now()
}

fn keep_deadline(payload: &Value, now: Timestamp) -> Result<(), StepError> {
    let Some(deadline) = payload.get("deadline").and_then(Value::as_str) else { return Ok(()) };
    let deadline: Timestamp = deadline.parse().map_err(|_| {
        StepError::refused(ErrorName::InvalidInput, format!("deadline: `{deadline}` is no instant"))
    })?;
    if now <= deadline {
        return Ok(());
    }
    Err(StepError::refused(
        ErrorName::TimedOut,
        format!("options.timeoutHours: the restore's deadline was {deadline}"),
    ))
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
    fn a_step_asked_after_the_deadline_does_nothing() {
        let event = json!({ "deadline": "2026-11-23T10:00:00Z" });

        assert!(keep_deadline(&event, "2026-11-23T10:00:00Z".parse().unwrap()).is_ok());
        let error = keep_deadline(&event, "2026-11-23T10:00:01Z".parse().unwrap()).unwrap_err();
        assert_eq!(error.name(), ErrorName::TimedOut);
    }

    #[test]
    fn a_step_without_a_deadline_goes_on() {
        assert!(keep_deadline(&json!({}), Timestamp::MAX).is_ok());
    }
}
