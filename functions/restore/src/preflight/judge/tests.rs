//! What dry runs, key policies and IAM's simulation prove together.

mod grants;
mod limits;

use serde_json::json;

use super::super::example::{allow, need, read, when};
use super::*;

const NO_IDENTITY: &str = "User: … is not authorized to perform: kms:Decrypt on resource: … because no identity-based policy allows the kms:Decrypt action";
const NO_RESOURCE: &str = "User: … is not authorized to perform: kms:Decrypt on resource: … because no resource-based policy allows the kms:Decrypt action";
const ELSEWHERE: &str = "User: … is not authorized to perform: kms:Decrypt on resource: … because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access";
const UNSAID: &str = "The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.";

/// What is proven, in a word for each half.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Allowed,
    Denied(Vec<BelongsIn>),
    Unproven,
}

const BY_KEY: [BelongsIn; 1] = [BelongsIn::KeyPolicy];
const BY_ROLE: [BelongsIn; 1] = [BelongsIn::Role];

fn verdict(proofs: &[Proof]) -> Verdict {
    let halves: Vec<BelongsIn> = proofs
        .iter()
        .filter_map(|proof| match proof {
            Proof::Denied { belongs_in, .. } => Some(*belongs_in),
            Proof::Allowed { .. } | Proof::CannotBeProven { .. } => None,
        })
        .collect();
    match proofs {
        [Proof::Allowed { .. }] => Verdict::Allowed,
        [Proof::CannotBeProven { .. }] => Verdict::Unproven,
        _ => Verdict::Denied(halves),
    }
}

/// One case: the action, AWS's words, whether another direct call passes, and what is read.
struct Case {
    action: &'static str,
    denied: &'static str,
    another_passes: bool,
    policy: PolicyOfKey,
    own: Option<OwnPolicy>,
}

impl Case {
    fn decrypt(denied: &'static str, policy: PolicyOfKey) -> Self {
        Self { action: "kms:Decrypt", denied, another_passes: false, policy, own: None }
    }

    fn grant(denied: &'static str, policy: PolicyOfKey) -> Self {
        Self { action: "kms:CreateGrant", ..Self::decrypt(denied, policy) }
    }

    fn beside_another(self) -> Self {
        Self { another_passes: true, ..self }
    }

    fn with_own(self, own: OwnPolicy) -> Self {
        Self { own: Some(own), ..self }
    }

    fn proofs(&self) -> Vec<Proof> {
        let mut answers = BTreeMap::from([
            (self.action, Answer::Denied(self.denied.to_owned())),
            // Says nothing of cryptographic calls: another statement allows it.
            ("kms:DescribeKey", Answer::Succeeds),
        ]);
        if self.another_passes {
            answers.insert("kms:GenerateDataKey", Answer::Succeeds);
        }
        let own = self.own.clone().map(|own| (self.action, own)).into_iter().collect();
        let evidence = KeyEvidence { answers: &answers, policy: &self.policy, own: &own };
        judge(&need(self.action), &evidence)
    }

    fn verdict(&self) -> Verdict {
        verdict(&self.proofs())
    }
}

fn unreadable() -> PolicyOfKey {
    PolicyOfKey::Unreadable("kms:GetKeyPolicy is denied".to_owned())
}

fn open() -> PolicyOfKey {
    read(&json!([allow(&json!("kms:*"))]))
}

fn silent() -> PolicyOfKey {
    read(&json!([allow(&json!("kms:DescribeKey"))]))
}

fn via_service() -> PolicyOfKey {
    let via = json!({ "StringEquals": { "kms:ViaService": "ec2.eu-west-1.amazonaws.com" } });
    read(&json!([when(allow(&json!("kms:*")), &via)]))
}

fn for_services() -> PolicyOfKey {
    let grant = json!({ "Bool": { "kms:GrantIsForAWSResource": "true" } });
    read(&json!([allow(&json!("kms:Decrypt")), when(allow(&json!("kms:CreateGrant")), &grant)]))
}

