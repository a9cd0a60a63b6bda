//! What AWS's answers to dry runs prove.
//!
//! A dry run is a direct call, and some policies allow a key only through a service
//! (`kms:ViaService`, `kms:GrantIsForAWSResource`): a direct call is then denied where the
//! service's would pass (`aws-facts.md`, H.4). So a success is a proof, and a denial is one only
//! where such a condition cannot be what denied it.

mod message;

use std::collections::BTreeMap;
use std::fmt;

pub use self::message::{Half, Limit};
use super::key_policy::{Denial, Said};
use super::{BelongsIn, Need, PolicyOfKey, Proof};

/// What AWS answered to a dry run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It would have succeeded.
    Succeeds,
    /// It is denied, in these words.
    Denied(String),
    /// Something else, in words.
    Other(String),
}

/// What IAM says of the role's own policies, for a call as the service makes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OwnPolicy {
    /// They allow it.
    Allows,
    /// They do not, as `why` says.
    Denies {
        /// In words.
        why: String,
        /// Whether a statement denies it, over whatever else allows it.
        explicit: bool,
    },
    /// Nothing, because of this.
    Unknown(String),
}

/// All that is known of one role's use of one key.
#[derive(Debug)]
pub struct KeyEvidence<'a> {
    /// The answers to the dry runs of this role with this key, by action.
    pub answers: &'a BTreeMap<&'static str, Answer>,
    /// The key's policy.
    pub policy: &'a PolicyOfKey,
    /// The role's own policies, by action.
    pub own: &'a BTreeMap<&'static str, OwnPolicy>,
}

impl KeyEvidence<'_> {
    /// Whether a direct cryptographic call of this role with this key is known to pass: then its
    /// policies, and the key's, do not confine it to calls through services.
    fn passes_directly(&self) -> bool {
        self.answers.iter().any(|(action, answer)| {
            *answer == Answer::Succeeds && !matches!(*action, "kms:DescribeKey" | "kms:CreateGrant")
        })
    }
}

/// What is known of `need`, of a key: usually one thing, two where AWS does not say which half of
/// the permission is missing.
#[must_use]
pub fn judge(need: &Need, evidence: &KeyEvidence<'_>) -> Vec<Proof> {
    let told = match evidence.answers.get(need.action) {
        Some(Answer::Succeeds) => return vec![Proof::ALLOWED],
        Some(Answer::Denied(message)) => Told::Denied(message),
        Some(Answer::Other(what)) => Told::Nothing(what),
        None => Told::Nothing("it was not tried"),
    };
    combined(need, key_half(need, evidence, told), role_half(need, evidence, told))
}

/// What a dry run that did not succeed tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told<'a> {
    /// That the call is denied.
    Denied(&'a str),
    /// Nothing of whether it is allowed.
    Nothing(&'a str),
}

impl Told<'_> {
    /// The half of the permission that it says is missing.
    fn half(self) -> Option<Half> {
        match self {
            Self::Denied(message) => Some(Half::of(message)),
            Self::Nothing(_) => None,
        }
    }
}

impl fmt::Display for Told<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Denied(message) => write!(
                f,
                "it may be allowed only through the service (kms:ViaService, \
                 kms:GrantIsForAWSResource), and a direct call was denied: {message}"
            ),
            Self::Nothing(what) => f.write_str(what),
        }
    }
}

/// What a denial leaves of a half of the permission that it says is limited: nothing that any other
/// policy says. Of these limits IAM's simulation knows the conditions of none, and session policies,
/// resource control policies and endpoint policies not at all (IAM/access_policies_testing-policies),
/// so that it cannot overrule what AWS has answered.
///
/// A limit, too, may hold for direct calls alone: a well-known one denies grants that are not for an
/// AWS service. So where the denial of a direct call does not tell of the service's own, the half is
/// open, and never given.
fn limited(half: Half, need: &Need, evidence: &KeyEvidence<'_>, told: Told<'_>) -> Option<Known> {
    let Told::Denied(message) = told else { return None };
    (Limit::of(message)?.half() == half).then(|| {
        if tells_of_service(need, evidence) {
            Known::Missing(message.to_owned())
        } else {
            Known::Open(told.to_string())
        }
    })
}

