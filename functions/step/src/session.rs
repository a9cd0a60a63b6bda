//! Whose credentials a step works with, and where.

use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_http_client::tls;
use restore::{RestoreId, Session};

use crate::{CallContext as _, ErrorName, StepError};

/// Assumes the roles that requests name, with the function's own credentials.
///
/// Credentials are had anew for each invocation and never leave it: none passes through the state
/// machine, none outlives a change of the role's policies by more than one step.
#[derive(Debug)]
pub struct Sessions {
    own: SdkConfig,
}

impl Sessions {
    /// The function's own configuration, from its environment.
    ///
    /// TLS is on `ring`: AWS-LC gathers entropy at start for longer than a step takes.
    pub async fn from_env() -> Self {
        let http = aws_smithy_http_client::Builder::new()
            .tls_provider(tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring))
            .build_https();
        let own = aws_config::defaults(BehaviorVersion::latest())
            .http_client(http)
            // A function has 60 s. A call that AWS never answers must end in an error of the
            // vocabulary, not in the function's own timeout.
            .timeout_config(
                TimeoutConfig::builder()
                    .connect_timeout(Duration::from_secs(5))
                    .operation_attempt_timeout(Duration::from_secs(15))
                    .operation_timeout(Duration::from_secs(40))
                    .build(),
            )
            .retry_config(RetryConfig::standard().with_max_attempts(3))
            .load()
            .await;
        Self { own }
    }

    /// The function's own configuration: its role in its account and Region.
    #[must_use]
    pub const fn own(&self) -> &SdkConfig {
        &self.own
    }

    /// The configuration of the service clients of `session`, for one invocation.
    ///
    /// STS is asked in the session's own Region: a token of the global endpoint is not valid in an
    /// opt-in Region (`RDS/USER_CopySnapshot`, "Using AWS STS credentials").
    ///
    /// # Errors
    ///
    /// `Restore.AccessDenied`, naming the role, this function's own and the external id that was
    /// given, when it cannot be assumed: it does not exist, does not trust this function, or asks for
    /// another external id.
    pub async fn assume(
        &self,
        session: &Session,
        restore_id: &RestoreId,
    ) -> Result<SdkConfig, StepError> {
        let region = aws_config::Region::new(session.region.as_str().to_owned());
        let sts = aws_sdk_sts::config::Builder::from(&self.own).region(region.clone()).build();
        let assumed = aws_sdk_sts::Client::from_conf(sts)
            .assume_role()
            .role_arn(session.role_arn.as_str())
            .role_session_name(session_name(restore_id))
            .set_external_id(session.external_id.clone())
            // The least that STS gives; a step takes seconds (BC:sts.AssumeRoleRequest).
            .duration_seconds(900)
            .send()
            .await
            .during("sts:AssumeRole")
            .map_err(|error| role_not_assumed(error, session))?;
        let credentials = assumed
            .credentials
            .ok_or_else(|| StepError::missing("sts:AssumeRole", "Credentials"))?;
        let expires_after = credentials.expiration.try_into().ok();
        let credentials = Credentials::new(
            credentials.access_key_id,
            credentials.secret_access_key,
            Some(credentials.session_token),
            expires_after,
            "restore-session",
        );
        Ok(self
            .own
            .to_builder()
            .region(region)
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .build())
    }
}

/// What the sessions of a restore are called: as the restore. A name has at least two characters
/// (BC:sts.roleSessionNameType), so that an id of one is followed by a hyphen, with which no id ends.
fn session_name(restore_id: &RestoreId) -> String {
    format!("{:-<2}", restore_id.as_str())
}

