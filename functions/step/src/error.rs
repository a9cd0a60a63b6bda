//! Failures, in the closed vocabulary the state machine retries and catches on.

use std::error::Error;

use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::display::DisplayErrorContext;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use lambda_runtime::Diagnostic;
use restore::Session;
use restore::plan::{Obstacle, ObstacleKind, OffPath, Refusal};

use crate::{ErrorName, classify};

/// Why a step failed.
#[derive(Debug, thiserror::Error)]
pub enum StepError {
    /// The step decided it: by the request, the facts or the clock.
    #[error("{message}")]
    Refused {
        /// What the state machine is told.
        name: ErrorName,
        /// What is wrong and what to do, in words.
        message: String,
    },
    /// AWS refused a call.
    #[error("{call}: {code}: {message}")]
    Call {
        /// What the state machine is told.
        name: ErrorName,
        /// The call, named as its IAM action, such as `ec2:CopySnapshot`.
        call: &'static str,
        /// AWS's error code.
        code: String,
        /// AWS's message, or what kept the call from reaching AWS.
        message: String,
        /// Who made it and where, once that is said.
        session: Option<Box<Session>>,
    },
}

impl StepError {
    /// A failure that the step itself decides.
    pub fn refused(name: ErrorName, message: impl Into<String>) -> Self {
        Self::Refused { name, message: message.into() }
    }

    /// A resource that will never be usable, such as `snap-1: error: Given key ID is not
    /// accessible`.
    #[must_use]
    pub fn resource_failed(resource: &str, reason: &str) -> Self {
        Self::refused(ErrorName::ResourceFailed, format!("{resource}: {reason}"))
    }

    /// `call` succeeded but left out `field`, without which the step cannot go on.
    #[must_use]
    pub fn missing(call: &'static str, field: &str) -> Self {
        Self::refused(ErrorName::Unexpected, format!("{call}: the response has no `{field}`"))
    }

    /// `call` answered and left out what it was asked for, where others are refused with `code`.
    #[must_use]
    pub fn absent(call: &'static str, code: &str) -> Self {
        let message = "it is not there".to_owned();
        let (name, code) = (classify(code, &message), code.to_owned());
        Self::Call { name, call, code, message, session: None }
    }

    /// The name that `ErrorEquals` matches in the state machine.
    #[must_use]
    pub const fn name(&self) -> ErrorName {
        match self {
            Self::Refused { name, .. } | Self::Call { name, .. } => *name,
        }
    }

    /// The failure as an obstacle that a person must remove, beside which others can be looked for.
    ///
    /// # Errors
    ///
    /// The failure itself, when trying again may help or nobody knows what it means.
    pub fn into_obstacle(self) -> Result<Obstacle, Self> {
        let kind = match self.name() {
            ErrorName::InvalidInput => ObstacleKind::Invalid,
            ErrorName::AccessDenied => ObstacleKind::AccessDenied,
            ErrorName::KeyNotUsable => ObstacleKind::KeyNotUsable,
            ErrorName::DefaultKeyNotShareable => ObstacleKind::DefaultKeyNotShareable,
            ErrorName::AlreadyExists => ObstacleKind::AlreadyExists,
            ErrorName::ResourceFailed => ObstacleKind::SnapshotFailed,
            ErrorName::Throttled
            | ErrorName::QuotaExceeded
            | ErrorName::LimitReached
            | ErrorName::InsufficientCapacity
            | ErrorName::AlreadyRunning
            | ErrorName::TimedOut
            | ErrorName::DrillFailed
            | ErrorName::Unexpected => return Err(self),
        };
        Ok(Obstacle::new(kind, self.to_string()))
    }

    /// The call that a role was denied, and the role: what a statement in one of its policies may
    /// mend. That a role may not be assumed is the business of its trust policy.
    #[must_use]
    pub fn denied(&self) -> Option<(&'static str, &Session)> {
        match self {
            Self::Call { name: ErrorName::AccessDenied, call, session: Some(session), .. }
                if *call != "sts:AssumeRole" =>
            {
                Some((call, session))
            }
            _ => None,
        }
    }

    /// The same failure, of a call that names something which this restore has made or was given
    /// shortly before: that AWS does not know it, by one of `codes`, it may yet mend by itself, and
    /// is tried again (EC2API/eventual-consistency; `aws-facts.md`, D).
    #[must_use]
    pub fn not_yet_known(self, codes: &[&str]) -> Self {
        match self {
            Self::Call { call, code, message, session, .. } if codes.contains(&code.as_str()) => {
                let message =
                    format!("{message} (it was there: AWS may not know it everywhere yet)");
                Self::Call { name: ErrorName::Throttled, call, code, message, session }
            }
            other => other,
        }
    }

    /// AWS's error code, where AWS refused a call.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Refused { .. } => None,
            Self::Call { code, .. } => Some(code),
        }
    }

    /// The same failure, said to be of `role` working on `resource`.
    #[must_use]
    pub fn by(self, session: &Session, resource: &str) -> Self {
        let whose = format!(
            "{resource} in {} {} by {}",
            session.account_id, session.region, session.role_arn
        );
        match self {
            Self::Refused { name, message } => {
                Self::Refused { name, message: format!("{message} ({whose})") }
            }
            Self::Call { name, call, code, message, .. } => {
                let message = format!("{message} ({whose})");
                Self::Call { name, call, code, message, session: Some(Box::new(session.clone())) }
            }
        }
    }
}

