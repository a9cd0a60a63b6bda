//! What the policy of a KMS key says to a role, as far as a reader of it can tell.
//!
//! KMS/key-policies: the statements whose principal is the role, its account or everybody. Not
//! IAM's evaluation, but its beginning: a condition is judged only where it is known what a call
//! of EC2 or RDS on the role's behalf brings, and left open elsewhere.

mod condition;

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use self::condition::Fulfilment;
use super::Need;

/// A key policy.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct KeyPolicy {
    statement: Several<Statement>,
}

/// What is known of a key's policy.
#[derive(Debug, Clone, PartialEq)]
pub enum PolicyOfKey {
    /// This.
    Read(KeyPolicy),
    /// Nothing, because of this.
    Unreadable(String),
}

/// What a key policy says of one action of one role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Said {
    /// An explicit deny, named by its `Sid`.
    Denied(String),
    /// No statement allows it.
    Nothing,
    /// A statement allows it, whoever calls.
    Allowed {
        /// The statement, named by its `Sid`.
        sid: String,
        /// Whether it names the role itself, or everybody, and not only the role's account.
        names_role: bool,
    },
    /// Statements allow it, or spare it a deny, under these conditions, which a call through EC2
    /// or RDS meets or may meet.
    Conditioned {
        /// The statement, named by its `Sid`.
        sid: String,
        /// Its conditions, in words.
        conditions: String,
        /// Whether it is known that a call through the service meets them.
        met_by_service: bool,
        /// Whether the statement names the role itself, or everybody.
        names_role: bool,
    },
}

/// What a key policy denies of one action of one role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Denial {
    /// Nothing.
    None,
    /// All of it, by the statement of this `Sid`.
    Explicit(String),
    /// All of it, under conditions that a call through EC2 or RDS may meet.
    Open {
        /// The statement, named by its `Sid`.
        sid: String,
        /// Its conditions, in words.
        conditions: String,
    },
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged)]
enum Several<T> {
    Many(Vec<T>),
    One(T),
}

impl<T> Several<T> {
    fn as_slice(&self) -> &[T] {
        match self {
            Self::Many(many) => many,
            Self::One(one) => std::slice::from_ref(one),
        }
    }
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Statement {
    sid: Option<String>,
    effect: Effect,
    principal: Option<Principal>,
    not_principal: Option<Principal>,
    action: Option<Several<String>>,
    not_action: Option<Several<String>>,
    #[serde(default)]
    condition: BTreeMap<String, BTreeMap<String, Several<Value>>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
enum Effect {
    Allow,
    Deny,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged)]
enum Principal {
    Everybody(String),
    Named(BTreeMap<String, Several<String>>),
}

impl KeyPolicy {
    /// Reads the text that `kms:GetKeyPolicy` answers with.
    ///
    /// # Errors
    ///
    /// In words, when it is no policy.
    pub fn read(text: &str) -> Result<Self, String> {
        serde_json::from_str(text).map_err(|error| format!("it is no policy: {error}"))
    }

    /// What it denies of `need`, whatever it, or a grant, allows.
    ///
    /// A deny under conditions that nobody can judge from outside leaves it open.
    pub(super) fn denial(&self, need: &Need) -> Denial {
        let mut denial = Denial::None;
        for (index, statement) in self.concerned(need, Effect::Deny) {
            let sid = statement.name(index);
            match statement.fulfilment(need) {
                Fulfilment::Always => return Denial::Explicit(sid),
                Fulfilment::Contradicted => {}
                Fulfilment::ByService | Fulfilment::Unknown => {
                    let conditions = format!("a deny under {}", statement.conditions());
                    denial = Denial::Open { sid, conditions };
                }
            }
        }
        denial
    }

    /// The statements of `effect` that are about `need`, with their places.
    fn concerned(&self, need: &Need, effect: Effect) -> impl Iterator<Item = (usize, &Statement)> {
        let all = self.statement.as_slice().iter().enumerate();
        all.filter(move |(_, statement)| statement.effect == effect && statement.concerns(need))
    }

