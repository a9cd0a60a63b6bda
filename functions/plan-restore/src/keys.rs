//! What KMS says of the keys that a restore uses.

use std::collections::BTreeMap;

use aws_sdk_kms::types::{KeyManagerType, KeyMetadata, KeySpec, KeyState, KeyUsageType};
use restore::KeyArn;
use restore::facts::KeyFacts;
use restore::request::Fault;
use step::{CallContext as _, StepError};

use crate::facts::Clients;
use crate::invalid;

const DESCRIBE: &str = "kms:DescribeKey";

/// The keys of the source's snapshots, each asked for once.
#[derive(Debug)]
pub(crate) struct KeyRing<'a> {
    clients: &'a Clients,
    known: BTreeMap<String, KeyFacts>,
}

impl<'a> KeyRing<'a> {
    /// An empty ring, whose keys are asked for with `clients`.
    pub(crate) fn new(clients: &'a Clients) -> Self {
        Self { clients, known: BTreeMap::new() }
    }

    /// The key that the snapshot of the field at `path` is encrypted with.
    pub(crate) async fn key(&mut self, path: &str, arn: &str) -> Result<KeyFacts, StepError> {
        if let Some(key) = self.known.get(arn) {
            return Ok(key.clone());
        }
        let key = describe(self.clients, path, arn).await?;
        self.known.insert(arn.to_owned(), key.clone());
        Ok(key)
    }
}

/// The key `key`, in whatever form it is named, by the role and in the Region of `clients`.
pub(crate) async fn describe(
    clients: &Clients,
    path: &str,
    key: &str,
) -> Result<KeyFacts, StepError> {
    let session = &clients.session;
    let described = clients.kms.describe_key().key_id(key).send().await.during(DESCRIBE);
    let metadata = match described {
        Ok(described) => described.key_metadata,
        Err(error) if is_unknown(&error) => {
            return Err(invalid(vec![Fault::new(
                path,
                format!(
                    "key {key} is not found in account {} and Region {}; a key of another account is named by its full ARN",
                    session.account_id, session.region
                ),
            )]));
        }
        Err(error) => return Err(error.by(session, &format!("{path}: key {key}"))),
    };
    let metadata = metadata.ok_or_else(|| StepError::missing(DESCRIBE, "KeyMetadata"))?;
    facts(&metadata)
}

fn is_unknown(error: &StepError) -> bool {
    matches!(error.code(), Some("NotFoundException" | "InvalidArnException"))
}

fn facts(metadata: &KeyMetadata) -> Result<KeyFacts, StepError> {
    let arn = metadata
        .arn()
        .and_then(|arn| KeyArn::try_from(arn).ok())
        .ok_or_else(|| StepError::missing(DESCRIBE, "KeyMetadata.Arn"))?;
    Ok(KeyFacts {
        arn,
        managed_by_aws: metadata.key_manager() == Some(&KeyManagerType::Aws),
        unusable: unusable(metadata),
    })
}

/// Why EBS and RDS cannot use the key: they need an enabled, symmetric encryption key
/// (EBS/ebs-encryption-requirements, RDS/Overview.Encryption.Keys).
fn unusable(metadata: &KeyMetadata) -> Option<String> {
    match metadata.key_state() {
        Some(KeyState::Enabled) => {}
        Some(state) => return Some(format!("is in state {state}, not Enabled")),
        None => return Some("has no state".to_owned()),
    }
    if metadata.key_usage() != Some(&KeyUsageType::EncryptDecrypt) {
        let usage = metadata.key_usage().map_or("unknown", KeyUsageType::as_str);
        return Some(format!("is for {usage}, not ENCRYPT_DECRYPT"));
    }
    if metadata.key_spec() != Some(&KeySpec::SymmetricDefault) {
        let spec = metadata.key_spec().map_or("unknown", KeySpec::as_str);
        return Some(format!("is of spec {spec}, not SYMMETRIC_DEFAULT"));
    }
    None
}

