//! The policy statement that would allow what is denied.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::{ASSUME, BelongsIn, Need};

/// A statement of an IAM policy, a key policy or a trust policy, as it is pasted into one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Statement {
    /// Its name within the policy: letters and digits alone, as IAM wants it.
    pub sid: String,
    /// Always `Allow`.
    pub effect: String,
    /// In a key policy or a trust policy, the role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principal: Option<Principal>,
    /// What it allows.
    pub action: Vec<String>,
    /// On what; in a key policy the key itself, which is written `*`; in a trust policy nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resource: Vec<String>,
    /// When: operator → condition key → value.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub condition: BTreeMap<String, BTreeMap<String, String>>,
}

/// Whom a statement of a key policy or a trust policy is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Principal {
    /// The role.
    #[serde(rename = "AWS")]
    pub aws: String,
}

impl Statement {
    /// The statement in `belongs_in` that allows `need`.
    #[must_use]
    pub fn allowing(need: &Need, belongs_in: BelongsIn) -> Self {
        let when = |operator: &str, key: &str, value: &str| {
            let key = BTreeMap::from([(key.to_owned(), value.to_owned())]);
            BTreeMap::from([(operator.to_owned(), key)])
        };
        let condition = match (need.action, &need.own_grant, need.passed_to()) {
            (ASSUME, _, _) => match &need.session.external_id {
                Some(id) => when("StringEquals", "sts:ExternalId", id),
                None => BTreeMap::new(),
            },
            // KMS/key-policy-modifying-external-accounts: grants are for AWS's services alone.
            ("kms:CreateGrant", None, _) => when("Bool", "kms:GrantIsForAWSResource", "true"),
            // But for those that the restore itself gives, which are for its own role alone.
            ("kms:CreateGrant", Some(grant), _) => {
                when("StringEquals", "kms:GranteePrincipal", grant.grantee_principal.as_str())
            }
            (_, _, Some(service)) => when("StringEquals", "iam:PassedToService", service),
            _ => BTreeMap::new(),
        };
        let sid = if need.own_grant.is_some() {
            let what = if need.action == "kms:CreateGrant" { "Gives" } else { "TakesBack" };
            format!("Restore{what}Grants")
        } else if need.action == "kms:CreateGrant" {
            "RestoreLetsServicesUseKey".to_owned()
        } else if need.is_of_key() {
            "RestoreUsesKey".to_owned()
        } else {
            let name = need.action.split(':').map(capitalised).collect::<String>();
            format!("Restore{name}")
        };
        let (principal, resource) = match belongs_in {
            BelongsIn::KeyPolicy => {
                let aws = need.session.role_arn.to_string();
                (Some(Principal { aws }), vec!["*".to_owned()])
            }
            BelongsIn::TrustPolicy => {
                let aws = need.session.role_arn.to_string();
                (Some(Principal { aws }), Vec::new())
            }
            BelongsIn::Role => (None, vec![meant(need)]),
        };
        Self {
            sid,
            effect: "Allow".to_owned(),
            principal,
            action: vec![need.action.to_owned()],
            resource,
            condition,
        }
    }

    /// Whether it differs from `other` in nothing but what it allows.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        (&self.sid, &self.principal, &self.resource, &self.condition)
            == (&other.sid, &other.principal, &other.resource, &other.condition)
    }

    /// Whether it differs from `other` in nothing but what it is about.
    pub(super) fn is_for_another_resource(&self, other: &Self) -> bool {
        (&self.sid, &self.principal, &self.action, &self.condition)
            == (&other.sid, &other.principal, &other.action, &other.condition)
    }
}

/// The resource of `need` as a policy takes it. Of what is there before the restore no character
/// stands for others, whatever name a request gives it (`IAM/reference_policies_variables`,
/// "Specifying special characters").
fn meant(need: &Need) -> String {
    if need.made || need.resource == "*" {
        return need.resource.clone();
    }
    let mut literal = String::with_capacity(need.resource.len());
    for letter in need.resource.chars() {
        match letter {
            '*' => literal.push_str("${*}"),
            '?' => literal.push_str("${?}"),
            '$' => literal.push_str("${$}"),
            other => literal.push(other),
        }
    }
    literal
}

/// As JSON, ready to paste.
impl fmt::Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let json = serde_json::to_string(self).map_err(|_| fmt::Error)?;
        f.write_str(&json)
    }
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preflight::example::need;

    #[test]
    fn a_name_of_a_request_means_nothing_but_itself() {
        let group = "arn:aws:rds:eu-west-1:111122223333:subgrp:";
        let on = |resource: String, made| {
            let need = Need { resource, made, ..need("rds:RestoreDBInstanceFromDBSnapshot") };
            Statement::allowing(&need, BelongsIn::Role).resource.remove(0)
        };

        assert_eq!(on(format!("{group}orders"), false), format!("{group}orders"));
        assert_eq!(on(format!("{group}*"), false), format!("{group}${{*}}"));
        assert_eq!(on(format!("{group}a?"), false), format!("{group}a${{?}}"));
        let variable = on(format!("{group}${{aws:username}}"), false);
        assert_eq!(variable, format!("{group}${{$}}{{aws:username}}"));
        // What is yet to be made has no name, and `*` is everything.
        assert_eq!(on(format!("{group}*"), true), format!("{group}*"));
        assert_eq!(on("*".to_owned(), false), "*");
    }
}
