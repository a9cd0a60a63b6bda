//! Dry runs against a mocked KMS and IAM.

use aws_sdk_iam::operation::simulate_principal_policy::{
    SimulatePrincipalPolicyError, SimulatePrincipalPolicyOutput,
};
use aws_sdk_iam::types::{EvaluationResult, PolicyEvaluationDecisionType};
use aws_sdk_kms::error::ErrorMetadata;
use aws_sdk_kms::operation::create_grant::CreateGrantError;
use aws_sdk_kms::operation::decrypt::DecryptError;
use aws_sdk_kms::operation::get_key_policy::GetKeyPolicyOutput;
use aws_sdk_kms::operation::list_grants::ListGrantsOutput;
use aws_sdk_kms::operation::re_encrypt::ReEncryptError;
use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
use restore::Service;
use restore::preflight::{BelongsIn, Proof};

use super::*;
use crate::accounts::Clients;
use crate::accounts::tests::clients;

const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
/// It leaves the account's roles to their own policies.
const OPEN: &str = r#"{ "Statement": {
    "Effect": "Allow", "Principal": { "AWS": "111122223333" }, "Action": "kms:*", "Resource": "*"
} }"#;

macro_rules! answering {
    ($call:ident, $error:ident, $code:expr, $message:expr) => {
        mock!(Client::$call).then_error(|| {
            let error = ErrorMetadata::builder().code($code).message($message).build();
            $error::generic(error)
        })
    };
}

fn need(action: &'static str) -> Need {
    Need {
        service: Service::Ec2,
        session: clients().session,
        action,
        resource: KEY.to_owned(),
        made: false,
        own_grant: None,
        granted: false,
        needed_for: vec!["copy-snapshot".to_owned()],
    }
}

fn policy() -> Rule {
    mock!(Client::get_key_policy).then_output(|| GetKeyPolicyOutput::builder().policy(OPEN).build())
}

/// IAM simulates `decision` for every action.
fn simulating(action: &'static str, decision: PolicyEvaluationDecisionType) -> Rule {
    mock!(aws_sdk_iam::Client::simulate_principal_policy).then_output(move || {
        let result = EvaluationResult::builder()
            .eval_action_name(action)
            .eval_decision(decision.clone())
            .build()
            .unwrap();
        SimulatePrincipalPolicyOutput::builder().evaluation_results(result).build()
    })
}

fn not_simulating() -> Rule {
    mock!(aws_sdk_iam::Client::simulate_principal_policy).then_error(|| {
        let error = ErrorMetadata::builder().code("AccessDenied").message("no").build();
        SimulatePrincipalPolicyError::generic(error)
    })
}

