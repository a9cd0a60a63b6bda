//! What the answer to a dry run says.

use restore::preflight::Answer;
use step::{ErrorName, StepError};

/// KMS's and EC2's ways to say that a dry run would have succeeded.
const WOULD_SUCCEED: [&str; 2] = ["DryRunOperationException", "DryRunOperation"];

/// What `answered` says.
///
/// # Errors
///
/// The failure itself, where asking again may tell more.
pub(super) fn of<T>(answered: Result<T, StepError>) -> Result<Answer, StepError> {
    let Err(error) = answered else { return Ok(Answer::Succeeds) };
    if error.code().is_some_and(|code| WOULD_SUCCEED.contains(&code)) {
        return Ok(Answer::Succeeds);
    }
    match error.name() {
        ErrorName::AccessDenied => Ok(Answer::Denied(error.to_string())),
        ErrorName::Throttled => Err(error),
        _ => Ok(Answer::Other(format!("a dry run was answered with {error}"))),
    }
}
