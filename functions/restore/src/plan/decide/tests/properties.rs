//! What holds of every decision, whatever is asked for and whatever is found.

mod found;

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use self::found::{Otherwise, otherwise};
use super::{FROM, PATHS, SOURCE};
use crate::availability::Availability;
use crate::facts::{Facts, KeyFacts, SnapshotFacts};
use crate::plan::examples::Case;
use crate::plan::{Decision, Hop, HopStep, KeyGrant, ObstacleKind, Plan, Refusal};
use crate::preflight::Need;
use crate::request::Request;
use crate::request::properties::good;
use crate::{Flow, KeyArn, Service};

/// What a first run finds of `request`, which is sound, where nothing stands in the way.
fn first_run(request: &Value) -> Case {
    // Of volumes of any size that the request may give.
    let smallest = |facts: &mut Facts| {
        facts.snapshots.iter_mut().for_each(|snapshot| snapshot.size_gib = 1);
    };
    Case::of_request(Request::read(request).unwrap().practised()).finding(smallest)
}

/// The same, with all of that found `otherwise`.
fn a_run(request: &Value, otherwise: Vec<Otherwise>) -> Case {
    otherwise.into_iter().fold(first_run(request), |case, one| one.found(case))
}

/// The plan that `case` ends in, where it does.
fn planned(case: &Case) -> Option<Plan> {
    match case.decide() {
        Ok(Decision::Plan(plan)) => Some(*plan),
        Ok(Decision::NotYet { .. }) | Err(_) => None,
    }
}

/// `case`, asked for with the hash of a plan.
fn approved(case: &Case, hash: &Value) -> Case {
    case.clone().asking(&json!({ "options": { "planHash": hash } }))
}

proptest! {
    #[test]
    fn what_nothing_stands_in_the_way_of_is_planned(request in good()) {
        let case = first_run(&request);

        let plan = planned(&case);

        prop_assert!(plan.is_some(), "{:?}", case.decide());
        is_sound(&case, &plan.unwrap())?;
    }

    #[test]
    fn whatever_is_found_ends_in_a_sound_plan_a_wait_or_a_refusal_that_says_why(
        request in good(),
        otherwise in otherwise(),
    ) {
        let case = a_run(&request, otherwise);
        let decided = case.decide();

        match &decided {
            Ok(Decision::Plan(plan)) => is_sound(&case, plan)?,
            Ok(Decision::NotYet { waiting_for, .. }) => is_a_wait(&case, waiting_for)?,
            Err(refusal) => says_why(refusal)?,
        }
        prop_assert_eq!(case.decide(), decided, "decided otherwise by the same facts");
    }

    #[test]
    fn a_plan_that_was_approved_is_planned_again_and_no_other_is(
        request in good(),
        otherwise in otherwise(),
    ) {
        let case = a_run(&request, otherwise);
        let Some(plan) = planned(&case) else { return Ok(()) };

        prop_assert_eq!(planned(&approved(&case, &json!(plan.hash))), Some(plan));
        let another = json!(format!("{0}-{0}", "0".repeat(32)));
        let refusal = approved(&case, &another).refusal();
        prop_assert_eq!(refusal.kind(), ObstacleKind::Invalid);
        prop_assert!(refusal.to_string().starts_with("options.planHash: "), "{}", refusal);
    }

    #[test]
    fn what_was_planned_and_made_is_planned_a_second_time_with_nothing_to_do_on_the_way(
        request in good(),
        otherwise in otherwise(),
    ) {
        let case = a_run(&request, otherwise);
        let Some(first) = planned(&case) else { return Ok(()) };
        let again = approved(&case, &json!(first.hash)).made();

        if first.drill.is_some() {
            // A drill takes over nothing: what is left of another goes first.
            prop_assert_eq!(again.refusal().kind(), ObstacleKind::AlreadyExists);
            return Ok(());
        }
        let Some(second) = planned(&again) else {
            return Err(TestCaseError::fail(format!("{:?}", again.decide())));
        };

        prop_assert_eq!(&second.hops, &Vec::new());
        prop_assert_eq!(&second.instance, &first.instance);
        prop_assert_eq!(&second.db_instance, &first.db_instance);
        // Its clean-up looks for what the first may have given.
        let given = |plan: &Plan| plan.grants.iter().map(found_by).collect::<Vec<_>>();
        prop_assert_eq!(given(&second), given(&first));
        is_sound(&again, &second)?;
    }
}

/// What a grant is found by.
fn found_by(grant: &KeyGrant) -> (String, String, String) {
    let KeyGrant { kms_key_id, name, grantee_principal, operations: _ } = grant;
    (kms_key_id.to_string(), name.clone(), grantee_principal.to_string())
}

/// Holds `plan` against what `flows.md` says of its flow.
fn is_sound(case: &Case, plan: &Plan) -> Result<(), TestCaseError> {
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

/// That a wait is for snapshots that may yet come to be complete.
fn is_a_wait(case: &Case, waiting_for: &[String]) -> Result<(), TestCaseError> {
    let (_, facts) = case.parts();
    prop_assert!(!waiting_for.is_empty());
    for snapshot in &facts.snapshots {
        let is_pending = matches!(snapshot.availability, Availability::Pending { .. });
        let is_ready = snapshot.availability == Availability::Ready;
        prop_assert!(is_pending || is_ready, "{:?}", snapshot);
        prop_assert_eq!(waiting_for.contains(&snapshot.id), is_pending);
    }
    Ok(())
}

/// That a refusal tells everything that stands in the way, and is called by the first kind of it.
fn says_why(refusal: &Refusal) -> Result<(), TestCaseError> {
    let told = refusal.to_string();
    prop_assert!(!refusal.obstacles().is_empty());
    for obstacle in refusal.obstacles() {
        prop_assert!(!obstacle.message.is_empty());
        prop_assert!(told.contains(&obstacle.message), "{}", told);
        prop_assert!(obstacle.kind >= refusal.kind(), "{:?}", refusal);
    }
    prop_assert!(refusal.obstacles().iter().any(|obstacle| obstacle.kind == refusal.kind()));
    Ok(())
}

#[test]
fn what_is_tried_ends_in_every_way_in_every_flow() {
    let mut runner = TestRunner::deterministic();
    let tried = (good(), otherwise());
    let mut ends: BTreeMap<&str, BTreeMap<&str, usize>> = BTreeMap::new();
    for _ in 0..1000 {
        let (request, otherwise) = tried.new_tree(&mut runner).unwrap().current();
        let case = a_run(&request, otherwise);
        let end = match case.decide() {
            Ok(Decision::Plan(plan)) if plan.hops.is_empty() => "a plan without hops",
            Ok(Decision::Plan(_)) => "a plan",
            Ok(Decision::NotYet { .. }) => "a wait",
            Err(_) => "a refusal",
        };
        let flow = case.parts().0.flow().name();
        *ends.entry(flow).or_default().entry(end).or_default() += 1;
    }
    assert_eq!(ends.len(), Flow::ALL.len(), "{ends:?}");
    for (flow, ends) in ends {
        // Volumes are made straight from the snapshots.
        let ways = if flow == Flow::Ec2SameLocation.name() { 3 } else { 4 };
        assert_eq!(ends.len(), ways, "{flow}: {ends:?}");
    }
}
