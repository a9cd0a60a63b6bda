//! The option group of a DB snapshot, and what becomes of it elsewhere.
//!
//! Option groups are of one account and Region. A permanent or persistent option stays with a
//! snapshot and with every copy of it, so that a copy in another account or Region has to be told a
//! group there that has it. AWS refuses it otherwise, of Transparent Data Encryption as documented
//! (BC:rds.CopyDBSnapshotMessage.OptionGroupName), and of others: "The snapshot requires a target
//! option group with the following options" (GH:cloud-custodian/cloud-custodian#4955).

use super::refusal::{Obstacle, ObstacleKind};
use crate::Flow;
use crate::facts::{Facts, SnapshotFacts, Unshareable};
use crate::request::{RdsTarget, Request};

/// Whether the copy at the target is told an option group: in another Region where the snapshot's
/// is not a default one (BC:rds.CopyDBSnapshotMessage.OptionGroupName), in another account where it
/// has options that stay.
pub(super) fn is_named_for_copy(request: &Request, facts: &Facts) -> bool {
    let crosses_regions = request.source.region != request.target.region;
    let has_group = |snapshot: &SnapshotFacts| snapshot.option_group.is_some();
    (crosses_regions && facts.snapshots.iter().any(has_group))
        || (goes_elsewhere(request) && facts.snapshots.iter().any(has_lasting_options))
}

/// What a copy of the snapshots would be refused for: that nothing names a group with the options
/// that stay.
pub(super) fn missing(request: &Request, facts: &Facts) -> Vec<Obstacle> {
    let Some(asked) = request.target.rds.as_ref().filter(|_| goes_elsewhere(request)) else {
        return Vec::new();
    };
    facts
        .snapshots
        .iter()
        .filter(|snapshot| has_lasting_options(snapshot))
        // One that cannot be shared at all goes nowhere, whatever group there is.
        .filter(|snapshot| !request.flow().crosses_accounts() || can_be_shared(snapshot))
        .filter_map(|snapshot| missing_for(snapshot, request, asked))
        .collect()
}

fn missing_for(snapshot: &SnapshotFacts, request: &Request, asked: &RdsTarget) -> Option<Obstacle> {
    let (source, target) = (&request.source, &request.target);
    let (id, options) = (&snapshot.id, snapshot.lasting_options.join(", "));
    if request.flow() == Flow::RdsCrossAccountCrossRegion {
        let problem = format!(
            "{id} has the permanent or persistent options {options}, and so the first of this flow's two copies, in account {} \
             and Region {}, would have to name an option group with them, for which the request has no field: copy it to \
             Region {} within account {} first, and restore that copy",
            target.account_id, source.region, target.region, source.account_id
        );
        return Some(Obstacle::at(ObstacleKind::Invalid, &snapshot.path, problem));
    }
    if asked.option_group_name.is_some() {
        return None;
    }
    let problem = format!(
        "required: {id} has the permanent or persistent options {options}, without which AWS makes no copy of it: name an \
         option group of account {} and Region {} that has them",
        target.account_id, target.region
    );
    Some(Obstacle::at(ObstacleKind::Invalid, "target.rds.optionGroupName", problem))
}

/// The groups that the DB instance goes without, in words: where the request names none, RDS gives
/// it a default one, unless the snapshot's has options that stay (`RDS/USER_RestoreFromSnapshot`,
/// "Option group considerations").
pub(super) fn not_taken_along(request: &Request, facts: &Facts) -> Vec<String> {
    if request.target.rds.as_ref().is_none_or(|rds| rds.option_group_name.is_some()) {
        return Vec::new();
    }
    facts
        .snapshots
        .iter()
        .filter(|snapshot| !has_lasting_options(snapshot))
        .filter_map(|snapshot| snapshot.option_group.as_ref())
        .map(|group| {
            format!(
                "option group {group}: the DB instance gets a default one; name one of its account and Region in \
                 target.rds.optionGroupName"
            )
        })
        .collect()
}

/// Whether the DB instance is made where no option group of the snapshot's account and Region is.
fn goes_elsewhere(request: &Request) -> bool {
    let (source, target) = (&request.source, &request.target);
    (&source.account_id, &source.region) != (&target.account_id, &target.region)
}

const fn has_lasting_options(snapshot: &SnapshotFacts) -> bool {
    !snapshot.lasting_options.is_empty()
}

const fn can_be_shared(snapshot: &SnapshotFacts) -> bool {
    !matches!(snapshot.unshareable, Some(Unshareable::NorAnyCopy(_)))
}

#[cfg(test)]
mod tests;
