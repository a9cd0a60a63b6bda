//! Grants on the snapshots' keys.

use aws_sdk_kms::Client;
use aws_sdk_kms::error::ErrorMetadata;
use aws_sdk_kms::operation::create_grant::{CreateGrantError, CreateGrantOutput};
use aws_sdk_kms::types::GrantOperation;
use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
use serde_json::json;

use super::*;

const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const ROLE: &str = "arn:aws:iam::444455556666:role/restore-target";

fn grant() -> KeyGrant {
    serde_json::from_value(json!({
        "kmsKeyId": KEY,
        "name": "restore:orders",
        "granteePrincipal": ROLE,
        "operations": ["DescribeKey", "Decrypt", "CreateGrant"],
    }))
    .unwrap()
}

/// KMS takes a grant of exactly these parameters.
fn taking() -> Rule {
    mock!(Client::create_grant)
        .match_requests(|input| {
            let operations: Vec<&str> =
                input.operations().iter().map(GrantOperation::as_str).collect();
            input.key_id() == Some(KEY)
                && input.name() == Some("restore:orders")
                && input.grantee_principal() == Some(ROLE)
                && operations == ["DescribeKey", "Decrypt", "CreateGrant"]
                && input.constraints().is_none()
                && input.retiring_principal().is_none()
                && input.dry_run() != Some(true)
        })
        .then_output(|| CreateGrantOutput::builder().grant_id("g-1").grant_token("t").build())
}

async fn give_with(rule: &Rule, grants: &[KeyGrant]) -> Result<(), StepError> {
    let kms = mock_client!(aws_sdk_kms, RuleMode::MatchAny, [rule]);
    let session = request(Service::Ec2, &[]).hop.session;
    give(&kms, &session, grants).await
}

#[tokio::test]
async fn each_grant_is_given_by_the_name_and_parameters_that_make_a_second_time_the_first() {
    let kms = taking();

    give_with(&kms, &[grant()]).await.unwrap();
    give_with(&kms, &[grant()]).await.unwrap();

    assert_eq!(kms.num_calls(), 2);
}

#[tokio::test]
async fn without_grants_kms_is_not_called() {
    let kms = taking();

    give_with(&kms, &[]).await.unwrap();

    assert_eq!(kms.num_calls(), 0);
}

#[tokio::test]
async fn a_grant_that_is_refused_names_the_call_the_key_and_the_role() {
    for (code, name) in [
        ("AccessDeniedException", ErrorName::AccessDenied),
        ("DisabledException", ErrorName::KeyNotUsable),
        ("LimitExceededException", ErrorName::LimitReached),
    ] {
        let refusing = mock!(Client::create_grant).then_error(move || {
            CreateGrantError::generic(ErrorMetadata::builder().code(code).message("no").build())
        });

        let error = give_with(&refusing, &[grant()]).await.unwrap_err();

        assert_eq!(error.name(), name, "{code}");
        for part in ["kms:CreateGrant", KEY, "role/restore-source"] {
            assert!(error.to_string().contains(part), "{error}");
        }
    }
}
