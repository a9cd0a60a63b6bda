//! What the role's own policies allow, as IAM simulates them.
//!
//! BC:iam.SimulatePrincipalPolicy tells of identity policies and the boundary alone, which is the
//! half of a permission that no dry run shows where the policies let a key be used only through
//! EC2 and RDS. The role asks it of itself.

use std::collections::BTreeMap;

use aws_sdk_iam::types::{
    ContextEntry, ContextKeyTypeEnum, EvaluationResult, PolicyEvaluationDecisionType,
};
use restore::preflight::{Need, OwnPolicy};
use restore::{RestoreId, Session, tag};
use step::{CallContext as _, ErrorName, StepError};

use crate::accounts::Clients;

const SIMULATE: &str = "iam:SimulatePrincipalPolicy";

/// What the policies of the role say of each of `needs`, which are of one key or resource.
///
/// # Errors
///
/// Only what trying again may mend.
pub(super) async fn simulate(
    clients: &Clients,
    restore_id: &RestoreId,
    needs: &[&Need],
) -> Result<BTreeMap<&'static str, OwnPolicy>, StepError> {
    let Some(first) = needs.first() else { return Ok(BTreeMap::new()) };
    let answered = match clients.iam() {
        Ok(iam) => iam
            .simulate_principal_policy()
            .policy_source_arn(clients.session.role_arn.as_str())
            .set_action_names(Some(needs.iter().map(|need| need.action.to_owned()).collect()))
            .resource_arns(&first.resource)
            .set_context_entries(Some(context(first, restore_id)))
            .send()
            .await
            .during(SIMULATE),
        Err(away) => Err(away),
    };
    let results = match answered {
        Ok(answer) => answer.evaluation_results.unwrap_or_default(),
        Err(error) if error.name() == ErrorName::Throttled => return Err(error),
        Err(error) => {
            let unknown = format!("the role's own policies cannot be simulated ({error})");
            let unknown = |need: &&Need| (need.action, OwnPolicy::Unknown(unknown.clone()));
            return Ok(needs.iter().map(unknown).collect());
        }
    };
    let of = |action: &str| results.iter().find(|result| result.eval_action_name() == action);
    Ok(needs.iter().filter_map(|need| Some((need.action, verdict(of(need.action)?)))).collect())
}

/// The condition keys of the call as the restore, or EC2 or RDS on its behalf, will make it.
fn context(need: &Need, restore_id: &RestoreId) -> Vec<ContextEntry> {
    let Session { account_id, region, .. } = &need.session;
    let id = restore_id.as_str();
    let mut entries =
        vec![entry("aws:RequestedRegion", ContextKeyTypeEnum::String, &[region.as_str()])];
    if let Some(grant) = &need.own_grant {
        entries.extend([
            entry("kms:CallerAccount", ContextKeyTypeEnum::String, &[account_id.as_str()]),
            entry("kms:GrantIsForAWSResource", ContextKeyTypeEnum::Boolean, &["false"]),
            entry(
                "kms:GranteePrincipal",
                ContextKeyTypeEnum::String,
                &[grant.grantee_principal.as_str()],
            ),
            entry(
                "kms:GrantOperations",
                ContextKeyTypeEnum::StringList,
                &grant.operations.iter().map(String::as_str).collect::<Vec<_>>(),
            ),
        ]);
    } else if need.is_of_key() {
        entries.extend([
            entry("kms:ViaService", ContextKeyTypeEnum::String, &[&need.via_service()]),
            entry("kms:CallerAccount", ContextKeyTypeEnum::String, &[account_id.as_str()]),
            entry("kms:GrantIsForAWSResource", ContextKeyTypeEnum::Boolean, &["true"]),
        ]);
    } else if let Some(service) = need.passed_to() {
        entries.push(entry("iam:PassedToService", ContextKeyTypeEnum::String, &[service]));
    } else {
        let tags = [tag::ID, tag::STEP, tag::SOURCE];
        entries.push(entry("aws:TagKeys", ContextKeyTypeEnum::StringList, &tags));
        // What is made has the restore's tags from its making on; what was there has none.
        if need.made {
            entries.extend([
                entry(&format!("aws:RequestTag/{}", tag::ID), ContextKeyTypeEnum::String, &[id]),
                entry(&format!("aws:ResourceTag/{}", tag::ID), ContextKeyTypeEnum::String, &[id]),
            ]);
        }
    }
    entries
}

fn entry(name: &str, kind: ContextKeyTypeEnum, values: &[&str]) -> ContextEntry {
    ContextEntry::builder()
        .context_key_name(name)
        .context_key_type(kind)
        .set_context_key_values(Some(values.iter().map(|it| (*it).to_owned()).collect()))
        .build()
}

/// A denial that hangs on a condition key which was not given is none: nobody knows what the call
/// itself will bring (BC:iam.EvaluationResult.MissingContextValues).
fn verdict(result: &EvaluationResult) -> OwnPolicy {
    let on_resource = result.resource_specific_results().first();
    let decision = on_resource.map_or(result.eval_decision(), |it| it.eval_resource_decision());
    let mut missing = result.missing_context_values().to_vec();
    missing.extend(on_resource.iter().flat_map(|it| it.missing_context_values()).cloned());
    match decision {
        PolicyEvaluationDecisionType::Allowed => OwnPolicy::Allows,
        other if missing.is_empty() => OwnPolicy::Denies {
            why: format!("IAM simulates the role's policies: {other}"),
            explicit: *other == PolicyEvaluationDecisionType::ExplicitDeny,
        },
        other => OwnPolicy::Unknown(format!(
            "IAM simulates the role's policies: {other}, without knowing {}",
            missing.join(", ")
        )),
    }
}

#[cfg(test)]
mod tests;