fn role_not_assumed(error: StepError, session: &Session) -> StepError {
    if error.name() != ErrorName::AccessDenied {
        return error.by(session, session.role_arn.as_str());
    }
    let words = error.to_string();
    let own = caller(&words).unwrap_or_else(|| "this function's role".to_owned());
    // It is no secret (IAM/id_roles_common-scenarios_third-party), and the plan has it, too.
    let given = match &session.external_id {
        Some(id) => format!("with the external id `{id}`, as the request has it"),
        None => "without an external id, since the request has none".to_owned(),
    };
    StepError::refused(
        ErrorName::AccessDenied,
        format!(
            "{words}: role {} cannot be assumed: it must exist, its trust policy must let {own} \
             assume it {given}, and a policy of {own} must allow sts:AssumeRole on it",
            session.role_arn
        ),
    )
}

/// The role whose session AWS says was denied a call, in words: `User:
/// arn:aws:sts::123456789012:assumed-role/NAME/SESSION is not authorized to perform: …`
/// (`IAM/troubleshoot_access-denied`). Of its ARN the path is missing.
fn caller(words: &str) -> Option<String> {
    let (_, rest) = words.split_once("User: arn:")?;
    let arn = rest.split_whitespace().next()?;
    let mut parts = arn.splitn(5, ':').skip(1);
    let (Some("sts"), Some(_), Some(account), Some(resource)) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return None;
    };
    let name = resource.strip_prefix("assumed-role/")?.split('/').next()?;
    Some(format!("role {name} of account {account}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sessions_of_a_restore_are_called_as_it_is_and_by_a_name_that_sts_takes() {
        let longest = "a".repeat(40);
        for (id, expected) in [("a", "a-"), ("ab", "ab"), (&longest, &longest)] {
            let name = session_name(&RestoreId::try_from(id).unwrap());

            assert_eq!(name, expected);
            assert!((2..=64).contains(&name.len()), "{name}");
            assert!(expected == id || RestoreId::try_from(name).is_err());
        }
    }

    /// What a step is told of a role that STS refuses with `message`.
    fn told(message: &str, external_id: Option<&str>) -> String {
        let session = Session {
            account_id: "111122223333".try_into().unwrap(),
            region: "eu-west-1".try_into().unwrap(),
            role_arn: "arn:aws:iam::111122223333:role/restore-source".try_into().unwrap(),
            external_id: external_id.map(str::to_owned),
        };
        let refused = StepError::Call {
            name: ErrorName::AccessDenied,
            call: "sts:AssumeRole",
            code: "AccessDenied".to_owned(),
            message: message.to_owned(),
            session: None,
        };
        let error = role_not_assumed(refused, &session);
        assert_eq!(error.name(), ErrorName::AccessDenied);
        error.to_string()
    }

    #[test]
    fn a_role_that_cannot_be_assumed_is_told_with_the_role_that_it_has_to_trust() {
        let message = "User: arn:aws:sts::123456789012:assumed-role/restore-PlanRole-1X/restore-plan \
                       is not authorized to perform: sts:AssumeRole on resource: \
                       arn:aws:iam::111122223333:role/restore-source";

        let told = told(message, None);

        assert!(told.starts_with("sts:AssumeRole: AccessDenied: User: arn:aws:sts::"), "{told}");
        let trusts = "its trust policy must let role restore-PlanRole-1X of account 123456789012 \
                      assume it without an external id";
        assert!(told.contains(trusts), "{told}");
        assert!(
            told.contains("role arn:aws:iam::111122223333:role/restore-source cannot"),
            "{told}"
        );
    }

    #[test]
    fn the_external_id_that_was_given_is_named() {
        let given = told("no", Some("orders-source-5e1c72d9"));

        assert!(given.contains("with the external id `orders-source-5e1c72d9`"), "{given}");
    }

    #[test]
    fn a_caller_that_aws_does_not_name_is_not_made_up() {
        for message in [
            "Access denied",
            "User: arn:aws:iam::123456789012:user/alice is not authorized to perform: sts:AssumeRole",
            "User: arn:aws:sts::123456789012:federated-user/alice is not authorized",
            "User: arn:aws:sts",
        ] {
            let told = told(message, None);
            assert!(told.contains("must let this function's role assume it"), "{told}");
        }
    }
}
