//! Starting an execution once.

use aws_sdk_sfn::Client;
use aws_sdk_sfn::error::SdkError;
use aws_sdk_sfn::operation::start_execution::StartExecutionError;
use serde_json::Value;
use step::{CallContext as _, ErrorName, StepError};

use crate::Started;
use crate::resolve::Wanted;

/// Starts the execution, unless it has been.
///
/// While it runs, Step Functions itself answers the same name and input with the running execution;
/// once it has ended, with `ExecutionAlreadyExists`, and so it does at once where the input differs
/// (BC:states.StartExecution).
pub(crate) async fn start(states: &Client, wanted: &Wanted) -> Result<Started, StepError> {
    let started = states
        .start_execution()
        .state_machine_arn(&wanted.state_machine_arn)
        .name(&wanted.name)
        .input(wanted.input.to_string())
        .send()
        .await;
    match started {
        Ok(started) => {
            Ok(Started { execution_arn: started.execution_arn, was_started_before: false })
        }
        Err(error) if exists(&error) => found(states, wanted).await,
        Err(error) => Err(error).during("states:StartExecution"),
    }
}

fn exists<R>(error: &SdkError<StartExecutionError, R>) -> bool {
    error.as_service_error().is_some_and(StartExecutionError::is_execution_already_exists)
}

/// The execution that is there already, if it is of the same request.
async fn found(states: &Client, wanted: &Wanted) -> Result<Started, StepError> {
    let execution_arn = execution_arn(wanted)?;
    let described = states
        .describe_execution()
        .execution_arn(&execution_arn)
        .send()
        .await
        .during("states:DescribeExecution")?;
    let input: Option<Value> = described.input.and_then(|it| serde_json::from_str(&it).ok());
    if input.as_ref() == Some(&wanted.input) {
        return Ok(Started { execution_arn, was_started_before: true });
    }
    Err(StepError::refused(
        ErrorName::AlreadyExists,
        format!(
            "{execution_arn} was started with another input: what is to be started was changed \
             between two deliveries of the event"
        ),
    ))
}

/// The ARN that an execution of this name has (`IAM/list_awsstepfunctions`, "Resource types").
fn execution_arn(wanted: &Wanted) -> Result<String, StepError> {
    let machine = &wanted.state_machine_arn;
    match machine.split_once(":stateMachine:") {
        Some((place, name)) => Ok(format!("{place}:execution:{name}:{}", wanted.name)),
        None => Err(StepError::refused(
            ErrorName::Unexpected,
            format!("`{machine}` is no state machine's ARN"),
        )),
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_sfn::operation::describe_execution::DescribeExecutionOutput;
    use aws_sdk_sfn::operation::start_execution::StartExecutionOutput;
    use aws_sdk_sfn::primitives::DateTime;
    use aws_sdk_sfn::types::ExecutionStatus;
    use aws_sdk_sfn::types::error::ExecutionAlreadyExists;
    use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
    use serde_json::json;

    use super::*;

    const EXECUTION: &str = "arn:aws:states:eu-central-1:123456789012:execution:restore:event-1";

    fn wanted() -> Wanted {
        Wanted {
            state_machine_arn: crate::deployment::tests::RESTORE.to_owned(),
            name: "event-1".to_owned(),
            input: json!({ "a": 1, "b": [2] }),
        }
    }

    fn there() -> Rule {
        mock!(Client::start_execution).then_error(|| {
            StartExecutionError::ExecutionAlreadyExists(
                ExecutionAlreadyExists::builder().message("").build(),
            )
        })
    }

    fn with_input(input: &'static str) -> Rule {
        mock!(Client::describe_execution)
            .match_requests(|asked| asked.execution_arn() == Some(EXECUTION))
            .then_output(move || {
                DescribeExecutionOutput::builder()
                    .execution_arn(EXECUTION)
                    .state_machine_arn("")
                    .status(ExecutionStatus::Succeeded)
                    .start_date(DateTime::from_secs(0))
                    .input(input)
                    .build()
                    .unwrap()
            })
    }

    async fn started(rules: &[&Rule]) -> Result<Started, StepError> {
        let states = mock_client!(aws_sdk_sfn, RuleMode::MatchAny, rules);
        start(&states, &wanted()).await
    }

    #[tokio::test]
    async fn an_execution_is_started_under_the_event_s_name() {
        let start = mock!(Client::start_execution)
            .match_requests(|asked| {
                asked.name() == Some("event-1") && asked.input() == Some(r#"{"a":1,"b":[2]}"#)
            })
            .then_output(|| {
                StartExecutionOutput::builder()
                    .execution_arn(EXECUTION)
                    .start_date(DateTime::from_secs(0))
                    .build()
                    .unwrap()
            });

        let started = started(&[&start]).await.unwrap();

        assert_eq!(
            started,
            Started { execution_arn: EXECUTION.to_owned(), was_started_before: false }
        );
    }

    #[tokio::test]
    async fn one_that_an_earlier_delivery_started_is_a_success_however_its_input_is_written() {
        let started = started(&[&there(), &with_input(r#"{ "b": [2], "a": 1 }"#)]).await.unwrap();

        assert_eq!(
            started,
            Started { execution_arn: EXECUTION.to_owned(), was_started_before: true }
        );
    }

    #[tokio::test]
    async fn one_with_another_input_is_told_by_name() {
        let error = started(&[&there(), &with_input(r#"{ "a": 2 }"#)]).await.unwrap_err();

        assert_eq!(error.name(), ErrorName::AlreadyExists);
        assert!(error.to_string().contains(EXECUTION), "{error}");
    }

    #[tokio::test]
    async fn what_step_functions_refuses_has_its_name_in_the_vocabulary() {
        let refused = mock!(Client::start_execution).then_error(|| {
            StartExecutionError::generic(
                aws_sdk_sfn::error::ErrorMetadata::builder()
                    .code("AccessDeniedException")
                    .message("not authorized")
                    .build(),
            )
        });

        let error = started(&[&refused]).await.unwrap_err();

        assert_eq!(error.name(), ErrorName::AccessDenied);
        assert!(error.to_string().starts_with("states:StartExecution: "), "{error}");
    }
}
