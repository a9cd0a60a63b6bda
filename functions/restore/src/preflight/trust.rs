//! Who may assume a role, as its trust policy has it.
//!
//! Each function assumes the roles itself, with a role of its own. That `plan-restore` got in proves
//! nothing of the others: a function's role that was made anew is another one, though its ARN is the
//! same (`IAM/reference_policies_elements_principal`: IAM keeps the principal's unique id).

use std::collections::{BTreeMap, BTreeSet};

use super::key_policy::Said;
use super::{BelongsIn, Need, PolicyOfKey, Proof, Row};
use crate::{RoleArn, Session};

/// The action that a trust policy allows.
pub const ASSUME: &str = "sts:AssumeRole";

/// The step that plans, and so has assumed the roles already.
const PLANNER: &str = "plan-restore";

/// A row for each function that works for one of `steps` and so has to assume the role of `session`:
/// whether `trust`, the role's trust policy, lets it. `roles` are the functions' own, by their names.
///
/// Conditions, such as an external id, are met by all functions alike: what they ask was met by
/// `plan-restore`, so another function that is let in under the same is let in. Where the policy as
/// it is read here does not let `plan-restore` in, which it has, nothing is missing for sure.
#[must_use]
pub fn trusted(
    session: &Session,
    steps: &[&str],
    roles: &BTreeMap<String, RoleArn>,
    trust: &PolicyOfKey,
) -> Vec<Row> {
    let need = |function: &str| {
        let own = roles.get(function)?;
        Some(Need {
            service: crate::Service::Ec2,
            session: Session { role_arn: own.clone(), ..session.clone() },
            action: ASSUME,
            resource: session.role_arn.to_string(),
            made: false,
            own_grant: None,
            granted: false,
            needed_for: vec![function.to_owned()],
        })
    };
    let planner = need(PLANNER);
    functions(steps)
        .into_iter()
        .filter(|function| *function != PLANNER)
        .filter_map(need)
        .map(|need| Row::new(&need, proof(&need, planner.as_ref(), trust)))
        .collect()
}

/// The functions that do the steps (`statemachine/restore.asl.json`). A copy is waited for by the role
/// that makes it.
fn functions<'a>(steps: &[&'a str]) -> BTreeSet<&'a str> {
    let mut functions = BTreeSet::new();
    for step in steps {
        match *step {
            "stage-snapshot" | "copy-into-target-account" | "copy-snapshot" => {
                functions.extend(["copy-snapshot", "wait-until-available"]);
            }
            other => {
                functions.insert(other);
            }
        }
    }
    functions
}