#[cfg(test)]
mod tests {
    use aws_sdk_kms::Client;
    use aws_sdk_kms::error::ErrorMetadata;
    use aws_sdk_kms::operation::describe_key::{DescribeKeyError, DescribeKeyOutput};
    use aws_smithy_mocks::{RuleMode, mock, mock_client};
    use step::ErrorName;

    use super::*;
    use crate::facts::tests::clients;

    fn refusing(code: &'static str) -> Clients {
        let describe = mock!(Client::describe_key).then_error(move || {
            let error = ErrorMetadata::builder().code(code).message("no").build();
            DescribeKeyError::generic(error)
        });
        Clients { kms: mock_client!(aws_sdk_kms, RuleMode::MatchAny, [&describe]), ..clients() }
    }

    #[tokio::test]
    async fn a_key_that_is_not_there_is_named_by_its_field() {
        let source = refusing("NotFoundException");

        let error = describe(&source, "target.kmsKeyId", "alias/orders").await.unwrap_err();

        assert_eq!(error.name(), ErrorName::InvalidInput);
        assert_eq!(
            error.to_string(),
            "target.kmsKeyId: key alias/orders is not found in account 111122223333 and Region \
             eu-west-1; a key of another account is named by its full ARN"
        );
    }

    #[tokio::test]
    async fn a_key_that_may_not_be_read_names_the_action_the_key_and_the_role() {
        let source = refusing("AccessDeniedException");

        let error = describe(&source, "target.kmsKeyId", "alias/orders").await.unwrap_err();

        assert_eq!(error.name(), ErrorName::AccessDenied);
        for part in ["kms:DescribeKey", "alias/orders", "role/restore-source"] {
            assert!(error.to_string().contains(part), "{error}");
        }
    }

    #[tokio::test]
    async fn a_key_of_several_snapshots_is_asked_for_once() {
        let describe = mock!(Client::describe_key).then_output(|| {
            DescribeKeyOutput::builder().key_metadata(metadata().build().unwrap()).build()
        });
        let kms = mock_client!(aws_sdk_kms, RuleMode::MatchAny, [&describe]);
        let source = Clients { kms, ..clients() };
        let mut ring = KeyRing::new(&source);

        let first = ring.key("source", "arn").await.unwrap();
        let second = ring.key("source", "arn").await.unwrap();

        assert_eq!((first, describe.num_calls()), (second, 1));
    }

    fn metadata() -> aws_sdk_kms::types::builders::KeyMetadataBuilder {
        KeyMetadata::builder()
            .key_id("1234abcd-12ab-34cd-56ef-1234567890ab")
            .arn("arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab")
            .key_manager(KeyManagerType::Customer)
            .key_state(KeyState::Enabled)
            .key_usage(KeyUsageType::EncryptDecrypt)
            .key_spec(KeySpec::SymmetricDefault)
    }

    fn of(metadata: aws_sdk_kms::types::builders::KeyMetadataBuilder) -> KeyFacts {
        facts(&metadata.build().unwrap()).unwrap()
    }

    #[test]
    fn an_enabled_symmetric_key_can_serve() {
        let key = of(metadata());

        assert_eq!(key.unusable, None);
        assert!(!key.managed_by_aws);
    }

    #[test]
    fn a_key_that_cannot_serve_says_why() {
        for (metadata, why) in [
            (metadata().key_state(KeyState::Disabled), "is in state Disabled, not Enabled"),
            (
                metadata().key_state(KeyState::PendingDeletion),
                "is in state PendingDeletion, not Enabled",
            ),
            (
                metadata().key_usage(KeyUsageType::SignVerify),
                "is for SIGN_VERIFY, not ENCRYPT_DECRYPT",
            ),
            (metadata().key_spec(KeySpec::Rsa2048), "is of spec RSA_2048, not SYMMETRIC_DEFAULT"),
        ] {
            assert_eq!(of(metadata).unusable.as_deref(), Some(why));
        }
    }

    #[test]
    fn a_default_key_is_known_by_its_manager() {
        assert!(of(metadata().key_manager(KeyManagerType::Aws)).managed_by_aws);
    }
}
