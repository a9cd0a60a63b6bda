//! What a plan would do, as a hash: what was looked at in a dry run is held against what is about
//! to be done.
//!
//! The hash has two parts, that of the snapshots' path and that of the instance: a run that goes on
//! where an earlier one has come past the snapshots has only the second part left to do, and is
//! held to that alone. Left out is what does not change what is done: the restore id, the deadline,
//! `dryRun` itself, what is known of permissions, how much is free of what it takes, what of the
//! source is not restored, and warnings.

use serde::Serialize;

use super::{DbLaunch, Hop, Launch, Plan};
use crate::id::PlanHash;
use crate::name::digest;
use crate::request::{Drill, OnFailure};
use crate::{Flow, Session};

/// How many hex digits of SHA-256 each part has: 128 bits.
const PART: usize = 32;

/// What is done before the instance is made, and with the snapshots after it.
#[derive(Serialize)]
struct OfPath<'a> {
    flow: Flow,
    source: &'a Session,
    snapshots: Vec<&'a str>,
    hops: &'a [Hop],
    keep_copies: bool,
}

/// What is made of the snapshots.
#[derive(Serialize)]
struct OfInstance<'a> {
    flow: Flow,
    target: &'a Session,
    instance: Option<&'a Launch>,
    db_instance: Option<&'a DbLaunch>,
    on_failure: OnFailure,
    #[serde(skip_serializing_if = "Option::is_none")]
    drill: Option<&'a Drill>,
}

impl PlanHash {
    /// The hash of what `plan` does.
    pub(super) fn of(plan: &Plan) -> Self {
        let path = OfPath {
            flow: plan.flow,
            source: &plan.source,
            snapshots: plan.snapshots.iter().map(|snapshot| snapshot.source.as_str()).collect(),
            hops: &plan.hops,
            keep_copies: plan.keep_copies,
        };
        let instance = OfInstance {
            flow: plan.flow,
            target: &plan.target,
            instance: plan.instance.as_ref(),
            db_instance: plan.db_instance.as_ref(),
            on_failure: plan.on_failure,
            drill: plan.drill.as_ref(),
        };
        Self::joined(&part(&path), &part(&instance))
    }

    /// What `plan`, which has this hash, does otherwise than one that has the hash `approved`, in
    /// words; nothing where it does the same.
    pub(super) fn deviation(&self, approved: &Self, past_snapshots: bool) -> Option<&'static str> {
        let ((path, instance), (path_then, instance_then)) = (self.parts(), approved.parts());
        match (past_snapshots || path == path_then, instance == instance_then) {
            (true, true) => None,
            (false, true) => Some("the snapshots and their path differ"),
            (true, false) => Some("the instance to make differs"),
            (false, false) => {
                Some("both the snapshots with their path and the instance to make differ")
            }
        }
    }
}

/// The hash of one part. What a plan is made of always has a JSON form; were there none, the text
/// of the error would stand for it, and be the same each time.
fn part(of: &impl Serialize) -> String {
    let text = serde_json::to_string(of).unwrap_or_else(|error| error.to_string());
    digest(&text)[..PART].to_owned()
}

#[cfg(test)]
mod tests {
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
}