/// What is known of `need`, of anything but a key, for which the role's own policies suffice.
#[must_use]
pub fn judge_call(need: &Need, answer: &Answer, own: &OwnPolicy) -> Proof {
    match (answer, own) {
        (Answer::Succeeds, _) => Proof::ALLOWED,
        (Answer::Denied(message), _) => Proof::denied_call(need, message),
        (Answer::Other(_), OwnPolicy::Allows) => {
            Proof::Allowed { why: Some("by the role's policies, as IAM simulates them".to_owned()) }
        }
        (Answer::Other(_), OwnPolicy::Denies { why, .. }) => {
            Proof::denied(need, BelongsIn::Role, why)
        }
        (Answer::Other(what), OwnPolicy::Unknown(why)) => Proof::cannot(format!("{what}; {why}")),
    }
}

/// What is known of one half of a permission.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Known {
    /// It is there, as these words say.
    Given(String),
    /// It is missing, as these words say.
    Missing(String),
    /// Neither is known, because of this.
    Open(String),
}

/// What the key's side gives: a grant to come, as the key's policy would
/// (KMS/policy-evaluation), unless that denies it.
fn key_half(need: &Need, evidence: &KeyEvidence<'_>, told: Told<'_>) -> Known {
    if let Some(known) = limited(Half::KeyPolicy, need, evidence, told) {
        return known;
    }
    if need.granted {
        return granted_half(need, evidence.policy);
    }
    let policy = match evidence.policy {
        PolicyOfKey::Read(policy) => policy,
        PolicyOfKey::Unreadable(why) => {
            return match (told, told.half()) {
                (Told::Denied(message), Some(Half::KeyPolicy | Half::Unsaid))
                    if tells_of_service(need, evidence) =>
                {
                    Known::Missing(message.to_owned())
                }
                (_, Some(Half::Role)) => {
                    Known::Open(format!("the key policy cannot be read ({why})"))
                }
                _ => Known::Open(format!("the key policy cannot be read ({why}); {told}")),
            };
        }
    };
    let policy_says = policy.says(need);
    // Of what the role calls itself, AWS has judged the conditions.
    if let (Said::Conditioned { met_by_service: false, .. }, Told::Denied(message)) =
        (&policy_says, told)
        && need.own_grant.is_some()
        && told.half() == Some(Half::KeyPolicy)
    {
        return Known::Missing(message.to_owned());
    }
    match policy_says {
        Said::Denied(sid) => {
            Known::Missing(format!("the key policy's `{sid}` denies it explicitly"))
        }
        Said::Nothing => Known::Missing("no statement of the key policy allows it".to_owned()),
        Said::Allowed { sid, .. } if told.half() == Some(Half::KeyPolicy) => {
            Known::Open(format!("the key policy's `{sid}` allows it, and yet {told}"))
        }
        Said::Allowed { sid, .. } => Known::Given(format!("the key policy's `{sid}`")),
        Said::Conditioned { sid, conditions, met_by_service: true, .. } => Known::Given(format!(
            "the key policy's `{sid}` on the condition {conditions}, which a call through the service meets"
        )),
        Said::Conditioned { sid, conditions, met_by_service: false, .. } => Known::Open(format!(
            "the key policy's `{sid}` has a condition that only the service's own call can show to be met: {conditions}"
        )),
    }
}

/// What a grant to come gives: all but what the key's policy denies explicitly.
///
/// It is no more than the key's half: a role of another account needs the leave of its own account,
/// too. A caller trusts a key of another account where a grant or an IAM policy *of its own account*
/// lets it (KMS/policy-evaluation, "Key trust"); so for a role without such a policy AWS has the
/// grant be made in the role's account, not in the key's (AWS re:Post, "kms-launch-ec2-instance").
/// The restore's are made in the key's. Should AWS ask for less, the role has one permission more
/// than it needs.
fn granted_half(need: &Need, policy: &PolicyOfKey) -> Known {
    let given = "the grant that the restore will give";
    let PolicyOfKey::Read(policy) = policy else { return Known::Given(given.to_owned()) };
    match policy.denial(need) {
        Denial::None => Known::Given(given.to_owned()),
        Denial::Explicit(sid) => {
            Known::Missing(format!("the key policy's `{sid}` denies it explicitly, over any grant"))
        }
        Denial::Open { sid, conditions } => Known::Open(format!(
            "the key policy's `{sid}` may deny it, over any grant: {conditions}"
        )),
    }
}

