//! What an answer of IAM's simulation is taken for.

use aws_sdk_iam::types::ResourceSpecificResult;

use super::*;

fn result(decision: PolicyEvaluationDecisionType, missing: &[&str]) -> EvaluationResult {
    let missing: Vec<String> = missing.iter().map(ToString::to_string).collect();
    EvaluationResult::builder()
        .eval_action_name("kms:CreateGrant")
        .eval_decision(decision)
        .set_missing_context_values(Some(missing))
        .build()
        .unwrap()
}

#[test]
fn a_denial_is_one_only_where_no_condition_key_was_missing() {
    use PolicyEvaluationDecisionType::{Allowed, ImplicitDeny};

    assert_eq!(verdict(&result(Allowed, &["aws:SourceIp"])), OwnPolicy::Allows);
    assert!(matches!(verdict(&result(ImplicitDeny, &[])), OwnPolicy::Denies { .. }));
    let OwnPolicy::Unknown(why) = verdict(&result(ImplicitDeny, &["aws:SourceIp"])) else {
        panic!("it is known")
    };
    assert!(why.contains("aws:SourceIp"), "{why}");
}

#[test]
fn what_iam_says_of_the_resource_stands_over_what_it_says_of_all() {
    let on_key = ResourceSpecificResult::builder()
        .eval_resource_name("arn:aws:kms:eu-west-1:111122223333:key/1")
        .eval_resource_decision(PolicyEvaluationDecisionType::ImplicitDeny)
        .missing_context_values("aws:PrincipalTag/team")
        .build()
        .unwrap();
    let mut answer = result(PolicyEvaluationDecisionType::Allowed, &[]);
    answer.resource_specific_results = Some(vec![on_key]);

    let OwnPolicy::Unknown(why) = verdict(&answer) else { panic!("it is known") };
    assert!(why.contains("aws:PrincipalTag/team"), "{why}");
}
