//! What KMS says of the keys that a restore uses.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::str::FromStr as _;

use aws_sdk_kms::types::{KeyManagerType, KeyMetadata, KeySpec, KeyState, KeyUsageType};
use futures_util::future::join_all;
use jiff::Timestamp;
use restore::KeyArn;
use restore::facts::KeyFacts;
use restore::preflight::{Answer, Half};
use restore::request::Fault;
use step::{CallContext as _, ErrorName, StepError};

use crate::accounts::Clients;
use crate::invalid;
use crate::obstacles::Obstacles;

pub(crate) const DESCRIBE: &str = "kms:DescribeKey";

/// Who has asked for which key and what came of it: each role asks for each key once.
#[derive(Debug, Default)]
pub(crate) struct KeyBook(RefCell<BTreeMap<(String, String), Answer>>);

impl KeyBook {
    /// What the role of `clients` was answered when it asked for `key`.
    pub(crate) fn answer(&self, clients: &Clients, key: &str) -> Option<Answer> {
        self.0.borrow().get(&entry(clients, key)).cloned()
    }

    fn note(&self, clients: &Clients, key: &str, answer: Answer) {
        self.0.borrow_mut().insert(entry(clients, key), answer);
    }
}

fn entry(clients: &Clients, key: &str) -> (String, String) {
    (clients.session.role_arn.to_string(), key.to_owned())
}

/// The keys of the source's snapshots, each asked for once: `asked` are their ARNs, each with the
/// path of the field that leads to it.
///
/// Of a key that may not be read nothing is known but its ARN; that is an obstacle of its own, and
/// what the restore role may do with it can still be proven.
pub(crate) async fn of_snapshots(
    clients: &Clients,
    book: &KeyBook,
    obstacles: &mut Obstacles,
    asked: &[(String, String)],
) -> Result<BTreeMap<String, KeyFacts>, StepError> {
    let by_arn: BTreeMap<&str, &str> =
        asked.iter().rev().map(|(path, arn)| (arn.as_str(), path.as_str())).collect();
    let described =
        join_all(by_arn.iter().map(|(arn, path)| describe(clients, book, path, arn))).await;
    let mut keys = BTreeMap::new();
    for (arn, described) in by_arn.into_keys().zip(described) {
        let facts = noted(obstacles, arn, described)?;
        keys.extend(facts.map(|facts| (arn.to_owned(), facts)));
    }
    Ok(keys)
}

/// What was found of `key`; of one that may not be read, which is an obstacle, its ARN where it is
/// named by that: so the table can still tell which policy lacks what else.
///
/// The look itself is a direct call of the plan's: where AWS says which policy denies it, no table is
/// needed to know what allows it.
pub(crate) fn noted(
    obstacles: &mut Obstacles,
    key: &str,
    described: Result<KeyFacts, StepError>,
) -> Result<Option<KeyFacts>, StepError> {
    let arn = KeyArn::try_from(key).ok();
    let denied = match &described {
        Err(error) => error.denied().map(|(_, session)| (session.clone(), error.to_string())),
        Ok(_) => None,
    };
    match (arn, denied) {
        (None, Some((session, why))) => {
            obstacles.deny_look_at_key(key, &session, &why);
            Ok(None)
        }
        (Some(arn), Some((session, why))) if Half::of(&why) != Half::Unsaid => {
            obstacles.deny_look_at_key(key, &session, &why);
            Ok(Some(unknown(arn)))
        }
        (arn, denied) => {
            let found = obstacles.note(described)?;
            Ok(found.or_else(|| denied.and(arn).map(unknown)))
        }
    }
}

fn unknown(arn: KeyArn) -> KeyFacts {
    KeyFacts { arn, managed_by_aws: false, unseen: true, unusable: None, expires: None }
}

