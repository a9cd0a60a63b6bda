//! When a plan is the one that was approved.

mod every_field;

use serde_json::json;

use crate::Flow;
use crate::facts::Existing;
use crate::plan::ObstacleKind;
use crate::plan::examples::Case;

#[test]
fn a_request_with_the_hash_of_its_dry_run_is_planned_and_only_then() {
    for flow in Flow::ALL {
        let dry = Case::of(flow).asking(&json!({ "options": { "dryRun": true } })).plan();
        let hash = json!({ "options": { "planHash": dry.hash } });

        let same = Case::of(flow).asking(&hash).plan();
        let other =
            Case::of(flow).asking(&hash).asking(&json!({ "options": { "onFailure": "keep" } }));

        assert_eq!(same.hash, dry.hash, "{flow}");
        let words = other.obstacle(ObstacleKind::Invalid);
        assert!(words.starts_with("options.planHash: "), "{flow}: {words}");
        assert!(words.contains("the instance to make differs"), "{flow}: {words}");
    }
}

#[test]
fn the_hash_does_not_depend_on_when_and_under_which_id() {
    let plan = Case::of(Flow::RdsCrossAccount).plan();
    let later = Case::of(Flow::RdsCrossAccount)
        .asking(&json!({ "restoreId": "another", "options": { "timeoutHours": 3.0 } }))
        .plan();

    assert_eq!(plan.hash, later.hash);
}

#[test]
fn another_snapshot_than_the_approved_one_is_told() {
    let approved = Case::of(Flow::RdsCrossRegion).plan().hash.unwrap();
    let newer = Case::of(Flow::RdsCrossRegion)
        .asking(&json!({ "options": { "planHash": approved } }))
        .finding(|facts| facts.snapshots[0].id.push_str("-newer"));

    let words = newer.obstacle(ObstacleKind::Invalid);

    assert!(words.contains("the snapshots and their path differ"), "{words}");
}

#[test]
fn a_run_that_goes_on_past_the_snapshots_is_held_to_the_instance_alone() {
    let approved = Case::of(Flow::RdsCrossAccount).plan().hash;
    let going_on = Case::of(Flow::RdsCrossAccount)
        .asking(&json!({ "options": { "planHash": approved } }))
        .finding_db(Existing::Ours);

    assert_eq!(going_on.plan().hops, []);
}

#[test]
fn a_run_that_goes_on_past_the_snapshots_is_held_to_what_stays_of_them() {
    let approved = Case::of(Flow::RdsCrossAccount).plan().hash;
    let going_on = Case::of(Flow::RdsCrossAccount)
        .asking(&json!({ "options": { "planHash": approved, "keepCopies": true } }))
        .finding_db(Existing::Ours);

    let words = going_on.obstacle(ObstacleKind::Invalid);

    assert!(words.contains("or what stays of the restore (options.keepCopies"), "{words}");
}

#[test]
fn grants_that_were_not_approved_are_told() {
    let approved = Case::of(Flow::Ec2CrossAccount).plan().hash;
    let granting = Case::of(Flow::Ec2CrossAccount)
        .asking(&json!({ "source": { "grantKeyAccess": true } }))
        .asking(&json!({ "options": { "planHash": approved } }));

    let words = granting.obstacle(ObstacleKind::Invalid);

    assert!(words.contains("or the grants on their keys"), "{words}");
}
