//! What holds of every decision, whatever is asked for and whatever is found.

mod found;
mod sound;

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use self::found::{Otherwise, otherwise};
use self::sound::is_sound;
use crate::Flow;
use crate::availability::Availability;
use crate::facts::Facts;
use crate::plan::examples::Case;
use crate::plan::{Decision, KeyGrant, ObstacleKind, Plan, Refusal};
use crate::request::Request;
use crate::request::properties::good;

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
    let mut ends: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for _ in 0..5000 {
        let (request, otherwise) = tried.new_tree(&mut runner).unwrap().current();
        let case = a_run(&request, otherwise);
        let end = match case.decide() {
            Ok(Decision::Plan(plan)) if plan.hops.is_empty() => "a plan without hops",
            Ok(Decision::Plan(_)) => "a plan",
            Ok(Decision::NotYet { .. }) => "a wait",
            Err(_) => "a refusal",
        };
        ends.entry(case.parts().0.flow().name()).or_default().insert(end);
        // Of eight flows four ends each, but that one has no hop to make.
        if ends.values().map(BTreeSet::len).sum::<usize>() == 8 * 4 - 1 {
            assert_eq!(ends[Flow::Ec2SameLocation.name()].len(), 3);
            return;
        }
    }
    panic!("not all comes up: {ends:?}");
}
