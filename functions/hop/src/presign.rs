//! The presigned URL of a copy between two Regions.
//!
//! With it, the Region that holds the snapshot is shown that the caller may copy it: a `GET` of
//! the very same request, addressed to that Region and signed for it. AWS's SDK for Rust makes
//! none (no presigning customisation for the copy operations exists), so it is made here.
//!
//! EC2's older models demand it for encrypted snapshots and its newest calls it deprecated
//! (BC:ec2.CopySnapshotRequest.PresignedUrl in 1.43.11 and 1.44.5); RDS reads it in the `GovCloud`
//! (US) Regions alone (BC:rds.CopyDBSnapshotMessage.PreSignedUrl). Where live AWS does without,
//! this module and its two callers' lines can go.
//!
//! Whoever holds the URL can ask for the copy until it expires, so it never shows: a
//! [`PresignedUrl`] has no readable `Debug`, the SDK's inputs redact it, and nothing is logged
//! while it is signed.

mod ec2;
mod rds;

use std::fmt;
use std::time::{Duration, SystemTime};

use aws_config::SdkConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials as _;
use aws_sigv4::http_request::{
    SignableBody, SignableRequest, SignatureLocation, SigningSettings, sign,
};
use aws_sigv4::sign::v4;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use restore::Region;
use step::{ErrorName, StepError};
use tracing::subscriber::{NoSubscriber, with_default};

pub(crate) use ec2::presign as ec2;
pub(crate) use rds::presign as rds;

/// How long a URL can be used: what botocore gives it. AWS uses it within seconds.
const EXPIRES_IN: Duration = Duration::from_hours(1);

/// All but the unreserved characters of RFC 3986, as Signature Version 4 encodes a query.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A URL that must be seen by AWS alone.
pub(crate) struct PresignedUrl(String);

impl PresignedUrl {
    /// The URL itself, for the wire.
    fn into_wire(self) -> String {
        self.0
    }
}

impl fmt::Debug for PresignedUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PresignedUrl(** redacted **)")
    }
}

/// Signs with the credentials of the session that makes the copy.
#[derive(Debug)]
pub(crate) struct Presigner {
    credentials: Credentials,
}

/// A copy request as its source Region is to read it.
#[derive(Debug)]
struct CopyRequest<'a> {
    /// The service's name in a signature.
    service: &'static str,
    /// The Region that holds the snapshot.
    region: &'a Region,
    /// That Region's endpoint, without a path.
    endpoint: String,
    /// The parameters in the order of the request.
    parameters: Vec<(String, String)>,
}

/// The instant to sign at. It is read at the call and never taken from the step's input: a retry
/// hours later would send a URL that has expired, and the copy would fail when nobody looks.
#[expect(clippy::disallowed_methods, reason = "the instant of a signature is that of the call")]
pub(crate) fn now() -> SystemTime {
    SystemTime::now()
}

impl Presigner {
    /// Of the session that `config` is for.
    pub(crate) async fn of(config: &SdkConfig) -> Result<Self, StepError> {
        let provider = config
            .credentials_provider()
            .ok_or_else(|| unsigned("the session has no credentials to sign with"))?;
        let credentials = provider.provide_credentials().await.map_err(unsigned)?;
        Ok(Self { credentials })
    }

    /// Signs `copy` at `at`, by the query parameters alone: no header but the host is signed, so
    /// that AWS can send the request itself.
    fn sign(&self, copy: &CopyRequest<'_>, at: SystemTime) -> Result<PresignedUrl, StepError> {
        let identity = self.credentials.clone().into();
        let mut settings = SigningSettings::default();
        settings.signature_location = SignatureLocation::QueryParams;
        settings.expires_in = Some(EXPIRES_IN);
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(copy.region.as_str())
            .name(copy.service)
            .time(at)
            .settings(settings)
            .build()
            .map_err(unsigned)?
            .into();
        let mut url = format!("{}/?{}", copy.endpoint, query(&copy.parameters));
        let request =
            SignableRequest::new("GET", &url, std::iter::empty(), SignableBody::Bytes(&[]))
                .map_err(unsigned)?;
        // At `TRACE`, `aws-sigv4` writes down what it signs: for a URL, the session token too.
        let signed = with_default(NoSubscriber::default(), || sign(request, &params));
        let (instructions, _signature) = signed.map_err(unsigned)?.into_parts();
        let (_headers, signed) = instructions.into_parts();
        url.push('&');
        url.push_str(&query(&signed));
        Ok(PresignedUrl(url))
    }
}

fn query(parameters: &[(impl AsRef<str>, impl AsRef<str>)]) -> String {
    let encoded = |text: &str| utf8_percent_encode(text, RESERVED).to_string();
    parameters
        .iter()
        .map(|(name, value)| format!("{}={}", encoded(name.as_ref()), encoded(value.as_ref())))
        .collect::<Vec<_>>()
        .join("&")
}

/// A URL that could not be made, which no retry would change.
fn unsigned(why: impl fmt::Display) -> StepError {
    StepError::refused(ErrorName::Unexpected, format!("no presigned URL: {why}"))
}

#[cfg(test)]
mod tests;
