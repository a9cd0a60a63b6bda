//! What the table's denials say in a refusal.

use std::collections::BTreeMap;

use super::{BelongsIn, Limit, Proof, Row, Statement};
use crate::plan::{Obstacle, ObstacleKind};

/// One obstacle for each statement that a policy lacks. What a role may not do to a key or resource
/// is one statement, and what it may do to none of several resources too, so that a person pastes
/// little; the statements of one policy have different names, as IAM wants it.
#[must_use]
pub fn denials(rows: &[Row]) -> Vec<Obstacle> {
    let mut groups: Vec<Lack<'_>> = Vec::new();
    for row in rows {
        let Proof::Denied { why, belongs_in, statement } = &row.proof else { continue };
        let like = |group: &&mut Lack<'_>| {
            (&group.row.role, &group.row.resource, group.belongs_in)
                == (&row.role, &row.resource, *belongs_in)
                && group.limit() == Limit::of(why)
                && group.statement.is_like(statement)
        };
        match groups.iter_mut().find(like) {
            Some(group) => {
                let known = &mut group.statement.action;
                let more = statement.action.iter().filter(|it| !known.contains(it)).cloned();
                let more: Vec<String> = more.collect();
                known.extend(more);
            }
            None => groups.push(Lack {
                row,
                belongs_in: *belongs_in,
                statement: (**statement).clone(),
                why,
            }),
        }
    }
    let mut lacks = Vec::new();
    for group in groups {
        group.join(&mut lacks);
    }
    number(&mut lacks);
    lacks.iter().map(Lack::obstacle).collect()
}

/// Tells statements of one policy apart that have the same name: from the second on, by a number.
fn number(lacks: &mut [Lack<'_>]) {
    let mut named: BTreeMap<(String, String), usize> = BTreeMap::new();
    for lack in lacks {
        let times = named.entry((lack.policy(), lack.statement.sid.clone())).or_default();
        *times += 1;
        if *times > 1 {
            lack.statement.sid.push_str(&times.to_string());
        }
    }
}

/// What one policy lacks.
struct Lack<'a> {
    row: &'a Row,
    belongs_in: BelongsIn,
    statement: Statement,
    why: &'a str,
}

impl Lack<'_> {
    /// Puts it among `lacks`, with one that differs in the resource alone where there is one.
    fn join(self, lacks: &mut Vec<Self>) {
        let like = |lack: &&mut Self| {
            lack.belongs_in == BelongsIn::Role
                && lack.limit() == self.limit()
                && (lack.policy(), &lack.row.region) == (self.policy(), &self.row.region)
                && lack.statement.is_for_another_resource(&self.statement)
        };
        match lacks.iter_mut().find(like) {
            Some(lack) => lack.statement.resource.extend(self.statement.resource),
            None => lacks.push(self),
        }
    }

    /// The policy that lacks it.
    fn policy(&self) -> String {
        match self.belongs_in {
            BelongsIn::KeyPolicy => format!("the key policy of {}", self.row.resource),
            BelongsIn::Role => format!("a policy of the role {}", self.row.role),
            BelongsIn::TrustPolicy => format!("the trust policy of the role {}", self.row.resource),
        }
    }

    /// What denies it over all that its policy could say.
    fn limit(&self) -> Option<Limit> {
        Limit::of(self.why)
    }

    /// What is to be done about it.
    fn remedy(&self) -> String {
        match self.limit() {
            Some(limit) => format!(
                "have the {} let it through, which no statement in {} can make up for",
                limit.name(),
                self.policy()
            ),
            None => format!("add to {}: {}", self.policy(), self.statement),
        }
    }

    fn obstacle(&self) -> Obstacle {
        let Row { role, region, resource, needed_for, .. } = self.row;
        let resources = match self.belongs_in {
            BelongsIn::KeyPolicy | BelongsIn::TrustPolicy => resource.clone(),
            BelongsIn::Role => self.statement.resource.join(", "),
        };
        let message = format!(
            "{role} may not {} on {resources} in {region}, which {} needs ({}): {}",
            self.statement.action.join(", "),
            needed_for.join(", "),
            self.why,
            self.remedy()
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
    use crate::preflight::Need;
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
    fn what_a_limit_denies_is_told_with_that_limit_and_no_statement_to_paste() {
        let need = need("kms:Decrypt");
        let scp = "… with an explicit deny in a service control policy";
        let limited = Row::new(&need, Proof::denied(&need, BelongsIn::Role, scp));

        let told = denials(&[row("kms:Encrypt", BelongsIn::Role), limited]);

        let [lacks, limited] = &told[..] else { panic!("{told:?}") };
        assert!(lacks.message.contains("add to a policy of the role"), "{}", lacks.message);
        let words = "have the service control policy let it through";
        assert!(limited.message.contains(words), "{}", limited.message);
        assert!(!limited.message.contains("Statement") && !limited.message.contains("Sid"));
    }

    #[test]
    fn what_the_plan_and_a_later_step_lack_alike_is_told_once() {
        let twice = [row("kms:Decrypt", BelongsIn::Role), row("kms:Decrypt", BelongsIn::Role)];

        let [told] = &denials(&twice)[..] else { panic!("not one obstacle") };
        assert!(told.message.contains(r#""Action":["kms:Decrypt"]"#), "{}", told.message);
    }

    #[test]
    fn what_one_policy_lacks_of_several_resources_is_one_statement_and_no_name_comes_twice() {
        let on = |action, resource: &str| {
            let need = Need { resource: resource.to_owned(), ..need(action) };
            Row::new(&need, Proof::denied(&need, BelongsIn::Role, "AWS says no"))
        };
        let (one, two) =
            ("arn:aws:ec2:eu-west-1::snapshot/snap-1", "arn:aws:ec2:eu-west-1::snapshot/snap-2");
        let rows = [
            on("ec2:ModifySnapshotAttribute", one),
            on("ec2:ModifySnapshotAttribute", two),
            on("kms:Decrypt", "arn:key-1"),
            on("kms:Decrypt", "arn:key-2"),
            on("kms:Encrypt", "arn:key-2"),
        ];

        let told: Vec<String> = denials(&rows).into_iter().map(|it| it.message).collect();

        let [share, first, second] = &told[..] else { panic!("{told:?}") };
        assert!(share.contains(&format!(r#""Resource":["{one}","{two}"]"#)), "{share}");
        assert!(first.contains(r#""Sid":"RestoreUsesKey","#), "{first}");
        assert!(second.contains(r#""Sid":"RestoreUsesKey2","#), "{second}");
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