/// The key `key`, in whatever form it is named, by the role and in the Region of `clients`.
pub(crate) async fn describe(
    clients: &Clients,
    book: &KeyBook,
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
        Err(error) => {
            if error.name() == ErrorName::AccessDenied {
                book.note(clients, key, Answer::Denied(error.to_string()));
            }
            return Err(error.by(session, &format!("{path}: key {key}")));
        }
    };
    let metadata = metadata.ok_or_else(|| StepError::missing(DESCRIBE, "KeyMetadata"))?;
    let facts = facts(&metadata)?;
    book.note(clients, facts.arn.as_str(), Answer::Succeeds);
    Ok(facts)
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
        unseen: false,
        unusable: unusable(metadata),
        expires: metadata
            .valid_to()
            .and_then(|instant| Timestamp::from_str(&instant.to_string()).ok()),
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
    use crate::accounts::tests::clients;

    const ARN: &str = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";

    fn refusing(code: &'static str) -> Clients {
        refusing_so(code, "no")
    }

    fn refusing_so(code: &'static str, message: &'static str) -> Clients {
        let describe = mock!(Client::describe_key).then_error(move || {
            let error = ErrorMetadata::builder().code(code).message(message).build();
            DescribeKeyError::generic(error)
        });
        Clients { kms: mock_client!(aws_sdk_kms, RuleMode::MatchAny, [&describe]), ..clients() }
    }

    #[tokio::test]
    async fn a_key_that_is_not_there_is_named_by_its_field() {
        let source = refusing("NotFoundException");

        let error = describe(&source, &KeyBook::default(), "target.kmsKeyId", "alias/orders")
            .await
            .unwrap_err();

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

        let error = describe(&source, &KeyBook::default(), "target.kmsKeyId", "alias/orders")
            .await
            .unwrap_err();

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
        let asked = ["a", "b"].map(|path| (path.to_owned(), ARN.to_owned()));
        let mut obstacles = Obstacles::default();

        let keys =
            of_snapshots(&source, &KeyBook::default(), &mut obstacles, &asked).await.unwrap();

        assert_eq!((keys.len(), describe.num_calls()), (1, 1));
    }

    fn metadata() -> aws_sdk_kms::types::builders::KeyMetadataBuilder {
        KeyMetadata::builder()
            .key_id("1234abcd-12ab-34cd-56ef-1234567890ab")
            .arn(ARN)
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

    #[tokio::test]
    async fn of_a_key_that_may_not_be_read_its_arn_stays_known() {
        let source = refusing("AccessDeniedException");
        let (book, mut obstacles) = (KeyBook::default(), Obstacles::default());
        let asked = [("source.ec2.instanceId".to_owned(), ARN.to_owned())];

        let keys = of_snapshots(&source, &book, &mut obstacles, &asked).await.unwrap();

        assert_eq!(keys[ARN].arn.as_str(), ARN);
        assert!(matches!(book.answer(&source, ARN), Some(Answer::Denied(_))));
        let [obstacle] = &obstacles.into_parts().0[..] else { panic!("not one obstacle") };
        assert_eq!(obstacle.kind, restore::plan::ObstacleKind::AccessDenied);
    }

    #[tokio::test]
    async fn a_denied_look_comes_with_the_statement_for_the_policy_that_aws_names() {
        for (message, place) in [
            ("because no identity-based policy allows it", "a policy of the role arn:"),
            ("because no resource-based policy allows it", "the key policy of arn:"),
        ] {
            let source = refusing_so("AccessDeniedException", message);
            let mut obstacles = Obstacles::default();
            let described = describe(&source, &KeyBook::default(), "target.kmsKeyId", ARN).await;

            let found = noted(&mut obstacles, ARN, described).unwrap();

            assert_eq!(found.unwrap().arn.as_str(), ARN);
            let (found, rows) = obstacles.into_parts();
            assert_eq!(found, [], "{message}");
            let [told] = &restore::preflight::denials(&rows)[..] else { panic!("{rows:?}") };
            let statement = format!(r#""Action":["{DESCRIBE}"]"#);
            for part in ["target.kmsKeyId", ARN, &format!("add to {place}"), &statement] {
                assert!(told.message.contains(part), "{}", told.message);
            }
        }
    }

    #[tokio::test]
    async fn a_key_named_by_its_alias_that_may_not_be_read_comes_with_a_statement() {
        let (source, mut obstacles) = (refusing("AccessDeniedException"), Obstacles::default());
        let key = "alias/orders";
        let described = describe(&source, &KeyBook::default(), "target.kmsKeyId", key).await;

        assert!(noted(&mut obstacles, key, described).unwrap().is_none());

        let (found, rows) = obstacles.into_parts();
        assert_eq!(found, []);
        let [told] = &restore::preflight::denials(&rows)[..] else { panic!("{rows:?}") };
        for part in ["target.kmsKeyId", key, "add to a policy of the role arn:", DESCRIBE] {
            assert!(told.message.contains(part), "{}", told.message);
        }
    }

    #[test]
    fn imported_key_material_expires() {
        let expiring = metadata().valid_to(aws_sdk_kms::primitives::DateTime::from_secs(0));

        assert_eq!(of(expiring).expires, Some(Timestamp::UNIX_EPOCH));
    }

    #[test]
    fn a_default_key_is_known_by_its_manager() {
        assert!(of(metadata().key_manager(KeyManagerType::Aws)).managed_by_aws);
    }
}
