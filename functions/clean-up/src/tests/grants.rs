//! Grants on the keys of the source's snapshots.

use aws_sdk_kms::Client;
use aws_sdk_kms::error::ErrorMetadata;
use aws_sdk_kms::operation::list_grants::{ListGrantsError, ListGrantsOutput};
use aws_sdk_kms::operation::revoke_grant::{RevokeGrantError, RevokeGrantOutput};
use aws_sdk_kms::types::GrantListEntry;
use aws_sdk_rds::operation::describe_db_snapshots::DescribeDbSnapshotsOutput;
use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
use restore::Flow;
use restore::plan::KeyGrant;
use restore::poll::SETTLED_SECONDS;
use serde_json::json;

use super::example::{request, source};
use crate::clean;
use crate::place::Place;
use crate::request::{Left, Reason, Request, Response};
use crate::sweep::Sweep;

const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const ROLE: &str = "arn:aws:iam::444455556666:role/restore";
const TOLD: &str = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab \
                    (grant restore:orders to arn:aws:iam::444455556666:role/restore)";

fn grant() -> KeyGrant {
    serde_json::from_value(json!({
        "kmsKeyId": KEY, "name": "restore:orders", "granteePrincipal": ROLE,
        "operations": ["Decrypt"],
    }))
    .unwrap()
}

/// A call after an RDS restore with a grant, `elapsed_seconds` into its clean-up.
fn after(reason: Reason, elapsed_seconds: u32) -> Request {
    let mut request = request(Flow::RdsCrossAccount, reason);
    request.plan.grants = vec![grant()];
    request.elapsed_seconds = elapsed_seconds;
    request
}

/// KMS lists grants of these ids, names and grantees.
fn listing(grants: &'static [(&'static str, &'static str, &'static str)]) -> Rule {
    mock!(Client::list_grants)
        .match_requests(|input| {
            input.key_id() == Some(KEY) && input.grantee_principal() == Some(ROLE)
        })
        .then_output(move || {
            let grants = grants.iter().map(|(id, name, grantee)| {
                let one = GrantListEntry::builder().grant_id(*id).name(*name);
                one.grantee_principal(*grantee).build()
            });
            ListGrantsOutput::builder().set_grants(Some(grants.collect())).build()
        })
}

fn revoking() -> Rule {
    mock!(Client::revoke_grant)
        .match_requests(|input| input.key_id() == Some(KEY) && input.grant_id() == Some("g-ours"))
        .then_output(|| RevokeGrantOutput::builder().build())
}

fn refusing(code: &'static str) -> Rule {
    mock!(Client::revoke_grant).then_error(move || {
        RevokeGrantError::generic(ErrorMetadata::builder().code(code).message("no").build())
    })
}

async fn clean_with(list: &Rule, revoke: &Rule, request: &Request) -> Response {
    clean_by(&[list, revoke], request).await
}

async fn clean_by(kms: &[&Rule], request: &Request) -> Response {
    let none = mock!(aws_sdk_rds::Client::describe_db_snapshots)
        .then_output(|| DescribeDbSnapshotsOutput::builder().build());
    let rds = mock_client!(aws_sdk_rds, RuleMode::MatchAny, [&none]);
    let ec2 = mock_client!(aws_sdk_ec2, RuleMode::MatchAny, [] as [&Rule; 0]);
    let kms = mock_client!(aws_sdk_kms, RuleMode::MatchAny, kms.iter().copied());
    let place = Place { kms, ..source(ec2, rds) };
    clean(&[place], request, Sweep::of(request)).await.response
}

const OURS: &[(&str, &str, &str)] = &[
    ("g-another", "restore:another", ROLE),
    ("g-ours", "restore:orders", ROLE),
    ("g-elsewhere", "restore:orders", "arn:aws:iam::444455556666:role/another"),
];

#[tokio::test]
async fn exactly_this_restores_grant_is_revoked_and_told() {
    for reason in [Reason::Restored, Reason::Failed] {
        let (list, revoke) = (listing(OURS), revoking());

        let response = clean_with(&list, &revoke, &after(reason, SETTLED_SECONDS)).await;

        let cleaned_up = vec![TOLD.to_owned()];
        assert_eq!(response, Response::Done { cleaned_up, left: vec![] }, "{reason:?}");
        assert_eq!(revoke.num_calls(), 1);
    }
}

#[tokio::test]
async fn a_grant_goes_whatever_else_is_kept() {
    let mut request = after(Reason::Failed, SETTLED_SECONDS);
    request.plan.on_failure = restore::request::OnFailure::Keep;

    let response = clean_with(&listing(OURS), &revoking(), &request).await;

    assert_eq!(response, Response::Done { cleaned_up: vec![TOLD.to_owned()], left: vec![] });
}

#[tokio::test]
async fn a_grant_that_is_gone_already_is_as_good_as_revoked() {
    let revoke = refusing("NotFoundException");

    let response =
        clean_with(&listing(OURS), &revoke, &after(Reason::Failed, SETTLED_SECONDS)).await;

    assert_eq!(response, Response::Done { cleaned_up: vec![TOLD.to_owned()], left: vec![] });
}

#[tokio::test]
async fn a_grant_that_may_not_be_revoked_is_told_with_why() {
    let revoke = refusing("AccessDeniedException");

    let response = clean_with(&listing(OURS), &revoke, &after(Reason::Restored, 0)).await;

    let Response::Done { cleaned_up, left } = response else { panic!("{response:?}") };
    assert_eq!((cleaned_up.len(), left.len()), (0, 1));
    assert_eq!(left[0].resource, TOLD);
    assert!(left[0].why.contains("kms:RevokeGrant: AccessDeniedException"), "{left:?}");
}