fn denies() -> OwnPolicy {
    OwnPolicy::Denies { why: "implicitDeny".to_owned(), explicit: false }
}

#[test]
fn a_dry_run_that_would_succeed_is_proof() {
    let answers = BTreeMap::from([("kms:Decrypt", Answer::Succeeds)]);
    let evidence = KeyEvidence { answers: &answers, policy: &unreadable(), own: &BTreeMap::new() };

    assert_eq!(judge(&need("kms:Decrypt"), &evidence), [Proof::ALLOWED]);
}

#[test]
fn a_denial_is_proof_only_where_no_condition_on_services_can_be_behind_it() {
    use Verdict::{Denied, Unproven};
    let by_key = || Denied(BY_KEY.to_vec());
    let by_role = || Denied(BY_ROLE.to_vec());
    for (name, case, expected) in [
        ("unreadable, all denied by the key", Case::decrypt(ELSEWHERE, unreadable()), Unproven),
        (
            "unreadable, all denied by the key of the account",
            Case::decrypt(NO_RESOURCE, unreadable()),
            Unproven,
        ),
        (
            "unreadable, this one denied by the key",
            Case::decrypt(ELSEWHERE, unreadable()).beside_another(),
            by_key(),
        ),
        ("unreadable, all denied by the role", Case::decrypt(NO_IDENTITY, unreadable()), Unproven),
        (
            "unreadable, this one denied by the role",
            Case::decrypt(NO_IDENTITY, unreadable()).beside_another(),
            by_role(),
        ),
        ("unreadable, nothing said", Case::decrypt(UNSAID, unreadable()), Unproven),
        (
            "unreadable, nothing said of this one",
            Case::decrypt(UNSAID, unreadable()).beside_another(),
            Denied(vec![BelongsIn::KeyPolicy, BelongsIn::Role]),
        ),
        ("no statement", Case::decrypt(ELSEWHERE, silent()), by_key()),
        (
            "no statement, another passes",
            Case::decrypt(NO_RESOURCE, silent()).beside_another(),
            by_key(),
        ),
        ("through the service alone", Case::decrypt(ELSEWHERE, via_service()), Unproven),
        (
            "allowed by the key, all denied by the role",
            Case::decrypt(NO_IDENTITY, open()),
            Unproven,
        ),
        (
            "allowed by the key, denied by the role",
            Case::decrypt(NO_IDENTITY, open()).beside_another(),
            by_role(),
        ),
        ("allowed by what is read, denied by the key", Case::decrypt(ELSEWHERE, open()), Unproven),
    ] {
        assert_eq!(case.verdict(), expected, "{name}");
    }
}

#[test]
fn a_grant_is_proven_by_the_two_policies_since_no_direct_call_can() {
    use Verdict::{Allowed, Denied, Unproven};
    let allows = || OwnPolicy::Allows;
    for (name, case, expected) in [
        ("no statement", Case::grant(ELSEWHERE, silent()), Denied(BY_KEY.to_vec())),
        ("for services", Case::grant(ELSEWHERE, for_services()).beside_another(), Unproven),
        (
            "for services, allowed to the role",
            Case::grant(ELSEWHERE, for_services()).with_own(allows()),
            Allowed,
        ),
        (
            "for services, not allowed to the role",
            Case::grant(ELSEWHERE, for_services()).with_own(denies()),
            Denied(BY_ROLE.to_vec()),
        ),
        (
            "for all, denied by the role",
            Case::grant(NO_IDENTITY, open()).beside_another(),
            Unproven,
        ),
        (
            "for all, allowed to the role",
            Case::grant(NO_IDENTITY, open()).with_own(allows()),
            Allowed,
        ),
        ("unreadable", Case::grant(ELSEWHERE, unreadable()).beside_another(), Unproven),
        (
            "unreadable, allowed to the role",
            Case::grant(ELSEWHERE, unreadable()).with_own(allows()),
            Unproven,
        ),
        (
            "unreadable, not allowed to the role",
            Case::grant(ELSEWHERE, unreadable()).with_own(denies()),
            Denied(BY_ROLE.to_vec()),
        ),
        (
            "neither",
            Case::grant(ELSEWHERE, silent()).with_own(denies()),
            Denied(vec![BelongsIn::KeyPolicy, BelongsIn::Role]),
        ),
    ] {
        assert_eq!(case.verdict(), expected, "{name}");
    }
}