/// What the role's own policies give.
fn role_half(need: &Need, evidence: &KeyEvidence<'_>, told: Told<'_>) -> Known {
    if let Some(known) = limited(Half::Role, need, evidence, told) {
        return known;
    }
    let own = evidence.own.get(need.action);
    let denied = matches!(own, Some(OwnPolicy::Denies { explicit: true, .. }));
    if !denied && suffices_alone(need, evidence.policy) {
        return Known::Given(
            "it alone, since it names the role and is of the role's account".into(),
        );
    }
    let unknown = match own {
        Some(OwnPolicy::Allows) => return Known::Given("the role's policies".to_owned()),
        Some(OwnPolicy::Denies { why, explicit: false })
            if may_suffice_alone(need, evidence.policy) && told.half() != Some(Half::Role) =>
        {
            return Known::Open(format!(
                "{why}, and need not allow it where the key policy names the role; {told}"
            ));
        }
        Some(OwnPolicy::Denies { why, .. }) => return Known::Missing(why.clone()),
        Some(OwnPolicy::Unknown(why)) => why,
        None => "the role's own policies are not known",
    };
    match (told, told.half()) {
        (Told::Denied(message), Some(Half::Role | Half::Unsaid))
            if tells_of_service(need, evidence) =>
        {
            Known::Missing(message.to_owned())
        }
        (_, Some(Half::KeyPolicy))
            if need.own_grant.is_none() && tells_of_service(need, evidence) =>
        {
            Known::Given("the role's policies, by which other calls with this key pass".to_owned())
        }
        _ => Known::Open(format!("{unknown}; {told}")),
    }
}

/// Whether the key's policy allows it to the role by name, within one account: then the role's own
/// policies need not (KMS/policy-evaluation). So it is with the policy of every default key.
fn suffices_alone(need: &Need, policy: &PolicyOfKey) -> bool {
    let PolicyOfKey::Read(policy) = policy else { return false };
    let names_role = matches!(
        policy.says(need),
        Said::Allowed { names_role: true, .. }
            | Said::Conditioned { names_role: true, met_by_service: true, .. }
    );
    names_role && is_of_roles_account(need)
}

/// Whether it may do so, as far as anybody knows: nobody has read it.
fn may_suffice_alone(need: &Need, policy: &PolicyOfKey) -> bool {
    matches!(policy, PolicyOfKey::Unreadable(_)) && is_of_roles_account(need)
}

fn is_of_roles_account(need: &Need) -> bool {
    need.resource.split(':').nth(4) == Some(need.session.role_arn.account())
}

/// Whether a direct call that is denied says what becomes of the call to come: of the role's own it
/// does; of the service's not where that is a grant, which policies allow to services alone, nor
/// where every direct call is denied.
fn tells_of_service(need: &Need, evidence: &KeyEvidence<'_>) -> bool {
    need.own_grant.is_some() || (need.action != "kms:CreateGrant" && evidence.passes_directly())
}

fn combined(need: &Need, key: Known, role: Known) -> Vec<Proof> {
    let missing = |belongs_in, why: String| Proof::denied(need, belongs_in, why);
    match (key, role) {
        (Known::Missing(key), Known::Missing(role)) => {
            vec![missing(BelongsIn::KeyPolicy, key), missing(BelongsIn::Role, role)]
        }
        (Known::Missing(key), _) => vec![missing(BelongsIn::KeyPolicy, key)],
        (_, Known::Missing(role)) => vec![missing(BelongsIn::Role, role)],
        (Known::Given(key), Known::Given(role)) => {
            vec![Proof::Allowed { why: Some(format!("by {key} and {role}")) }]
        }
        (Known::Open(key), Known::Open(role)) => vec![Proof::cannot(format!("{key}; {role}"))],
        (Known::Open(why), Known::Given(given)) | (Known::Given(given), Known::Open(why)) => {
            vec![Proof::cannot(format!("given by {given}; but {why}"))]
        }
    }
}

#[cfg(test)]
mod tests;
