//! What is proven where the restore gives grants.

use super::*;
use crate::plan::KeyGrant;

/// The restore role's need, which a grant will give.
fn granted(action: &'static str) -> Need {
    Need { granted: true, ..need(action) }
}

/// The source role's need for giving, finding or revoking that grant.
fn giving(action: &'static str) -> Need {
    let need = need(action);
    let role = "arn:aws:iam::111122223333:role/restore-source";
    let grant = KeyGrant {
        kms_key_id: need.resource.as_str().try_into().unwrap(),
        name: "restore:orders".to_owned(),
        grantee_principal: need.session.role_arn.clone(),
        operations: vec!["Decrypt".to_owned()],
    };
    let session = crate::Session { role_arn: role.try_into().unwrap(), ..need.session.clone() };
    Need { session, own_grant: Some(grant), ..need }
}

fn proofs(need: &Need, answer: Answer, policy: &PolicyOfKey, own: OwnPolicy) -> Vec<Proof> {
    let answers = BTreeMap::from([(need.action, answer)]);
    let own = BTreeMap::from([(need.action, own)]);
    judge(need, &KeyEvidence { answers: &answers, policy, own: &own })
}

fn denying(condition: Option<&serde_json::Value>) -> PolicyOfKey {
    let mut statement = allow(&json!("kms:Decrypt"));
    statement["Effect"] = json!("Deny");
    read(&json!([condition.map_or(statement.clone(), |it| when(statement, it))]))
}

#[test]
fn what_a_grant_will_give_needs_nothing_of_the_key_policy() {
    let elsewhere = || Answer::Denied(ELSEWHERE.to_owned());
    let explicit = || OwnPolicy::Denies { why: "explicitDeny".to_owned(), explicit: true };
    let unknown = || OwnPolicy::Unknown("iam:SimulatePrincipalPolicy is denied".to_owned());
    let org = json!({ "StringNotEquals": { "aws:PrincipalOrgID": "o-1" } });
    for (name, policy, own, expected) in [
        ("silent key", silent(), OwnPolicy::Allows, Verdict::Allowed),
        ("unreadable key", unreadable(), OwnPolicy::Allows, Verdict::Allowed),
        ("a deny of the key's", denying(None), OwnPolicy::Allows, Verdict::Denied(BY_KEY.to_vec())),
        ("a deny that may hold", denying(Some(&org)), OwnPolicy::Allows, Verdict::Unproven),
        ("a role without leave", silent(), denies(), Verdict::Denied(BY_ROLE.to_vec())),
        ("a deny of the role's", silent(), explicit(), Verdict::Denied(BY_ROLE.to_vec())),
        ("a role of which nothing is known", silent(), unknown(), Verdict::Unproven),
    ] {
        let told = proofs(&granted("kms:Decrypt"), elsewhere(), &policy, own);
        assert_eq!(verdict(&told), expected, "{name}: {told:?}");
    }
}

#[test]
fn what_a_grant_will_give_says_so() {
    let elsewhere = Answer::Denied(ELSEWHERE.to_owned());
    let told = proofs(&granted("kms:CreateGrant"), elsewhere, &silent(), OwnPolicy::Allows);

    let [Proof::Allowed { why: Some(why) }] = &told[..] else { panic!("{told:?}") };
    assert_eq!(why, "by the grant that the restore will give and the role's policies");
}

#[test]
fn a_role_that_may_not_give_a_grant_itself_is_told_whatever_services_may() {
    let services = read(&json!([when(
        allow(&json!(["kms:CreateGrant", "kms:RevokeGrant"])),
        &json!({ "Bool": { "kms:GrantIsForAWSResource": "true" } }),
    )]));
    let mut account = allow(&json!("kms:*"));
    account["Principal"] = json!({ "AWS": "111122223333" });
    let account = read(&json!([account]));
    let no_identity = || Answer::Denied(NO_IDENTITY.to_owned());
    let untried = || Answer::Other("it has no dry run".to_owned());
    let both = || Verdict::Denied(vec![BelongsIn::KeyPolicy, BelongsIn::Role]);
    for (action, answer, policy, own, expected) in [
        ("kms:CreateGrant", Answer::Succeeds, &services, denies(), Verdict::Allowed),
        ("kms:CreateGrant", no_identity(), &services, denies(), both()),
        ("kms:CreateGrant", no_identity(), &account, denies(), Verdict::Denied(BY_ROLE.to_vec())),
        ("kms:RevokeGrant", untried(), &account, OwnPolicy::Allows, Verdict::Allowed),
        ("kms:RevokeGrant", untried(), &account, denies(), Verdict::Denied(BY_ROLE.to_vec())),
        (
            "kms:RevokeGrant",
            untried(),
            &services,
            OwnPolicy::Allows,
            Verdict::Denied(BY_KEY.to_vec()),
        ),
    ] {
        let told = proofs(&giving(action), answer, policy, own);
        assert_eq!(verdict(&told), expected, "{action}: {told:?}");
    }
}

#[test]
fn of_a_condition_that_nobody_can_judge_the_denial_of_the_roles_own_call_tells() {
    let principal =
        json!({ "StringEquals": { "aws:PrincipalArn": "arn:aws:iam::111122223333:root" } });
    let actions = json!(["kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant"]);
    let mut conditioned = when(allow(&actions), &principal);
    conditioned["Principal"] = json!({ "AWS": "*" });
    let conditioned = read(&json!([conditioned]));
    let no_resource = || Answer::Denied(NO_RESOURCE.to_owned());
    let untried = || Answer::Other("it has no dry run".to_owned());
    for (need, answer, expected) in [
        (giving("kms:ListGrants"), no_resource(), Verdict::Denied(BY_KEY.to_vec())),
        (giving("kms:CreateGrant"), no_resource(), Verdict::Denied(BY_KEY.to_vec())),
        (giving("kms:RevokeGrant"), untried(), Verdict::Unproven),
        // That of a service's may meet it.
        (need("kms:CreateGrant"), no_resource(), Verdict::Unproven),
    ] {
        let told = proofs(&need, answer, &conditioned, OwnPolicy::Allows);
        assert_eq!(verdict(&told), expected, "{need:?}: {told:?}");
    }
}

#[test]
fn the_statement_for_a_grant_names_who_may_be_given_it() {
    let no_identity = Answer::Denied(NO_IDENTITY.to_owned());
    let told = proofs(&giving("kms:CreateGrant"), no_identity, &unreadable(), denies());

    let [Proof::Denied { statement, belongs_in: BelongsIn::Role, .. }] = &told[..] else {
        panic!("{told:?}")
    };
    assert_eq!(statement.sid, "RestoreGivesGrants");
    assert_eq!(
        serde_json::to_value(&statement.condition).unwrap(),
        json!({ "StringEquals": {
            "kms:GranteePrincipal": "arn:aws:iam::444455556666:role/restore-target",
        } })
    );
}