#[test]
fn what_iam_simulates_decides_for_the_role_whatever_direct_calls_say() {
    let allowed = Case::decrypt(NO_IDENTITY, open()).with_own(OwnPolicy::Allows);
    assert_eq!(allowed.verdict(), Verdict::Allowed);
    let denied = Case::decrypt(ELSEWHERE, via_service()).with_own(denies());
    assert_eq!(denied.verdict(), Verdict::Denied(BY_ROLE.to_vec()));
}

/// As that of a default key does, which lets everybody of the account use it through the service.
#[test]
fn a_key_policy_of_the_roles_own_account_that_nobody_may_read_may_suffice_alone() {
    let own = Need {
        resource: need("kms:Decrypt").resource.replace("111122223333", "444455556666"),
        ..need("kms:Decrypt")
    };
    let explicit = OwnPolicy::Denies { why: "explicitDeny".to_owned(), explicit: true };
    for (need, denied, simulated, expected) in [
        (own.clone(), NO_RESOURCE, denies(), Verdict::Unproven),
        (own.clone(), NO_IDENTITY, denies(), Verdict::Denied(BY_ROLE.to_vec())),
        (own, NO_RESOURCE, explicit, Verdict::Denied(BY_ROLE.to_vec())),
        (need("kms:Decrypt"), ELSEWHERE, denies(), Verdict::Denied(BY_ROLE.to_vec())),
    ] {
        let answers = BTreeMap::from([("kms:Decrypt", Answer::Denied(denied.to_owned()))]);
        let simulated = BTreeMap::from([("kms:Decrypt", simulated)]);
        let evidence = KeyEvidence { answers: &answers, policy: &unreadable(), own: &simulated };
        let told = judge(&need, &evidence);

        assert_eq!(verdict(&told), expected, "{told:?}");
    }
}

#[test]
fn a_key_of_the_roles_own_account_that_names_it_needs_no_policy_of_the_role() {
    let via = json!({ "StringEquals": { "kms:ViaService": "ec2.eu-west-1.amazonaws.com" } });
    let named = when(allow(&json!("kms:*")), &via);
    let mut account = named.clone();
    account["Principal"] = json!({ "AWS": "444455556666" });
    let mut of_default_key = named.clone();
    of_default_key["Principal"] = json!("*");
    let own_key = |need: Need| Need {
        resource: need.resource.replace("111122223333", "444455556666"),
        ..need
    };
    let answers = BTreeMap::from([("kms:Decrypt", Answer::Denied(NO_RESOURCE.to_owned()))]);
    let own = BTreeMap::from([("kms:Decrypt", denies())]);
    for (statement, need, expected) in [
        (&named, own_key(need("kms:Decrypt")), Verdict::Allowed),
        (&of_default_key, own_key(need("kms:Decrypt")), Verdict::Allowed),
        (&account, own_key(need("kms:Decrypt")), Verdict::Denied(BY_ROLE.to_vec())),
        (&named, need("kms:Decrypt"), Verdict::Denied(BY_ROLE.to_vec())),
    ] {
        let policy = read(&json!([statement]));
        let evidence = KeyEvidence { answers: &answers, policy: &policy, own: &own };
        assert_eq!(verdict(&judge(&need, &evidence)), expected, "{statement} {need:?}");
    }
}

