//! What `flows.md` says of a plan: its path, and who does what with which key.

use proptest::prelude::*;

use super::super::{FROM, PATHS, SOURCE};
use crate::facts::{Facts, KeyFacts, SnapshotFacts};
use crate::plan::examples::Case;
use crate::plan::{Hop, HopStep, Plan};
use crate::preflight::Need;
use crate::request::Request;
use crate::{Flow, KeyArn, Service};

/// Holds `plan` against what `flows.md` says of its flow.
pub(super) fn is_sound(case: &Case, plan: &Plan) -> Result<(), TestCaseError> {
    let (request, facts) = case.parts();
    prop_assert_eq!(plan.flow, request.flow());
    prop_assert_eq!(&plan.source, &request.source_session());
    prop_assert_eq!(&plan.target, &request.target_session());
    prop_assert_eq!(plan.estimate.is_some(), request.options.dry_run);
    prop_assert!(plan.hash.is_some());

    let is_ec2 = request.service() == Service::Ec2;
    let under = [
        plan.instance.as_ref().map(|launch| &launch.kms_key_id),
        plan.db_instance.as_ref().map(|launch| &launch.kms_key_id),
    ];
    let target_key = facts.target_key.as_ref().map(|key| &key.arn);
    let nothing = None;
    prop_assert_eq!(under, if is_ec2 { [target_key, nothing] } else { [nothing, target_key] });
    prop_assert_eq!(target_key.map(KeyArn::region), Some(request.target.region.as_str()));

    let steps: Vec<_> = plan.hops.iter().map(step).collect();
    prop_assert_eq!(steps, path(request.flow(), facts));
    for hop in &plan.hops {
        is_sound_hop(request, facts, hop)?;
    }
    for need in case.needs() {
        is_of_its_role(request, facts, &need)?;
    }
    let may_give = request.source.grant_key_access && request.flow().crosses_accounts();
    prop_assert!(may_give || plan.grants.is_empty(), "{:?}", plan.grants);
    for grant in &plan.grants {
        prop_assert_eq!(&grant.grantee_principal, &request.target.role_arn);
        prop_assert_eq!(grant.name.as_str(), format!("restore:{}", plan.restore_id));
    }
    Ok(())
}

fn step(hop: &Hop) -> (HopStep, &str, &str) {
    (hop.step, hop.session.account_id.as_str(), hop.session.region.as_str())
}

/// The path of `flow`: after a copy of what cannot be shared as it is, and without one that would
/// change nothing.
fn path(flow: Flow, facts: &Facts) -> Vec<(HopStep, &'static str, &'static str)> {
    if facts.is_past_snapshots() {
        return Vec::new();
    }
    let (_, steps) = PATHS.into_iter().find(|(of, _)| *of == flow).unwrap();
    let arn = |key: &Option<KeyFacts>| key.as_ref().map(|key| key.arn.clone());
    let is_there = flow == Flow::RdsSameLocation
        && facts.snapshots.iter().all(|one| arn(&one.key) == arn(&facts.target_key));
    let is_staged = flow.crosses_accounts() && !facts.snapshots.iter().all(can_be_shared);
    let stage = is_staged.then_some((HopStep::StageSnapshot, SOURCE, FROM));
    let steps = steps.iter().filter(|_| !is_there);
    stage
        .into_iter()
        .chain(steps.map(|(step, account, region, _)| (*step, *account, *region)))
        .collect()
}

fn can_be_shared(snapshot: &SnapshotFacts) -> bool {
    let is_under_default_key = snapshot.key.as_ref().is_some_and(|key| key.managed_by_aws);
    !is_under_default_key && snapshot.unshareable.is_none()
}

/// Holds `hop` against the table in `flows.md`, "Who does what, with which key".
fn is_sound_hop(request: &Request, facts: &Facts, hop: &Hop) -> Result<(), TestCaseError> {
    let (source, target) = (request.source_session(), request.target_session());
    let is_of_source = matches!(hop.step, HopStep::StageSnapshot | HopStep::ShareSnapshot);
    let role = if is_of_source { source } else { target.in_region(&hop.session.region) };
    prop_assert_eq!(&hop.session, &role);
    prop_assert_eq!(&hop.source_region, &request.source.region);
    let shared_with = (hop.step == HopStep::ShareSnapshot).then_some(&request.target.account_id);
    prop_assert_eq!(hop.share_with.as_ref(), shared_with);

    let first = &facts.snapshots[0];
    let shared = if can_be_shared(first) { &first.key } else { &facts.staging_key };
    let key = match hop.step {
        HopStep::ShareSnapshot => None,
        HopStep::StageSnapshot => facts.staging_key.as_ref(),
        // It stays under the key it is shared under, or unencrypted, until the next hop.
        HopStep::CopyIntoTargetAccount => facts.intermediate_key.as_ref().or(shared.as_ref()),
        HopStep::CopySnapshot | HopStep::ReencryptCopy => facts.target_key.as_ref(),
    };
    prop_assert_eq!(hop.kms_key_id.as_ref(), key.map(|key| &key.arn));
    let stays_as_it_is = hop.step == HopStep::CopyIntoTargetAccount && shared.is_none();
    let is_copy = hop.step.makes().is_some();
    prop_assert!(hop.kms_key_id.is_some() || !is_copy || stays_as_it_is, "{:?}", hop);
    if let Some(key) = &hop.kms_key_id {
        prop_assert_eq!(key.region(), hop.session.region.as_str());
    }

    let is_staged =
        |one: &&SnapshotFacts| hop.step != HopStep::StageSnapshot || !can_be_shared(one);
    let concerned = facts.snapshots.iter().filter(is_staged).map(|one| &one.id);
    prop_assert!(!hop.snapshots.is_empty());
    prop_assert!(hop.snapshots.iter().eq(concerned), "{:?}", hop);
    Ok(())
}

/// Holds a permission that is needed against the same table: it is one of the two roles that needs
/// it, in the Region of the key, and the source role needs no key but those it copies or shares.
fn is_of_its_role(request: &Request, facts: &Facts, need: &Need) -> Result<(), TestCaseError> {
    let (source, target) = (request.source_session(), request.target_session());
    let is_of_source = need.session.role_arn == source.role_arn;
    prop_assert!(is_of_source || need.session.role_arn == target.role_arn, "{:?}", need);
    if !need.is_of_key() {
        return Ok(());
    }
    let key = KeyArn::try_from(need.resource.as_str());
    prop_assert!(key.is_ok(), "{:?}", need);
    let key = key.unwrap();
    prop_assert_eq!(key.region(), need.session.region.as_str());
    if is_of_source && source.role_arn != target.role_arn {
        let own = facts.snapshots.iter().filter_map(|one| one.key.as_ref());
        let mut own = own.chain(facts.staging_key.as_ref());
        prop_assert!(own.any(|own| own.arn == key), "{:?}", need);
    }
    Ok(())
}
