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
    /// `Restore.AccessDenied`, naming the role, when it cannot be assumed: it does not exist, does
    /// not trust this function, or asks for another external id.
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
            .role_session_name(restore_id.as_str())
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

fn role_not_assumed(error: StepError, session: &Session) -> StepError {
    if error.name() != ErrorName::AccessDenied {
        return error.by(session, session.role_arn.as_str());
    }
    StepError::refused(
        ErrorName::AccessDenied,
        format!(
            "{error}: role {} cannot be assumed: it must exist, its trust policy must name this \
             function's role and the external id of the request, and this function's role must \
             allow sts:AssumeRole on it",
            session.role_arn
        ),
    )
}
