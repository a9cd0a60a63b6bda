//! What a key answers to a role that was given a grant on it.

use aws_sdk_kms::error::ErrorMetadata;
use aws_sdk_kms::operation::decrypt::DecryptError;
use aws_sdk_kms::operation::describe_key::{DescribeKeyError, DescribeKeyOutput};
use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
use serde_json::json;

use super::*;
use crate::look::tests::{after, session};

const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const WOULD_SUCCEED: (&str, &str) = ("DryRunOperationException", "it would have");
const NO_RESOURCE: (&str, &str) =
    ("AccessDeniedException", "because no resource-based policies allow access");
const NO_IDENTITY: (&str, &str) =
    ("AccessDeniedException", "because no identity-based policy allows the kms:Decrypt action");
const UNSAID: (&str, &str) = ("AccessDeniedException", "you are not allowed to access it");

const PENDING: Availability = Availability::Pending { percent: None };

fn grant() -> KeyGrant {
    serde_json::from_value(json!({
        "kmsKeyId": KEY,
        "name": "restore:orders",
        "granteePrincipal": "arn:aws:iam::444455556666:role/restore-target",
        "operations": ["DescribeKey", "Decrypt"],
    }))
    .unwrap()
}

fn metadata((code, message): (&'static str, &'static str)) -> ErrorMetadata {
    ErrorMetadata::builder().code(code).message(message).build()
}

/// The dry run of a decryption under the restore's own context is answered so.
fn decrypt(answer: (&'static str, &'static str)) -> Rule {
    mock!(Client::decrypt)
        .match_requests(|input| {
            input.key_id() == Some(KEY)
                && input.dry_run() == Some(true)
                && input.dry_run_modifiers() == [DryRunModifierType::IgnoreCiphertext]
                && input.encryption_context().is_some_and(|it| it[DRY_RUN_CONTEXT] == "orders")
        })
        .then_error(move || DecryptError::generic(metadata(answer)))
}

fn described() -> Rule {
    mock!(Client::describe_key).then_output(|| DescribeKeyOutput::builder().build())
}

fn not_described() -> Rule {
    mock!(Client::describe_key).then_error(|| DescribeKeyError::generic(metadata(NO_RESOURCE)))
}

async fn look(rules: &[&Rule], elapsed_seconds: u32) -> Result<Vec<Seen>, StepError> {
    let kms = mock_client!(aws_sdk_kms, RuleMode::MatchAny, rules);
    let (session, id) = (session(), RestoreId::try_from("orders").unwrap());
    look_at(&kms, after(elapsed_seconds, &session), &id, &[grant()]).await
}

async fn availability(rules: &[&Rule], elapsed_seconds: u32) -> Availability {
    look(rules, elapsed_seconds).await.unwrap().remove(0).availability
}

#[tokio::test]
async fn a_key_that_would_serve_is_there_and_is_asked_nothing_more() {
    let (decrypt, describe) = (decrypt(WOULD_SUCCEED), not_described());

    assert_eq!(availability(&[&decrypt, &describe], 0).await, Availability::Ready);
    assert_eq!((decrypt.num_calls(), describe.num_calls()), (1, 0));
}

#[tokio::test]
async fn a_grant_that_has_not_spread_is_waited_for_in_words() {
    for elapsed in [0, 299, 599] {
        let mut seen = look(&[&decrypt(NO_RESOURCE), &described()], elapsed).await.unwrap();
        let seen = seen.remove(0);

        assert_eq!(seen.availability, PENDING, "after {elapsed} s");
        assert_eq!(seen.what, format!("key {KEY}"));
        assert_eq!(seen.state, "does not answer to the grant restore:orders yet");
    }
}

#[tokio::test]
async fn a_key_that_never_answers_is_told_with_the_role_the_grant_and_awss_words() {
    for rules in [[decrypt(NO_RESOURCE), described()], [decrypt(UNSAID), not_described()]] {
        let error = look(&[&rules[0], &rules[1]], 600).await.unwrap_err();

        assert_eq!(error.name(), ErrorName::AccessDenied);
        for part in [KEY, "role/restore-target", "restore:orders", "600 s", "no resource-based"] {
            assert!(error.to_string().contains(part), "{part}: {error}");
        }
    }
}

#[tokio::test]
async fn a_role_that_may_use_the_key_only_through_services_knows_the_grant_by_what_is_denied() {
    // The key's side is there: it is the role's own policies that deny the direct call.
    let rules = [decrypt(NO_IDENTITY), described()];
    assert_eq!(availability(&[&rules[0], &rules[1]], 0).await, Availability::Ready);

    let rules = [decrypt(NO_IDENTITY), not_described()];
    assert_eq!(availability(&[&rules[0], &rules[1]], 0).await, PENDING);
}

#[tokio::test]
async fn where_aws_does_not_say_what_is_missing_the_wait_is_as_long_as_a_grant_may_take() {
    for (elapsed, expected) in [(599, PENDING), (600, Availability::Ready)] {
        let rules = [decrypt(UNSAID), described()];
        assert_eq!(availability(&[&rules[0], &rules[1]], elapsed).await, expected);
    }
}

#[tokio::test]
async fn a_key_that_cannot_serve_is_not_waited_for() {
    for (code, name) in [
        ("DisabledException", ErrorName::KeyNotUsable),
        ("KMSInvalidStateException", ErrorName::KeyNotUsable),
        ("ThrottlingException", ErrorName::Throttled),
    ] {
        let error = look(&[&decrypt((code, "no"))], 0).await.unwrap_err();

        assert_eq!(error.name(), name);
        assert!(error.to_string().contains(KEY), "{error}");
    }
}

#[tokio::test]
async fn without_grants_no_key_is_asked() {
    let decrypt = decrypt(NO_RESOURCE);
    let kms = mock_client!(aws_sdk_kms, RuleMode::MatchAny, [&decrypt]);
    let id = RestoreId::try_from("orders").unwrap();

    assert_eq!(look_at(&kms, after(0, &session()), &id, &[]).await.unwrap(), []);
    assert_eq!(decrypt.num_calls(), 0);
}