#[test]
fn an_explicit_deny_of_the_roles_stands_over_a_key_policy_that_names_it() {
    let need = need("kms:Decrypt");
    let need = Need { resource: need.resource.replace("111122223333", "444455556666"), ..need };
    let answers = BTreeMap::from([("kms:Decrypt", Answer::Denied(NO_IDENTITY.to_owned()))]);
    let explicit = OwnPolicy::Denies { why: "explicitDeny".to_owned(), explicit: true };
    let own = BTreeMap::from([("kms:Decrypt", explicit)]);
    let evidence = KeyEvidence { answers: &answers, policy: &open(), own: &own };

    assert_eq!(verdict(&judge(&need, &evidence)), Verdict::Denied(BY_ROLE.to_vec()));
}

#[test]
fn an_answer_that_tells_nothing_leaves_it_to_the_policies() {
    let answers =
        BTreeMap::from([("kms:ReEncryptTo", Answer::Other("DisabledException".to_owned()))]);
    for (policy, own, expected) in [
        (open(), OwnPolicy::Allows, Verdict::Allowed),
        (silent(), OwnPolicy::Allows, Verdict::Denied(BY_KEY.to_vec())),
        (open(), denies(), Verdict::Denied(BY_ROLE.to_vec())),
        (unreadable(), OwnPolicy::Allows, Verdict::Unproven),
    ] {
        let own = BTreeMap::from([("kms:ReEncryptTo", own)]);
        let evidence = KeyEvidence { answers: &answers, policy: &policy, own: &own };
        assert_eq!(verdict(&judge(&need("kms:ReEncryptTo"), &evidence)), expected, "{evidence:?}");
    }
}

#[test]
fn what_cannot_be_proven_names_the_statement_and_its_condition() {
    let [Proof::CannotBeProven { why }] = &Case::decrypt(ELSEWHERE, via_service()).proofs()[..]
    else {
        panic!("it is proven")
    };

    for words in ["`Use`", "StringEquals kms:ViaService: ec2.eu-west-1.amazonaws.com"] {
        assert!(why.contains(words), "{why}");
    }
}

#[test]
fn a_denial_gives_the_statement_for_the_policy_that_lacks_it() {
    let [Proof::Denied { statement, .. }] = &Case::grant(ELSEWHERE, silent()).proofs()[..] else {
        panic!("it is not denied by the key alone")
    };
    assert_eq!(
        serde_json::to_value(statement).unwrap(),
        json!({
            "Sid": "RestoreLetsServicesUseKey",
            "Effect": "Allow",
            "Principal": { "AWS": "arn:aws:iam::444455556666:role/restore-target" },
            "Action": ["kms:CreateGrant"],
            "Resource": ["*"],
            "Condition": { "Bool": { "kms:GrantIsForAWSResource": "true" } },
        })
    );

    let by_role = Case::decrypt(NO_IDENTITY, open()).beside_another();
    let [Proof::Denied { statement, .. }] = &by_role.proofs()[..] else {
        panic!("it is not denied by the role alone")
    };
    let need = need("kms:Decrypt");
    assert_eq!(
        serde_json::to_value(statement).unwrap(),
        json!({
            "Sid": "RestoreUsesKey", "Effect": "Allow", "Action": ["kms:Decrypt"],
            "Resource": [need.resource],
        })
    );
}

#[test]
fn a_call_of_a_service_is_the_roles_own_matter() {
    let need = Need { action: "ec2:CopySnapshot", ..need("kms:Decrypt") };
    let unknown = || OwnPolicy::Unknown("iam:SimulatePrincipalPolicy is denied".to_owned());
    let no_dry_run = || Answer::Other("RDS has no dry run".to_owned());
    for (answer, own, expected) in [
        (Answer::Succeeds, unknown(), Verdict::Allowed),
        (Answer::Denied("no".to_owned()), OwnPolicy::Allows, Verdict::Denied(BY_ROLE.to_vec())),
        (no_dry_run(), OwnPolicy::Allows, Verdict::Allowed),
        (no_dry_run(), denies(), Verdict::Denied(BY_ROLE.to_vec())),
        (no_dry_run(), unknown(), Verdict::Unproven),
    ] {
        assert_eq!(verdict(&[judge_call(&need, &answer, &own)]), expected, "{answer:?} {own:?}");
    }
}
