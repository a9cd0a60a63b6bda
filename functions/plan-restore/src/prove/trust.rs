//! The trust policies of the roles, each read by the role itself.

use percent_encoding::percent_decode_str;
use restore::Flow;
use restore::preflight::{KeyPolicy, Need, PolicyOfKey, Row, trusted};
use step::{CallContext as _, ErrorName, StepError};

use crate::accounts::{Accounts, Clients};
use crate::roles::StepRoles;

const GET: &str = "iam:GetRole";

/// Steps that work by the restore role whatever the path.
const BY_RESTORE_ROLE: [&str; 2] = ["wait-until-available", "clean-up"];

/// What works by another source role whatever the path: it looks for shares and grants, which there
/// are between two accounts.
const BY_SOURCE_ROLE: [&str; 1] = ["clean-up"];

/// A row for each function and each role that it has to assume.
///
/// # Errors
///
/// Only what trying again may mend.
pub(super) async fn prove(
    accounts: &Accounts,
    roles: &StepRoles,
    flow: Flow,
    needs: &[Need],
) -> Result<Vec<Row>, StepError> {
    let mut rows = Vec::new();
    for clients in accounts.each_role() {
        let role = &clients.session.role_arn;
        let of_role = needs.iter().filter(|need| need.session.role_arn == *role);
        let mut steps: Vec<&str> =
            of_role.flat_map(|need| need.needed_for.iter().map(String::as_str)).collect();
        if !accounts.is_source_alone(clients) {
            steps.extend(BY_RESTORE_ROLE);
        } else if flow.crosses_accounts() {
            steps.extend(BY_SOURCE_ROLE);
        }
        let trust = read(clients).await?;
        rows.extend(trusted(&clients.session, &steps, &roles.0, &trust));
    }
    Ok(rows)
}

/// BC:iam.GetRole: the policy comes "URL-encoded compliant with RFC 3986".
async fn read(clients: &Clients) -> Result<PolicyOfKey, StepError> {
    let name = clients.session.role_arn.name();
    let read = match clients.iam() {
        Ok(iam) => iam.get_role().role_name(name).send().await.during(GET),
        Err(away) => Err(away),
    };
    match read {
        Ok(answer) => {
            let encoded = answer.role.and_then(|role| role.assume_role_policy_document);
            let encoded = encoded.unwrap_or_default();
            let text = percent_decode_str(&encoded).decode_utf8_lossy();
            Ok(KeyPolicy::read(&text).map_or_else(PolicyOfKey::Unreadable, PolicyOfKey::Read))
        }
        Err(error) if error.name() == ErrorName::Throttled => Err(error),
        Err(error) => Ok(PolicyOfKey::Unreadable(error.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use aws_sdk_iam::Client;
    use aws_sdk_iam::error::ErrorMetadata;
    use aws_sdk_iam::operation::get_role::{GetRoleError, GetRoleOutput};
    use aws_sdk_iam::primitives::DateTime;
    use aws_sdk_iam::types::Role;
    use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
    use restore::preflight::Proof;

    use super::*;
    use crate::accounts::tests::clients;

    const POLICY: &str = "%7B%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C%22Principal%22%3A%7B%22AWS%22%3A%5B%22arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fplan-restore%22%2C%22arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fclean-up%22%5D%7D%2C%22Action%22%3A%22sts%3AAssumeRole%22%7D%5D%7D";

    fn there() -> Rule {
        mock!(Client::get_role)
            .match_requests(|asked| asked.role_name() == Some("restore-source"))
            .then_output(|| {
                let role = Role::builder()
                    .path("/")
                    .role_name("restore-source")
                    .role_id("AROA")
                    .arn("arn:aws:iam::111122223333:role/restore-source")
                    .create_date(DateTime::from_secs(0))
                    .assume_role_policy_document(POLICY);
                GetRoleOutput::builder().role(role.build().unwrap()).build()
            })
    }

    async fn proven(rule: &Rule) -> Result<Vec<Row>, StepError> {
        let iam = mock_client!(aws_sdk_iam, RuleMode::MatchAny, [rule]);
        let accounts =
            Accounts { target: Some(Clients { iam, ..clients() }), ..Accounts::default() };
        let roles = ["plan-restore", "clean-up", "wait-until-available"].map(|step| {
            let arn = format!("arn:aws:iam::123456789012:role/{step}");
            (step.to_owned(), arn.as_str().try_into().unwrap())
        });
        prove(&accounts, &StepRoles(BTreeMap::from(roles)), Flow::Ec2CrossRegion, &[]).await
    }

    #[tokio::test]
    async fn the_trust_policy_is_read_as_iam_encodes_it() {
        let rows = proven(&there()).await.unwrap();

        let [clean_up, wait] = &rows[..] else { panic!("{rows:?}") };
        assert!(matches!(clean_up.proof, Proof::Allowed { .. }), "{clean_up:?}");
        assert!(matches!(wait.proof, Proof::Denied { .. }), "{wait:?}");
    }

    #[tokio::test]
    async fn within_one_account_nothing_but_the_plan_works_by_another_source_role() {
        for (flow, expected) in [
            (Flow::Ec2CrossRegion, vec![]),
            (Flow::Ec2CrossAccount, vec![vec!["clean-up".to_owned()]]),
        ] {
            let iam = mock_client!(aws_sdk_iam, RuleMode::MatchAny, [&there()]);
            let source = Some(Clients { iam, ..clients() });
            let accounts = Accounts { source, ..Accounts::default() };
            let own = "arn:aws:iam::123456789012:role/clean-up".try_into().unwrap();
            let roles = StepRoles(BTreeMap::from([("clean-up".to_owned(), own)]));

            let rows = prove(&accounts, &roles, flow, &[]).await.unwrap();

            let steps: Vec<_> = rows.into_iter().map(|row| row.needed_for).collect();
            assert_eq!(steps, expected, "{flow}");
        }
    }

    #[tokio::test]
    async fn a_trust_policy_that_may_not_be_read_is_warned_of_and_one_out_of_reach_tried_again() {
        let refused = |code: &'static str| {
            mock!(Client::get_role).then_error(move || {
                GetRoleError::generic(ErrorMetadata::builder().code(code).build())
            })
        };

        let rows = proven(&refused("AccessDenied")).await.unwrap();
        let error = proven(&refused("Throttling")).await.unwrap_err();

        assert!(rows.iter().all(|row| matches!(row.proof, Proof::CannotBeProven { .. })));
        assert_eq!((rows.len(), error.name()), (2, ErrorName::Throttled));
    }
}