impl From<Refusal> for StepError {
    fn from(refusal: Refusal) -> Self {
        let name = match refusal.kind() {
            ObstacleKind::Invalid => ErrorName::InvalidInput,
            ObstacleKind::DefaultKeyNotShareable => ErrorName::DefaultKeyNotShareable,
            ObstacleKind::KeyNotUsable => ErrorName::KeyNotUsable,
            ObstacleKind::AlreadyExists => ErrorName::AlreadyExists,
            ObstacleKind::SnapshotFailed => ErrorName::ResourceFailed,
            ObstacleKind::AccessDenied => ErrorName::AccessDenied,
            ObstacleKind::LimitReached => ErrorName::LimitReached,
            ObstacleKind::NoCapacity => ErrorName::InsufficientCapacity,
        };
        Self::refused(name, refusal.to_string())
    }
}

impl From<OffPath> for StepError {
    fn from(off_path: OffPath) -> Self {
        Self::refused(ErrorName::Unexpected, off_path.to_string())
    }
}

impl From<StepError> for Diagnostic {
    fn from(error: StepError) -> Self {
        Self { error_type: error.name().as_str().into(), error_message: error.to_string() }
    }
}

/// Names the AWS call that failed, and sorts its failure into a [`StepError`].
pub trait CallContext<T> {
    /// Turns an SDK failure of `call`, named as its IAM action, into the step's own error.
    fn during(self, call: &'static str) -> Result<T, StepError>;
}

impl<T, E, R> CallContext<T> for Result<T, SdkError<E, R>>
where
    E: Error + ProvideErrorMetadata + 'static,
    R: std::fmt::Debug + 'static,
{
    fn during(self, call: &'static str) -> Result<T, StepError> {
        self.map_err(|error| {
            let answered = error.as_service_error();
            match answered.and_then(ProvideErrorMetadata::code) {
                Some(code) => {
                    let message =
                        answered.and_then(ProvideErrorMetadata::message).unwrap_or_default();
                    let (code, message) = (code.to_owned(), message.to_owned());
                    StepError::Call {
                        name: classify(&code, &message),
                        call,
                        code,
                        message,
                        session: None,
                    }
                }
                None => unanswered(call, &error),
            }
        })
    }
}

/// A call that AWS did not answer with an error code: it never arrived, or its answer was lost.
fn unanswered<E, R>(call: &'static str, error: &SdkError<E, R>) -> StepError
where
    E: Error + ProvideErrorMetadata + 'static,
    R: std::fmt::Debug + 'static,
{
    let message = DisplayErrorContext(error).to_string();
    let (name, code) = match error {
        SdkError::ConstructionFailure(_) => (ErrorName::Unexpected, "ConstructionFailure"),
        SdkError::TimeoutError(_) => (ErrorName::Throttled, "Timeout"),
        SdkError::DispatchFailure(_) => (ErrorName::Throttled, "DispatchFailure"),
        _ => (ErrorName::Throttled, "NoAnswer"),
    };
    StepError::Call { name, call, code: code.to_owned(), message, session: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_that_is_denied_tells_the_role_that_made_it() {
        let session = Session {
            account_id: "111122223333".try_into().unwrap(),
            region: "eu-west-1".try_into().unwrap(),
            role_arn: "arn:aws:iam::111122223333:role/restore-source".try_into().unwrap(),
            external_id: None,
        };
        let error = |call, name| StepError::Call {
            name,
            call,
            code: "AccessDenied".to_owned(),
            message: "no".to_owned(),
            session: None,
        };
        let denied = |call| error(call, ErrorName::AccessDenied).by(&session, "subnet-1");

        assert_eq!(denied("ec2:DescribeSubnets").denied(), Some(("ec2:DescribeSubnets", &session)));
        assert_eq!(denied("sts:AssumeRole").denied(), None);
        assert_eq!(error("ec2:DescribeSubnets", ErrorName::AccessDenied).denied(), None);
        let other = error("ec2:DescribeSubnets", ErrorName::Unexpected).by(&session, "subnet-1");
        assert_eq!(other.denied(), None);
    }

    #[test]
    fn what_was_made_shortly_before_is_asked_for_again() {
        let refused = |code: &str| StepError::Call {
            name: ErrorName::InvalidInput,
            call: "ec2:AttachVolume",
            code: code.to_owned(),
            message: "no".to_owned(),
            session: None,
        };
        let told = |code| refused(code).not_yet_known(&["InvalidVolume.NotFound"]);

        assert_eq!(told("InvalidVolume.NotFound").name(), ErrorName::Throttled);
        assert_eq!(told("InvalidInstanceID.NotFound").name(), ErrorName::InvalidInput);
    }

    #[test]
    fn a_refusal_keeps_its_words() {
        let fault = restore::request::Fault::new("source", "give one of `ec2` and `rds`");
        let error = StepError::from(Refusal::from(vec![fault]));

        assert_eq!(error.name(), ErrorName::InvalidInput);
        assert_eq!(error.to_string(), "source: give one of `ec2` and `rds`");
    }
}
