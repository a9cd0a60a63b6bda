//! What may yet come in between, and nobody can tell: warnings in the plan's table.

use jiff::Timestamp;

use crate::Flow;
use crate::facts::{Facts, SnapshotFacts};
use crate::preflight::{Proof, Row};
use crate::request::Request;

/// What is not sure of a restore that may last until `deadline`.
pub(super) fn of(request: &Request, deadline: Timestamp, facts: &Facts) -> Vec<Row> {
    if facts.is_past_snapshots() {
        return Vec::new();
    }
    let archived = facts.snapshots.iter().filter_map(|it| archived(request, deadline, it));
    let mut doubts: Vec<Row> = Vec::new();
    for doubt in archived {
        // One snapshot can become several volumes.
        if !doubts.contains(&doubt) {
            doubts.push(doubt);
        }
    }
    doubts
}

/// That a snapshot which is back from the archive for a time may be gone into it again: there it can
/// be neither shared, copied nor used (EBS/snapshot-archive-considerations).
fn archived(request: &Request, deadline: Timestamp, snapshot: &SnapshotFacts) -> Option<Row> {
    let at = snapshot.archived_again.filter(|at| *at <= deadline)?;
    let (action, step) = match request.flow() {
        Flow::Ec2SameLocation | Flow::Ec2CrossAccount => {
            ("ec2:CreateVolume", "create-and-attach-volumes")
        }
        _ => ("ec2:CopySnapshot", "copy-snapshot"),
    };
    let why = format!(
        "{} is back from the archive until {at} only, and the restore may last until {deadline}: have it back for longer \
         (ec2:RestoreSnapshotTier), or shorten options.timeoutHours",
        snapshot.id
    );
    Some(Row {
        role: request.target.role_arn.clone(),
        region: request.source.region.clone(),
        action: action.to_owned(),
        resource: snapshot.id.clone(),
        needed_for: vec![step.to_owned()],
        proof: Proof::cannot(why),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::examples::Case;

    /// The example of `flow`, both of whose volumes come from one snapshot, back until `at`.
    fn back_until(flow: Flow, at: &str) -> Case {
        Case::of(flow).finding(|facts| {
            facts.snapshots[0].archived_again = Some(at.parse().unwrap());
            facts.snapshots[1] = facts.snapshots[0].clone();
        })
    }

    #[test]
    fn a_snapshot_that_is_archived_again_before_the_deadline_is_warned_of_once() {
        for (flow, action) in [
            (Flow::Ec2SameLocation, "ec2:CreateVolume"),
            (Flow::Ec2CrossAccount, "ec2:CreateVolume"),
            (Flow::Ec2CrossRegion, "ec2:CopySnapshot"),
            (Flow::Ec2CrossAccountCrossRegion, "ec2:CopySnapshot"),
        ] {
            let plan = back_until(flow, "2026-11-24T23:00:00Z").plan();

            let [row] = &plan.preflight[..] else { panic!("{flow}: {:?}", plan.preflight) };
            let Proof::CannotBeProven { why } = &row.proof else { panic!("{row:?}") };
            assert_eq!((row.action.as_str(), row.resource.as_str()), (action, "snap-0a0a0a0a"));
            assert!(why.contains("back from the archive until 2026-11-24T23:00:00Z only"), "{why}");
        }
    }

    #[test]
    fn one_that_stays_for_longer_or_is_needed_no_more_is_not() {
        let stays = back_until(Flow::Ec2CrossRegion, "2026-11-25T00:00:01Z");
        assert_eq!(stays.plan().preflight, []);
        let made = back_until(Flow::Ec2CrossRegion, "2026-11-24T23:00:00Z");
        assert_eq!(made.finding_ec2(|ec2| ec2.volumes_made = true).plan().preflight, []);
    }
}