#[tokio::test]
async fn grants_that_may_not_be_listed_are_told_as_a_place_that_nobody_knows() {
    let list = mock!(Client::list_grants).then_error(|| {
        let error = ErrorMetadata::builder().code("AccessDeniedException").message("no").build();
        ListGrantsError::generic(error)
    });

    let response = clean_with(&list, &revoking(), &after(Reason::Failed, SETTLED_SECONDS)).await;

    let Response::Done { left, .. } = response else { panic!("{response:?}") };
    let [Left { resource, why, .. }] = &left[..] else { panic!("{left:?}") };
    let place = "what this restore made in 111122223333 eu-west-1";
    assert_eq!(resource, &format!("grants on {KEY}: {place}"));
    assert!(why.contains("kms:ListGrants: AccessDeniedException"), "{why}");
}

const ANOTHER_KEY: &str =
    "arn:aws:kms:eu-west-1:111122223333:key/9876dcba-12ab-34cd-56ef-1234567890ab";

/// KMS answers so where it is asked for the grants on the other key.
fn refusing_the_other(code: &'static str) -> Rule {
    mock!(Client::list_grants)
        .match_requests(|input| input.key_id() == Some(ANOTHER_KEY))
        .then_error(move || {
            let error = ErrorMetadata::builder().code(code).message("no").build();
            ListGrantsError::generic(error)
        })
}

/// A call after a restore with a grant on each of two keys, of which KMS lists one: in the order
/// that is asked for.
fn on_two_keys(reason: Reason, elapsed_seconds: u32, the_other_first: bool) -> Request {
    let mut request = after(reason, elapsed_seconds);
    let other = KeyGrant { kms_key_id: ANOTHER_KEY.to_owned().try_into().unwrap(), ..grant() };
    request.plan.grants.insert(usize::from(!the_other_first), other);
    request
}

#[tokio::test]
async fn a_key_whose_grants_may_not_be_listed_hides_none_on_another() {
    for the_other_first in [true, false] {
        let refused = refusing_the_other("AccessDeniedException");
        let (list, revoke) = (listing(OURS), revoking());
        let request = on_two_keys(Reason::Failed, SETTLED_SECONDS, the_other_first);

        let response = clean_by(&[&list, &refused, &revoke], &request).await;

        let Response::Done { cleaned_up, left } = response else { panic!("{response:?}") };
        assert_eq!((cleaned_up, revoke.num_calls()), (vec![TOLD.to_owned()], 1));
        let [Left { resource, .. }] = &left[..] else { panic!("{left:?}") };
        assert!(resource.starts_with(&format!("grants on {ANOTHER_KEY}: ")), "{resource}");
    }
}

#[tokio::test]
async fn a_key_that_is_gone_has_no_grants() {
    let gone = refusing_the_other("NotFoundException");
    let (list, revoke) = (listing(OURS), revoking());

    let request = on_two_keys(Reason::Restored, 0, true);
    let response = clean_by(&[&list, &gone, &revoke], &request).await;

    assert_eq!(response, Response::Done { cleaned_up: vec![TOLD.to_owned()], left: vec![] });
}

#[tokio::test]
async fn of_a_key_whose_grants_are_listed_it_is_waited_until_kms_must_know_of_them() {
    let refused = refusing_the_other("AccessDeniedException");
    let list = listing(&[]);
    let revoke = revoking();

    let request = on_two_keys(Reason::Failed, SETTLED_SECONDS, true);
    let response = clean_by(&[&list, &refused, &revoke], &request).await;

    let Response::Pending { waiting_for, left, .. } = response else { panic!("{response:?}") };
    assert_eq!(waiting_for, format!("until KMS must know of any grant on {KEY}"));
    assert_eq!(left.len(), 1);
}

#[tokio::test]
async fn that_no_grant_is_left_after_a_failure_is_believed_once_kms_must_know() {
    for (elapsed, is_done) in [(0, false), (299, false), (300, true)] {
        let (list, revoke) = (listing(&[]), revoking());

        let response = clean_with(&list, &revoke, &after(Reason::Failed, elapsed)).await;

        match &response {
            Response::Pending { waiting_for, .. } => assert!(waiting_for.contains(KEY)),
            Response::Done { left, .. } => assert_eq!(left, &[]),
        }
        assert_eq!(matches!(response, Response::Done { .. }), is_done, "after {elapsed} s");
        assert_eq!(revoke.num_calls(), 0);
    }
}

#[tokio::test]
async fn nothing_is_waited_for_where_the_grant_was_used_or_has_been_revoked() {
    let restored = after(Reason::Restored, 0);
    let revoked =
        Request { cleaned_up: vec![TOLD.to_owned()], ..after(Reason::Failed, SETTLED_SECONDS) };
    for request in [restored, revoked] {
        let response = clean_with(&listing(&[]), &revoking(), &request).await;

        let cleaned_up = request.cleaned_up.clone();
        assert_eq!(response, Response::Done { cleaned_up, left: vec![] }, "{:?}", request.reason);
    }
}

#[tokio::test]
async fn without_grants_in_the_plan_kms_is_not_asked() {
    let (list, revoke) = (listing(OURS), revoking());
    let mut request = after(Reason::Failed, SETTLED_SECONDS);
    request.plan.grants.clear();

    let response = clean_with(&list, &revoke, &request).await;

    assert_eq!(response, Response::Done { cleaned_up: vec![], left: vec![] });
    assert_eq!((list.num_calls(), revoke.num_calls()), (0, 0));
}
