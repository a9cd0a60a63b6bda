//! Whether a restore's copies of EBS snapshots begin at once, or wait their turn among others.
//!
//! A Region receives only so many at a time from an account, which a support case can raise, and no
//! call tells the limit that is in force: so what is at the published one is a warning, never a refusal.
//! Of DB snapshots RDS tells what is being copied only among all that there are, since it has no filter
//! of their status (BC:rds.DescribeDBSnapshotsMessage.Filters): of those nothing is told.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::Hop;
use super::path::Path;
use crate::facts::Facts;
use crate::preflight::{Proof, Row};
use crate::request::Request;
use crate::{Service, Session};

/// How many copies of EBS snapshots a Region receives at a time from an account
/// (EBS/ebs-resource-quotas, "Concurrent snapshot copies per destination Region").
pub(super) const COPIES_AT_ONCE: usize = 20;

/// The copies of EBS snapshots that others have under way where this restore makes some.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopiesUnderWay {
    /// Who makes those of the restore, and in which Region.
    pub session: Session,
    /// How many there are that are not the restore's own.
    pub others: usize,
}

/// Who copies EBS snapshots for `request`, in the Regions that receive the copies.
#[must_use]
pub fn copying(request: &Request, facts: &Facts) -> Vec<Session> {
    if request.service() != Service::Ec2 || facts.is_past_snapshots() {
        return Vec::new();
    }
    let hops = Path::of(request, facts).hops().0;
    hops.into_iter().filter(|hop| hop.step.makes().is_some()).map(|hop| hop.session).collect()
}

/// That copies of `hops` wait until others are done, where there are so many that they may have to.
pub(super) fn of(deadline: Timestamp, facts: &Facts, hops: &[Hop]) -> Vec<Row> {
    let copies = hops.iter().filter(|hop| hop.step.makes().is_some());
    copies.filter_map(|hop| waits(deadline, facts, hop)).collect()
}

fn waits(deadline: Timestamp, facts: &Facts, hop: &Hop) -> Option<Row> {
    let Session { account_id, region, role_arn, .. } = &hop.session;
    let is_there =
        |it: &&CopiesUnderWay| (&it.session.account_id, &it.session.region) == (account_id, region);
    let others = facts.copies_under_way.iter().find(is_there)?.others;
    // Two volumes can come from one snapshot.
    let own = hop.snapshots.iter().collect::<BTreeSet<_>>().len();
    if others == 0 || others + own <= COPIES_AT_ONCE {
        return None;
    }
    let why = format!(
        "{others} copies of snapshots are under way already to account {account_id} in Region {region}, which receives \
         {COPIES_AT_ONCE} at a time unless AWS Support has raised that: of the {own} that this restore makes, those that \
         find no room wait their turn, until {deadline} at most"
    );
    Some(Row {
        role: role_arn.clone(),
        region: region.clone(),
        action: "ec2:CopySnapshot".to_owned(),
        resource: format!("arn:{}:ec2:{region}::snapshot/*", region.partition()),
        needed_for: vec![hop.step.name().to_owned()],
        proof: Proof::cannot(why),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Flow;
    use crate::plan::examples::Case;
    use crate::request::examples::{SOURCE_REGION, TARGET_ACCOUNT, TARGET_REGION};

    /// The example of `flow`, where others have so many copies under way at each place it copies to.
    fn beside(case: Case, others: usize) -> Case {
        let (request, facts) = case.parts();
        let places = copying(request, facts).into_iter();
        let under_way = places.map(|session| CopiesUnderWay { session, others }).collect();
        case.finding(|facts| facts.copies_under_way = under_way)
    }

    #[test]
    fn where_others_leave_too_little_room_copies_are_said_to_wait_their_turn() {
        for flow in [Flow::Ec2CrossRegion, Flow::Ec2CrossAccountCrossRegion] {
            let copies = Case::of(flow).plan().hops.pop().unwrap().snapshots.len();
            let room = COPIES_AT_ONCE - copies;

            assert_eq!(beside(Case::of(flow), room).plan().preflight, [], "{flow}");
            let plan = beside(Case::of(flow), room + 1).plan();

            let [row] = &plan.preflight[..] else { panic!("{flow}: {:?}", plan.preflight) };
            assert_eq!(row.needed_for, ["copy-snapshot"], "{flow}");
            assert_eq!(row.region.as_str(), TARGET_REGION, "{flow}");
            let Proof::CannotBeProven { why } = &row.proof else { panic!("{row:?}") };
            let others = format!("{} copies of snapshots are under way", room + 1);
            assert!(why.starts_with(&others) && why.contains("wait their turn"), "{why}");
        }
    }

    #[test]
    fn what_a_restore_alone_has_too_many_of_is_no_news() {
        let case = Case::of(Flow::Ec2CrossRegion).finding(|facts| {
            let snapshot = facts.snapshots[0].clone();
            facts.snapshots = (0..=COPIES_AT_ONCE)
                .map(|index| crate::facts::SnapshotFacts {
                    id: format!("snap-{index:08x}"),
                    ..snapshot.clone()
                })
                .collect();
        });

        assert_eq!(beside(case, 0).plan().preflight, []);
    }

    #[test]
    fn what_is_staged_waits_in_the_source_and_both_are_told() {
        let staged = Case::of(Flow::Ec2CrossAccountCrossRegion)
            .asking_anew(&json!({ "source": { "stagingKmsKeyId": "alias/staging" } }))
            .finding(|facts| {
                for snapshot in &mut facts.snapshots {
                    snapshot.key.as_mut().unwrap().managed_by_aws = true;
                }
            });

        let plan = beside(staged, COPIES_AT_ONCE).plan();

        let told: Vec<_> = plan
            .preflight
            .iter()
            .map(|row| (row.region.as_str(), &row.needed_for[0][..]))
            .collect();
        assert_eq!(told, [(SOURCE_REGION, "stage-snapshot"), (TARGET_REGION, "copy-snapshot")]);
        assert_eq!(plan.preflight[1].role.account(), TARGET_ACCOUNT);
    }

    #[test]
    fn nobody_is_asked_for_where_nothing_is_copied_or_rds_copies_it() {
        for case in [
            Case::of(Flow::Ec2SameLocation),
            Case::of(Flow::Ec2CrossAccount),
            Case::of(Flow::Ec2CrossRegion).made(),
            Case::of(Flow::RdsCrossRegion),
        ] {
            let (request, facts) = case.parts();
            assert_eq!(copying(request, facts), []);
        }
    }

    #[test]
    fn the_hash_does_not_depend_on_who_else_copies() {
        let hash = |others| beside(Case::of(Flow::Ec2CrossRegion), others).plan().hash.unwrap();

        assert_eq!(hash(0), hash(COPIES_AT_ONCE));
    }
}
