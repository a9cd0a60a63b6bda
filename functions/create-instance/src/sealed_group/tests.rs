use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use aws_sdk_ec2::error::ErrorMetadata;
use aws_sdk_ec2::operation::create_security_group::{
    CreateSecurityGroupError, CreateSecurityGroupOutput,
};
use aws_sdk_ec2::operation::describe_security_groups::DescribeSecurityGroupsOutput;
use aws_sdk_ec2::operation::revoke_security_group_egress::RevokeSecurityGroupEgressOutput;
use aws_sdk_ec2::types::{IpRange, Ipv6Range, Tag};
use aws_smithy_mocks::{MockResponse, Rule, RuleMode, mock, mock_client};

use super::*;
use crate::example::{GROUP_NAME, launch, restore_id, session};

fn everything() -> IpPermission {
    IpPermission::builder()
        .ip_protocol("-1")
        .ip_ranges(IpRange::builder().cidr_ip("0.0.0.0/0").build())
        .ipv6_ranges(Ipv6Range::builder().cidr_ipv6("::/0").build())
        .build()
}

fn group(of: &str, ingress: Vec<IpPermission>, egress: Vec<IpPermission>) -> SecurityGroup {
    SecurityGroup::builder()
        .group_id("sg-1")
        .group_name(GROUP_NAME)
        .tags(Tag::builder().key(tag::ID).value(of).build())
        .set_ip_permissions(Some(ingress))
        .set_ip_permissions_egress(Some(egress))
        .build()
}

fn found(group: impl Fn() -> Option<SecurityGroup> + Send + Sync + 'static) -> Rule {
    mock!(Client::describe_security_groups).then_output(move || {
        let groups = group().into_iter().collect();
        DescribeSecurityGroupsOutput::builder().set_security_groups(Some(groups)).build()
    })
}

fn revoke() -> Rule {
    mock!(Client::revoke_security_group_egress)
        .match_requests(|request| {
            request.group_id() == Some("sg-1") && request.ip_permissions() == [everything()]
        })
        .then_output(|| RevokeSecurityGroupEgressOutput::builder().build())
}

/// A security group that is there once `CreateSecurityGroup` was called, which answers `code`.
fn made_on_creation(code: Option<&'static str>) -> (Rule, Rule) {
    let made = Arc::new(AtomicBool::new(false));
    let seen = made.clone();
    let describe = found(move || {
        seen.load(Ordering::SeqCst).then(|| group("orders", vec![], vec![everything()]))
    });
    let create = mock!(Client::create_security_group)
        .match_requests(|request| {
            let [own] = request.tag_specifications() else { return false };
            request.group_name() == Some(GROUP_NAME)
                && request.vpc_id() == Some("vpc-1")
                && tags::value(own.tags(), tag::ID) == Some("orders")
                && tags::value(own.tags(), tag::STEP) == Some("seal-instance")
        })
        .then_compute_response(move |_| {
            made.store(true, Ordering::SeqCst);
            match code {
                Some(code) => MockResponse::Error(CreateSecurityGroupError::generic(
                    ErrorMetadata::builder().code(code).build(),
                )),
                None => MockResponse::Output(
                    CreateSecurityGroupOutput::builder().group_id("sg-1").build(),
                ),
            }
        });
    (describe, create)
}

#[test]
fn only_a_group_of_this_restore_without_inbound_rules_is_sealed() {
    let all = || vec![everything()];
    for (group, rules) in [
        (group("orders", vec![], all()), Ok(all())),
        (group("orders", vec![], vec![]), Ok(vec![])),
        (group("orders", all(), vec![]), Err(ErrorName::AlreadyExists)),
        (group("other", vec![], vec![]), Err(ErrorName::AlreadyExists)),
    ] {
        let planned = rules_to_revoke(&restore_id(), &group).map_err(|error| error.name());
        assert_eq!(planned, rules, "{group:?}");
    }
}

#[tokio::test]
async fn a_new_group_is_sealed_before_it_is_answered() {
    let ((describe, create), revoke) = (made_on_creation(None), revoke());
    let ec2 = mock_client!(aws_sdk_ec2, RuleMode::MatchAny, [&describe, &create, &revoke]);

    let id = make(&ec2, &restore_id(), &session(), &launch()).await.unwrap();

    assert_eq!((id.as_str(), create.num_calls(), revoke.num_calls()), ("sg-1", 1, 1));
}

#[tokio::test]
async fn a_retry_seals_the_group_that_the_first_attempt_left_open() {
    let describe = found(|| Some(group("orders", vec![], vec![everything()])));
    let revoke = revoke();
    let ec2 = mock_client!(aws_sdk_ec2, RuleMode::MatchAny, [&describe, &revoke]);

    make(&ec2, &restore_id(), &session(), &launch()).await.unwrap();

    assert_eq!(revoke.num_calls(), 1);
}

#[tokio::test]
async fn a_sealed_group_is_left_as_it_is() {
    let describe = found(|| Some(group("orders", vec![], vec![])));
    let revoke = revoke();
    let ec2 = mock_client!(aws_sdk_ec2, RuleMode::MatchAny, [&describe, &revoke]);

    make(&ec2, &restore_id(), &session(), &launch()).await.unwrap();

    assert_eq!(revoke.num_calls(), 0);
}

#[tokio::test]
async fn a_group_made_by_a_call_whose_answer_was_lost_is_adopted() {
    let (describe, create) = made_on_creation(Some("InvalidGroup.Duplicate"));
    let revoke = revoke();
    let ec2 = mock_client!(aws_sdk_ec2, RuleMode::MatchAny, [&describe, &create, &revoke]);

    let id = make(&ec2, &restore_id(), &session(), &launch()).await.unwrap();

    assert_eq!((id.as_str(), revoke.num_calls()), ("sg-1", 1));
}

#[tokio::test]
async fn somebody_elses_group_of_that_name_is_not_touched() {
    let describe = found(|| Some(group("other", vec![], vec![everything()])));
    let revoke = revoke();
    let ec2 = mock_client!(aws_sdk_ec2, RuleMode::MatchAny, [&describe, &revoke]);

    let error = make(&ec2, &restore_id(), &session(), &launch()).await.unwrap_err();

    assert_eq!((error.name(), revoke.num_calls()), (ErrorName::AlreadyExists, 0));
    assert!(error.to_string().contains(GROUP_NAME), "{error}");
}

#[tokio::test]
async fn a_group_that_keeps_a_rule_is_not_launched_into() {
    let describe = found(|| Some(group("orders", vec![], vec![everything()])));
    let revoke = mock!(Client::revoke_security_group_egress).then_output(|| {
        RevokeSecurityGroupEgressOutput::builder().unknown_ip_permissions(everything()).build()
    });
    let ec2 = mock_client!(aws_sdk_ec2, RuleMode::MatchAny, [&describe, &revoke]);

    let error = make(&ec2, &restore_id(), &session(), &launch()).await.unwrap_err();

    assert_eq!(error.name(), ErrorName::Unexpected);
}

#[tokio::test]
async fn a_group_that_is_not_visible_yet_is_looked_for_again_later() {
    let describe = found(|| None);
    let create = mock!(Client::create_security_group)
        .then_output(|| CreateSecurityGroupOutput::builder().build());
    let ec2 = mock_client!(aws_sdk_ec2, RuleMode::MatchAny, [&describe, &create]);

    let error = make(&ec2, &restore_id(), &session(), &launch()).await.unwrap_err();

    assert_eq!(error.name(), ErrorName::Throttled);
}
