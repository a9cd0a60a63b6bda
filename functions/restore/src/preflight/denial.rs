//! What the table's denials say in a refusal.

use std::collections::BTreeMap;

use super::{BelongsIn, Proof, Row, Statement};
use crate::plan::{Obstacle, ObstacleKind};

/// One obstacle for each role, key or resource, and policy that lacks a statement: with all that
/// it lacks in one statement, so that a person pastes it once.
#[must_use]
pub fn denials(rows: &[Row]) -> Vec<Obstacle> {
    let mut groups: Vec<Lack<'_>> = Vec::new();
    for row in rows {
        let Proof::Denied { why, belongs_in, statement } = &row.proof else { continue };
        let like = |group: &&mut Lack<'_>| {
            (&group.row.role, &group.row.resource, group.belongs_in)
                == (&row.role, &row.resource, *belongs_in)
                && group.statement.is_like(statement)
        };
        match groups.iter_mut().find(like) {
            Some(group) => group.statement.action.extend(statement.action.iter().cloned()),
            None => groups.push(Lack {
                row,
                belongs_in: *belongs_in,
                statement: (**statement).clone(),
                why,
            }),
        }
    }
    groups.iter().map(Lack::obstacle).collect()
}

/// What one policy lacks.
struct Lack<'a> {
    row: &'a Row,
    belongs_in: BelongsIn,
    statement: Statement,
    why: &'a str,
}

impl Lack<'_> {
    fn obstacle(&self) -> Obstacle {
        let Row { role, region, resource, needed_for, .. } = self.row;
        let place = match self.belongs_in {
            BelongsIn::KeyPolicy => format!("the key policy of {resource}"),
            BelongsIn::Role => format!("a policy of the role {role}"),
        };
        let message = format!(
            "{role} may not {} on {resource} in {region}, which {} needs ({}): add to {place}: {}",
            self.statement.action.join(", "),
            needed_for.join(", "),
            self.why,
            self.statement
        );
        Obstacle::new(ObstacleKind::AccessDenied, message)
    }
}

/// The rows that nothing proves, by why: what a plan warns of.
#[must_use]
pub fn warnings(rows: &[Row]) -> BTreeMap<&str, Vec<&str>> {
    let mut by_reason: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for row in rows {
        if let Proof::CannotBeProven { why } = &row.proof {
            by_reason.entry(why).or_default().push(&row.action);
        }
    }
    by_reason
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preflight::example::need;

    fn row(action: &'static str, belongs_in: BelongsIn) -> Row {
        let need = need(action);
        Row::new(&need, Proof::denied(&need, belongs_in, "AWS says no"))
    }

    #[test]
    fn what_one_policy_lacks_is_told_in_one_statement_but_for_the_grant() {
        let rows = [
            row("kms:Decrypt", BelongsIn::KeyPolicy),
            row("kms:CreateGrant", BelongsIn::KeyPolicy),
            row("kms:ReEncryptFrom", BelongsIn::KeyPolicy),
            row("kms:Decrypt", BelongsIn::Role),
        ];

        let told: Vec<String> = denials(&rows).into_iter().map(|it| it.message).collect();

        let [use_key, grant, role] = &told[..] else { panic!("{told:?}") };
        assert!(use_key.contains("may not kms:Decrypt, kms:ReEncryptFrom on arn:"), "{use_key}");
        assert!(use_key.contains("add to the key policy of arn:"), "{use_key}");
        assert!(use_key.contains(r#""Action":["kms:Decrypt","kms:ReEncryptFrom"]"#), "{use_key}");
        assert!(grant.contains("kms:GrantIsForAWSResource"), "{grant}");
        assert!(role.contains("add to a policy of the role arn:"), "{role}");
    }

    #[test]
    fn what_cannot_be_proven_is_a_warning_and_no_obstacle() {
        let need = need("kms:CreateGrant");
        let rows = [Row::new(&need, Proof::cannot("the key policy cannot be read"))];

        assert_eq!(denials(&rows), []);
        assert_eq!(
            warnings(&rows),
            BTreeMap::from([("the key policy cannot be read", vec!["kms:CreateGrant"])])
        );
    }
}