fn proof(need: &Need, planner: Option<&Need>, trust: &PolicyOfKey) -> Proof {
    let policy = match trust {
        PolicyOfKey::Read(policy) => policy,
        PolicyOfKey::Unreadable(why) => {
            return Proof::cannot(format!("the role's trust policy cannot be read ({why})"));
        }
    };
    let missing = |why: String| Proof::denied(need, BelongsIn::TrustPolicy, why);
    let planner = planner.map(|planner| policy.says(planner));
    match policy.says(need) {
        Said::Nothing
            if !matches!(planner, Some(Said::Allowed { .. } | Said::Conditioned { .. })) =>
        {
            Proof::cannot(format!("the trust policy does not tell by what {PLANNER} was let in"))
        }
        Said::Nothing => missing("no statement of the trust policy names it".to_owned()),
        Said::Denied(sid) => missing(format!("the trust policy's `{sid}` denies it explicitly")),
        Said::Allowed { sid, .. } => {
            Proof::Allowed { why: Some(format!("by the trust policy's `{sid}`")) }
        }
        Said::Conditioned { sid, conditions, .. } => {
            if matches!(planner, Some(Said::Conditioned { conditions: own, .. }) if own == conditions)
            {
                let why = format!(
                    "by the trust policy's `{sid}` on conditions that {PLANNER} met: {conditions}"
                );
                Proof::Allowed { why: Some(why) }
            } else {
                Proof::cannot(format!("the trust policy's `{sid}` has conditions: {conditions}"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::preflight::{KeyPolicy, denials};

    const ROLE: &str = "arn:aws:iam::444455556666:role/restore-target";

    fn own(step: &str) -> String {
        format!("arn:aws:iam::123456789012:role/restore-{step}")
    }

    fn proven(statements: &Value) -> Vec<Row> {
        let session = Session {
            account_id: "444455556666".try_into().unwrap(),
            region: "eu-central-1".try_into().unwrap(),
            role_arn: ROLE.try_into().unwrap(),
            external_id: Some("orders".to_owned()),
        };
        let steps = ["copy-snapshot", "clean-up"];
        let roles = [PLANNER, "copy-snapshot", "clean-up"]
            .map(|step| (step.to_owned(), own(step).as_str().try_into().unwrap()));
        let policy = json!({ "Version": "2012-10-17", "Statement": statements }).to_string();
        let trust = PolicyOfKey::Read(KeyPolicy::read(&policy).unwrap());
        trusted(&session, &steps, &BTreeMap::from(roles), &trust)
    }

    fn of<'a>(rows: &'a [Row], function: &str) -> &'a Proof {
        &rows.iter().find(|row| row.needed_for == [function]).unwrap().proof
    }

    fn statement(names: &[&str], external_id: Option<&str>) -> Value {
        let names: Vec<String> = names.iter().map(|name| own(name)).collect();
        let mut statement = json!({
            "Sid": "Restore", "Effect": "Allow", "Principal": { "AWS": names },
            "Action": "sts:AssumeRole",
        });
        if let Some(id) = external_id {
            statement["Condition"] = json!({ "StringEquals": { "sts:ExternalId": id } });
        }
        statement
    }

    #[test]
    fn a_function_that_is_let_in_under_the_conditions_that_the_planner_met_is_trusted() {
        for external_id in [None, Some("orders")] {
            let all = [PLANNER, "copy-snapshot", "clean-up"];
            let rows = proven(&json!(statement(&all, external_id)));

            assert!(rows.iter().all(|row| matches!(row.proof, Proof::Allowed { .. })), "{rows:?}");
            assert_eq!(rows.len(), 2);
        }
    }

    #[test]
    fn a_function_that_no_statement_names_is_denied_with_what_to_add_to_the_trust_policy() {
        let rows = proven(&json!([statement(&[PLANNER, "copy-snapshot"], Some("orders"))]));

        let [told] = &denials(&rows)[..] else { panic!("{rows:?}") };
        let said = &told.message;
        assert!(said.starts_with(&format!("{} may not sts:AssumeRole", own("clean-up"))), "{said}");
        assert!(said.contains(&format!("add to the trust policy of the role {ROLE}: ")), "{said}");
        let (_, statement) = said.rsplit_once(": {\"Sid\"").unwrap();
        let statement: Value = serde_json::from_str(&format!("{{\"Sid\"{statement}")).unwrap();
        assert_eq!(statement["Principal"]["AWS"], own("clean-up"));
        assert_eq!(statement["Condition"]["StringEquals"]["sts:ExternalId"], "orders");
        assert!(statement.get("Resource").is_none(), "{statement}");
    }

    #[test]
    fn every_copy_is_made_by_one_function_and_waited_for_by_another() {
        for step in ["stage-snapshot", "copy-into-target-account", "copy-snapshot"] {
            let expected = BTreeSet::from(["copy-snapshot", "wait-until-available", "clean-up"]);
            assert_eq!(functions(&[step, "clean-up"]), expected, "{step}");
        }
    }

    #[test]
    fn of_other_conditions_than_the_planners_nobody_can_tell() {
        let rows = proven(&json!([
            statement(&[PLANNER, "copy-snapshot"], Some("orders")),
            statement(&["clean-up"], Some("another")),
        ]));

        assert!(matches!(of(&rows, "clean-up"), Proof::CannotBeProven { .. }), "{rows:?}");
    }

    #[test]
    fn a_policy_that_is_not_read_as_aws_reads_it_proves_nothing_missing() {
        let by_organisation = json!({
            "Effect": "Allow", "Principal": { "Federated": "somebody" }, "Action": "sts:AssumeRole",
        });

        for row in proven(&json!([by_organisation])) {
            assert!(matches!(row.proof, Proof::CannotBeProven { .. }), "{row:?}");
        }
    }

    #[test]
    fn an_explicit_deny_counts_over_all_that_allows() {
        let mut deny = statement(&["clean-up"], None);
        deny["Effect"] = json!("Deny");
        let rows = proven(&json!([statement(&[PLANNER, "copy-snapshot", "clean-up"], None), deny]));

        assert!(matches!(of(&rows, "copy-snapshot"), Proof::Allowed { .. }), "{rows:?}");
        assert!(matches!(of(&rows, "clean-up"), Proof::Denied { .. }), "{rows:?}");
    }
}