    /// What it says of `need`.
    pub(super) fn says(&self, need: &Need) -> Said {
        let name = |(index, statement): (usize, &Statement)| statement.name(index);
        let open_deny = match self.denial(need) {
            Denial::Explicit(sid) => return Said::Denied(sid),
            Denial::Open { sid, conditions } => Some((sid, conditions)),
            Denial::None => None,
        };
        // Of several that allow it, the one that asks least: of its conditions first, then of the
        // role's own policies.
        let allow = self
            .concerned(need, Effect::Allow)
            .map(|found| (found.1.fulfilment(need), !found.1.names_role(need), found))
            .filter(|(fulfilment, ..)| *fulfilment != Fulfilment::Contradicted)
            .min_by_key(|(fulfilment, by_account, _)| (*fulfilment, *by_account));
        let Some((fulfilment, by_account, allow)) = allow else { return Said::Nothing };
        let names_role = !by_account;
        match (open_deny, fulfilment) {
            (Some((sid, conditions)), _) => {
                Said::Conditioned { sid, conditions, met_by_service: false, names_role }
            }
            (None, Fulfilment::Always) => Said::Allowed { sid: name(allow), names_role },
            (None, fulfilment) => Said::Conditioned {
                sid: name(allow),
                conditions: allow.1.conditions(),
                met_by_service: fulfilment == Fulfilment::ByService,
                names_role,
            },
        }
    }
}

impl Statement {
    fn name(&self, index: usize) -> String {
        self.sid.clone().unwrap_or_else(|| format!("statement {}", index + 1))
    }

    fn concerns(&self, need: &Need) -> bool {
        let principal = match (&self.principal, &self.not_principal) {
            (Some(principal), _) => principal.is(need),
            (None, Some(spared)) => !spared.is(need),
            (None, None) => false,
        };
        let names = |patterns: &Several<String>| {
            patterns.as_slice().iter().any(|pattern| {
                matches(&pattern.to_ascii_lowercase(), &need.action.to_ascii_lowercase())
            })
        };
        let action = match (&self.action, &self.not_action) {
            (Some(actions), _) => names(actions),
            (None, Some(spared)) => !names(spared),
            (None, None) => false,
        };
        principal && action
    }
}

impl Statement {
    /// Whether it means the role itself, or everybody: within the key's account, the role's own
    /// policies then need not allow it, too (KMS/policy-evaluation).
    fn names_role(&self, need: &Need) -> bool {
        self.principal.as_ref().is_some_and(|principal| principal.names(need, false))
    }
}

impl Principal {
    /// Whether it means the need's role: by its ARN, by a session of it, by its account, or as one
    /// of everybody (`IAM/reference_policies_elements_principal`).
    fn is(&self, need: &Need) -> bool {
        self.names(need, true)
    }

    fn names(&self, need: &Need, by_account: bool) -> bool {
        let role = need.session.role_arn.as_str();
        let account = need.session.role_arn.account();
        let root = format!(":iam::{account}:root");
        let session = format!(":sts::{account}:assumed-role/{}/", need.session.role_arn.name());
        let means = |named: &str| {
            named == "*"
                || named == role
                || named.contains(&session)
                || (by_account && (named == account || named.ends_with(&root)))
        };
        match self {
            Self::Everybody(name) => name == "*",
            Self::Named(kinds) => kinds
                .get("AWS")
                .is_some_and(|names| names.as_slice().iter().any(|name| means(name))),
        }
    }
}

/// Whether `pattern`, with `*` and `?`, is `text`.
fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t, mut star) = (0, 0, None);
    while t < text.len() {
        if p < pattern.len() && pattern[p] == '*' {
            star = Some((p, t));
            p += 1;
        } else if p < pattern.len() && (pattern[p] == '?' || pattern[p] == text[t]) {
            p += 1;
            t += 1;
        } else if let Some((at, from)) = star {
            star = Some((at, from + 1));
            p = at + 1;
            t = from + 1;
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|rest| *rest == '*')
}

#[cfg(test)]
mod tests;