async fn proofs(kms: &[&Rule], iam: &Rule, actions: &[&'static str]) -> Vec<(String, Proof)> {
    proofs_of(kms, iam, actions.iter().map(|action| need(action)).collect()).await
}

async fn proofs_of(kms: &[&Rule], iam: &Rule, needs: Vec<Need>) -> Vec<(String, Proof)> {
    let clients = Clients {
        kms: mock_client!(aws_sdk_kms, RuleMode::MatchAny, kms),
        iam: mock_client!(aws_sdk_iam, RuleMode::MatchAny, [iam]),
        ..clients()
    };
    let accounts = Accounts { source: Some(clients.clone()), ..Accounts::default() };
    let group =
        Group { clients: &clients, resource: KEY, needs: needs.iter().enumerate().collect() };
    let restore_id = RestoreId::try_from("orders-1").unwrap();
    let rows = prove(&accounts, &KeyBook::default(), &restore_id, &group).await.unwrap();
    rows.into_iter().map(|(_, row)| (row.action, row.proof)).collect()
}

#[tokio::test]
async fn a_dry_run_that_would_succeed_asks_for_nothing_more() {
    let decrypt = mock!(Client::decrypt)
        .match_requests(|request| {
            request.dry_run() == Some(true)
                && request.dry_run_modifiers() == [DryRunModifierType::IgnoreCiphertext]
                && request
                    .encryption_context()
                    .is_some_and(|context| context["restore:preflight"] == "orders-1")
        })
        .then_error(|| {
            let error = ErrorMetadata::builder().code("DryRunOperationException").build();
            DecryptError::generic(error)
        });
    let (policy, iam) = (policy(), not_simulating());

    let proven = proofs(&[&decrypt, &policy], &iam, &["kms:Decrypt"]).await;

    assert_eq!(proven, [("kms:Decrypt".to_owned(), Proof::ALLOWED)]);
    assert_eq!((policy.num_calls(), iam.num_calls()), (0, 0));
}

#[tokio::test]
async fn a_grant_for_services_is_proven_by_the_key_policy_and_the_simulated_role() {
    const DENIED: &str = "because no identity-based policy allows the kms:CreateGrant action";
    let grant = || answering!(create_grant, CreateGrantError, "AccessDeniedException", DENIED);
    let allows = simulating("kms:CreateGrant", PolicyEvaluationDecisionType::Allowed);
    let denies = simulating("kms:CreateGrant", PolicyEvaluationDecisionType::ImplicitDeny);

    let allowed = proofs(&[&grant(), &policy()], &allows, &["kms:CreateGrant"]).await;
    let refused = proofs(&[&grant(), &policy()], &denies, &["kms:CreateGrant"]).await;
    let unknown = proofs(&[&grant(), &policy()], &not_simulating(), &["kms:CreateGrant"]).await;

    assert!(matches!(&allowed[..], [(_, Proof::Allowed { why: Some(_) })]), "{allowed:?}");
    let [(_, Proof::Denied { belongs_in, .. })] = &refused[..] else { panic!("{refused:?}") };
    assert_eq!(*belongs_in, BelongsIn::Role);
    assert!(matches!(&unknown[..], [(_, Proof::CannotBeProven { .. })]), "{unknown:?}");
}

#[tokio::test]
async fn of_a_denied_re_encryption_only_the_half_that_aws_names_is_denied() {
    const DENIED: &str = "not authorized to perform: kms:ReEncryptFrom because no identity-based policy allows the kms:ReEncryptFrom action";
    let re_encrypt = answering!(re_encrypt, ReEncryptError, "AccessDeniedException", DENIED);
    let decrypt = answering!(decrypt, DecryptError, "DryRunOperationException", "yes");
    let rules = [&re_encrypt, &decrypt, &policy()];

    let proven = proofs(&rules, &not_simulating(), &["kms:Decrypt", FROM, TO]).await;

    let [(_, decrypt), (_, from), (_, to)] = &proven[..] else { panic!("{proven:?}") };
    assert_eq!(*decrypt, Proof::ALLOWED);
    assert!(matches!(from, Proof::Denied { belongs_in: BelongsIn::Role, .. }), "{from:?}");
    assert!(matches!(to, Proof::CannotBeProven { .. }), "{to:?}");
}

/// The need for giving, finding or revoking a grant of the restore.
fn of_grant(action: &'static str) -> Need {
    let grant = KeyGrant {
        kms_key_id: KEY.try_into().unwrap(),
        name: "restore:orders-1".to_owned(),
        grantee_principal: "arn:aws:iam::444455556666:role/restore-target".try_into().unwrap(),
        operations: vec!["Decrypt".to_owned(), "DescribeKey".to_owned()],
    };
    Need { own_grant: Some(grant), ..need(action) }
}

#[tokio::test]
async fn a_grant_to_give_is_tried_as_it_will_be_given() {
    let give = mock!(Client::create_grant)
        .match_requests(|input| {
            let operations: Vec<&str> =
                input.operations().iter().map(GrantOperation::as_str).collect();
            input.dry_run() == Some(true)
                && input.name() == Some("restore:orders-1")
                && input.grantee_principal()
                    == Some("arn:aws:iam::444455556666:role/restore-target")
                && operations == ["Decrypt", "DescribeKey"]
                && input.constraints().is_none()
        })
        .then_error(|| {
            let error = ErrorMetadata::builder().code("DryRunOperationException").build();
            CreateGrantError::generic(error)
        });
    let list = mock!(Client::list_grants).then_output(|| ListGrantsOutput::builder().build());
    let needs = ["kms:CreateGrant", "kms:ListGrants"].map(of_grant).to_vec();

    let proven = proofs_of(&[&give, &list], &not_simulating(), needs).await;

    let expected = ["kms:CreateGrant", "kms:ListGrants"].map(|it| (it.to_owned(), Proof::ALLOWED));
    assert_eq!(proven, expected);
    assert_eq!((give.num_calls(), list.num_calls()), (1, 1));
}

#[tokio::test]
async fn a_grant_to_revoke_is_proven_by_the_policies_since_there_is_none_to_try_it_on() {
    let allows = simulating("kms:RevokeGrant", PolicyEvaluationDecisionType::Allowed);
    let denies = simulating("kms:RevokeGrant", PolicyEvaluationDecisionType::ImplicitDeny);

    let allowed = proofs_of(&[&policy()], &allows, vec![of_grant("kms:RevokeGrant")]).await;
    let refused = proofs_of(&[&policy()], &denies, vec![of_grant("kms:RevokeGrant")]).await;

    assert!(matches!(&allowed[..], [(_, Proof::Allowed { why: Some(_) })]), "{allowed:?}");
    let [(_, Proof::Denied { belongs_in, .. })] = &refused[..] else { panic!("{refused:?}") };
    assert_eq!(*belongs_in, BelongsIn::Role);
}
