//! Which conditions of a statement a call through EC2 or RDS meets.

use super::{Several, Statement, Value, matches};
use crate::preflight::Need;

/// When a statement's conditions hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fulfilment {
    /// Whoever calls: there are none.
    Always,
    /// When EC2 or RDS calls on the role's behalf, though not when the role calls itself.
    ByService,
    /// Nobody can tell from here.
    Unknown,
    /// Never in this restore.
    Contradicted,
}

impl Statement {
    /// When all its conditions hold: the one that holds least decides.
    pub(super) fn fulfilment(&self, need: &Need) -> Fulfilment {
        self.each_condition()
            .map(|(operator, key, values)| of(operator, key, values, need))
            .max()
            .unwrap_or(Fulfilment::Always)
    }

    /// Its conditions, in words.
    pub(super) fn conditions(&self) -> String {
        let words = self.each_condition().map(|(operator, key, values)| {
            let values: Vec<String> = values.as_slice().iter().map(text).collect();
            format!("{operator} {key}: {}", values.join(", "))
        });
        words.collect::<Vec<_>>().join(" and ")
    }

    fn each_condition(&self) -> impl Iterator<Item = (&str, &str, &Several<Value>)> {
        self.condition.iter().flat_map(|(operator, keys)| {
            keys.iter().map(move |(key, values)| (operator.as_str(), key.as_str(), values))
        })
    }
}

fn of(operator: &str, key: &str, values: &Several<Value>, need: &Need) -> Fulfilment {
    let operator = operator.to_ascii_lowercase();
    let if_exists = operator.ends_with("ifexists");
    let compares = operator.trim_end_matches("ifexists");
    let any = |holds: &dyn Fn(&str) -> bool| values.as_slice().iter().any(|it| holds(&text(it)));
    let either = |holds, yes| if holds { yes } else { Fulfilment::Contradicted };
    // A call that the role makes itself is through no service.
    let own = need.own_grant.as_ref();
    match (compares, key.to_ascii_lowercase().as_str()) {
        ("stringequals" | "stringlike", "kms:viaservice") if own.is_some() => {
            if if_exists {
                Fulfilment::Always
            } else {
                Fulfilment::Contradicted
            }
        }
        ("stringequals" | "stringlike", "kms:granteeprincipal")
            if need.action == "kms:CreateGrant" && own.is_some() =>
        {
            let grantee = own.map(|grant| grant.grantee_principal.as_str()).unwrap_or_default();
            either(any(&|value| matches(value, grantee)), Fulfilment::Always)
        }
        ("stringequals" | "stringlike", "kms:viaservice") => {
            either(any(&|value| matches(value, &need.via_service())), Fulfilment::ByService)
        }
        ("stringequals" | "stringlike", "kms:calleraccount") => {
            let account = need.session.role_arn.account();
            either(any(&|value| matches(value, account)), Fulfilment::Always)
        }
        ("bool", "kms:grantisforawsresource") => {
            // The key is of the requests about grants alone (KMS/conditions-kms).
            let of_grants =
                matches!(need.action, "kms:CreateGrant" | "kms:ListGrants" | "kms:RevokeGrant");
            let wanted = any(&|value| value.eq_ignore_ascii_case("true"));
            match (of_grants, wanted) {
                (true, wanted) if own.is_some() => either(!wanted, Fulfilment::Always),
                (true, true) => Fulfilment::ByService,
                (false, _) if if_exists => Fulfilment::Always,
                _ => Fulfilment::Contradicted,
            }
        }
        _ => Fulfilment::Unknown,
    }
}

/// A condition's value: policies may write booleans and numbers without quotes.
fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
