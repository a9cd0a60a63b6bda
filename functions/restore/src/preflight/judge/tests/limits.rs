//! Denials that name what limits a permission, over all that IAM simulates.

use super::*;

/// AWS's words for each limit (IAM/troubleshoot_access-denied), and the half that it takes away.
const LIMITS: [(&str, Limit, [BelongsIn; 1]); 9] = [
    (
        "because no service control policy allows the kms:Decrypt action",
        Limit::ServiceControlPolicy,
        BY_ROLE,
    ),
    ("with an explicit deny in a service control policy", Limit::ServiceControlPolicy, BY_ROLE),
    ("with an explicit deny in a resource control policy", Limit::ResourceControlPolicy, BY_KEY),
    (
        "because no permissions boundary allows the kms:Decrypt action",
        Limit::PermissionsBoundary,
        BY_ROLE,
    ),
    ("with an explicit deny in a permissions boundary", Limit::PermissionsBoundary, BY_ROLE),
    ("because no session policy allows the kms:Decrypt action", Limit::SessionPolicy, BY_ROLE),
    ("with an explicit deny in a session policy", Limit::SessionPolicy, BY_ROLE),
    (
        "because no VPC endpoint policy allows the kms:Decrypt action",
        Limit::VpcEndpointPolicy,
        BY_ROLE,
    ),
    ("with an explicit deny in a VPC endpoint policy", Limit::VpcEndpointPolicy, BY_ROLE),
];

/// The denial of `action` in these words, where the key's policy and IAM's simulation allow it.
fn denied(action: &'static str, words: &'static str) -> Case {
    Case { action, ..Case::decrypt(words, open()) }.with_own(OwnPolicy::Allows)
}

#[test]
fn each_limit_is_known_by_its_name_and_no_other_policy_is_one() {
    for (words, limit, _) in LIMITS {
        assert_eq!(Limit::of(words), Some(limit), "{words}");
    }
    for words in [NO_IDENTITY, NO_RESOURCE, ELSEWHERE, UNSAID] {
        assert_eq!(Limit::of(words), None, "{words}");
    }
    assert_eq!(Half::of("with an explicit deny in an identity-based policy"), Half::Role);
    assert_eq!(Half::of("with an explicit deny in a resource-based policy"), Half::KeyPolicy);
}

#[test]
fn what_iam_simulates_does_not_overrule_a_limit_that_aws_names() {
    for (words, _, half) in LIMITS {
        let told = denied("kms:Decrypt", words).beside_another().proofs();
        assert_eq!(verdict(&told), Verdict::Denied(half.to_vec()), "{words}");
        let [Proof::Denied { why, .. }] = &told[..] else { panic!("{told:?}") };
        assert_eq!(why, words);
    }
}

#[test]
fn where_no_direct_call_passes_a_limit_may_spare_the_services_and_nothing_is_proven() {
    for (words, _, _) in LIMITS {
        for case in [
            denied("kms:Decrypt", words),
            denied("kms:CreateGrant", words),
            // A limit that denies all grants but those for services denies the direct one.
            denied("kms:CreateGrant", words).beside_another(),
        ] {
            assert_eq!(case.verdict(), Verdict::Unproven, "{}: {words}", case.action);
        }
    }
}

#[test]
fn a_limit_stands_over_a_grant_to_come_and_over_a_key_policy_that_names_the_role() {
    let granted = Need { granted: true, ..need("kms:Decrypt") };
    let own_key = granted.resource.replace("111122223333", "444455556666");
    let named = Need { resource: own_key, granted: false, ..granted.clone() };
    for need in [granted, named] {
        for (words, _, half) in LIMITS {
            let answers = BTreeMap::from([
                ("kms:Decrypt", Answer::Denied(words.to_owned())),
                ("kms:GenerateDataKey", Answer::Succeeds),
            ]);
            let own = BTreeMap::from([("kms:Decrypt", OwnPolicy::Allows)]);
            let evidence = KeyEvidence { answers: &answers, policy: &open(), own: &own };
            assert_eq!(
                verdict(&judge(&need, &evidence)),
                Verdict::Denied(half.to_vec()),
                "{words}"
            );
        }
    }
}

#[test]
fn what_the_other_half_lacks_is_told_beside_it() {
    let scp = "with an explicit deny in a service control policy";
    let case = Case::decrypt(scp, silent()).with_own(OwnPolicy::Allows).beside_another();

    assert_eq!(case.verdict(), Verdict::Denied(vec![BelongsIn::KeyPolicy, BelongsIn::Role]));
}
