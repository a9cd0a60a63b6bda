//! What a reader of key policies can tell.

use serde_json::{Value, json};

use super::{Said, matches};
use crate::preflight::example::{ROLE, allow, need, policy, when};

fn said(action: &'static str, statements: &Value) -> Said {
    policy(statements).says(&need(action))
}

fn decrypt(statements: &Value) -> Said {
    said("kms:Decrypt", statements)
}

fn allowed() -> Said {
    Said::Allowed { sid: "Use".to_owned(), names_role: true }
}

fn allowed_to_account() -> Said {
    Said::Allowed { sid: "Use".to_owned(), names_role: false }
}

#[test]
fn a_statement_is_of_the_role_by_any_of_its_names() {
    for (principal, expected) in [
        (json!({ "AWS": ROLE }), allowed()),
        (json!({ "AWS": ["arn:aws:iam::999999999999:root", ROLE] }), allowed()),
        (json!({ "AWS": "444455556666" }), allowed_to_account()),
        (json!({ "AWS": "arn:aws:iam::444455556666:root" }), allowed_to_account()),
        (
            json!({ "AWS": "arn:aws:sts::444455556666:assumed-role/restore-target/orders" }),
            allowed(),
        ),
        (json!("*"), allowed()),
        (json!({ "AWS": "*" }), allowed()),
        (json!({ "AWS": "arn:aws:iam::444455556666:role/other" }), Said::Nothing),
        (json!({ "AWS": "111122223333" }), Said::Nothing),
        (json!({ "Service": "ec2.amazonaws.com" }), Said::Nothing),
    ] {
        let mut statement = allow(&json!("kms:Decrypt"));
        statement["Principal"] = principal.clone();
        assert_eq!(decrypt(&json!([statement])), expected, "{principal}");
    }
}

#[test]
fn an_action_is_named_in_full_or_by_wildcards_in_any_case() {
    for (actions, expected) in [
        (json!("kms:*"), allowed()),
        (json!("*"), allowed()),
        (json!(["kms:Encrypt", "KMS:decrypt"]), allowed()),
        (json!("kms:De?rypt"), allowed()),
        (json!(["kms:DescribeKey", "kms:Encrypt"]), Said::Nothing),
    ] {
        assert_eq!(decrypt(&json!([allow(&actions)])), expected, "{actions}");
    }
    let mut all_but = allow(&json!("kms:Decrypt"));
    all_but["NotAction"] = all_but["Action"].take();
    all_but.as_object_mut().unwrap().remove("Action");
    assert_eq!(decrypt(&json!([all_but])), Said::Nothing);
    assert_eq!(said("kms:Encrypt", &json!([all_but])), allowed());
}

#[test]
fn a_policy_of_one_statement_may_write_it_without_a_list() {
    assert_eq!(decrypt(&allow(&json!("kms:Decrypt"))), allowed());
}

#[test]
fn an_explicit_deny_stands_over_every_allow() {
    let mut deny = allow(&json!("kms:*"));
    deny["Effect"] = json!("Deny");
    deny["Sid"] = json!("Never");
    let statements = json!([allow(&json!("kms:Decrypt")), deny]);

    assert_eq!(decrypt(&statements), Said::Denied("Never".to_owned()));
}

#[test]
fn a_deny_under_a_condition_leaves_it_open() {
    let mut deny = allow(&json!("kms:*"));
    deny["Effect"] = json!("Deny");
    deny["Sid"] = json!("OnlyThere");
    let deny = when(deny, &json!({ "StringNotEquals": { "aws:SourceVpce": "vpce-1" } }));

    let Said::Conditioned { sid, conditions, met_by_service, .. } =
        decrypt(&json!([allow(&json!("kms:Decrypt")), deny]))
    else {
        panic!("a conditional deny decides")
    };

    assert_eq!((sid.as_str(), met_by_service), ("OnlyThere", false));
    assert!(conditions.contains("StringNotEquals aws:SourceVpce: vpce-1"), "{conditions}");
}

#[test]
fn a_condition_is_judged_by_what_a_call_through_the_service_brings() {
    let by_service = Some(true);
    let unknown = Some(false);
    for (action, condition, met) in [
        (
            "kms:Decrypt",
            json!({ "StringEquals": { "kms:ViaService": "ec2.eu-west-1.amazonaws.com" } }),
            by_service,
        ),
        (
            "kms:Decrypt",
            json!({ "StringLike": { "kms:ViaService": ["ec2.*.amazonaws.com", "s3.*"] } }),
            by_service,
        ),
        (
            "kms:Decrypt",
            json!({ "StringEquals": { "kms:ViaService": "ec2.eu-west-2.amazonaws.com" } }),
            None,
        ),
        (
            "kms:Decrypt",
            json!({ "StringEquals": { "kms:ViaService": "rds.eu-west-1.amazonaws.com" } }),
            None,
        ),
        (
            "kms:Decrypt",
            json!({ "StringEquals": { "kms:ViaService": "s3.eu-west-1.amazonaws.com" } }),
            None,
        ),
        ("kms:Decrypt", json!({ "StringEquals": { "kms:CallerAccount": "111122223333" } }), None),
        (
            "kms:Decrypt",
            json!({ "StringEquals": { "kms:EncryptionContext:aws:ebs:id": "vol-1" } }),
            unknown,
        ),
        ("kms:Decrypt", json!({ "Bool": { "kms:GrantIsForAWSResource": "true" } }), None),
        ("kms:CreateGrant", json!({ "Bool": { "kms:GrantIsForAWSResource": true } }), by_service),
        ("kms:CreateGrant", json!({ "Bool": { "kms:GrantIsForAWSResource": "false" } }), None),
    ] {
        let found = said(action, &json!([when(allow(&json!(action)), &condition)]));
        let found = match found {
            Said::Conditioned { met_by_service, .. } => Some(met_by_service),
            Said::Nothing => None,
            other => panic!("{condition}: {other:?}"),
        };
        assert_eq!(found, met, "{action} {condition}");
    }
    let of_caller = json!({ "StringEquals": { "kms:CallerAccount": ["444455556666"] } });
    assert_eq!(decrypt(&json!([when(allow(&json!("kms:Decrypt")), &of_caller)])), allowed());
}

#[test]
fn the_statement_that_asks_least_decides() {
    let via = json!({ "StringEquals": { "kms:ViaService": "ec2.eu-west-1.amazonaws.com" } });
    let free = allow(&json!("kms:Decrypt"));

    assert_eq!(decrypt(&json!([when(free.clone(), &via), free])), allowed());
}

#[test]
fn wildcards_match_as_iam_has_them() {
    for (pattern, text, expected) in [
        ("*", "", true),
        ("a*c", "abbc", true),
        ("a*c", "abb", false),
        ("a?c", "abc", true),
        ("a?c", "ac", false),
        ("**a", "aba", true),
        ("", "a", false),
    ] {
        assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
    }
}
