//! What of all that a restore made is to go.

use restore::Flow;
use restore::request::OnFailure;
use restore::tag::Made;

use crate::found::{Found, Kind, Life};
use crate::request::{Reason, Request};

/// What is to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// What the finished restore does without, but for the copies to keep.
    Intermediates {
        /// The copies that stay.
        kept: Option<Made>,
    },
    /// All that it made.
    Everything,
    /// All that it made since it last succeeded: not the instance of that, what is attached to it,
    /// and the copies that were to be kept. A later run under the same id that fails must not undo
    /// a restore that somebody relies on.
    Unfinished {
        /// The copies that stay.
        kept: Option<Made>,
    },
    /// The permissions and grants that it gave.
    Shares,
}

/// What happens to one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It is removed.
    Goes,
    /// It is what the restore was for.
    Outcome,
    /// It stays, a copy that this run has made or used, and was to keep.
    Kept,
    /// It stays, for this reason.
    Stays(&'static str),
}

/// Why a copy stays.
pub(crate) const KEPT: &str = "kept, as options.keepCopies says";

impl Scope {
    /// What a request says is to go, of all that was `found`.
    pub(crate) fn of(request: &Request, found: &[Found]) -> Self {
        let plan = &request.plan;
        let last = last_copy(plan.flow);
        match (request.reason, plan.on_failure) {
            (Reason::Restored, _) => {
                Self::Intermediates { kept: last.filter(|_| plan.keep_copies) }
            }
            // Copies that are still there were to be kept, whatever this run asks for: with its
            // instance there, it has made none.
            (Reason::Failed, OnFailure::CleanUp) | (Reason::Drilled, _)
                if found.iter().any(Found::is_finished) =>
            {
                Self::Unfinished { kept: last }
            }
            (Reason::Failed, OnFailure::CleanUp) | (Reason::Drilled, _) => Self::Everything,
            (Reason::Failed, OnFailure::Keep) => Self::Shares,
        }
    }

    /// Whether the restored volumes stay, so that what they load their data from is still needed.
    pub(crate) const fn keeps_volumes(self) -> bool {
        match self {
            Self::Intermediates { .. } | Self::Unfinished { .. } | Self::Shares => true,
            Self::Everything => false,
        }
    }

    /// Whether an instance that is not finished goes, and with it what holds on to it.
    pub(crate) const fn ends_instances(self) -> bool {
        matches!(self, Self::Everything | Self::Unfinished { .. })
    }

    /// What happens to something of this `kind`.
    pub(crate) fn fate(self, kind: &Kind) -> Fate {
        // Somebody's, also where its instance has ended since; and whatever was made of it with its
        // tags: a final DB snapshot (BC:rds.DBInstance.CopyTagsToSnapshot), or the snapshots of a
        // life cycle policy (BC:dlm.Schedule.CopyTags).
        if kind.made() == Some(Made::Finished) {
            return Fate::Outcome;
        }
        if kind.is_snapshot() && !kind.made().is_some_and(Made::is_copy) {
            return Fate::Stays(
                "no copy that a restore makes: it has the tags of what it is a snapshot of",
            );
        }
        if kind.is_kept() {
            let asked_for = matches!(self, Self::Intermediates { kept } if kept == kind.made());
            // Of an earlier run, to which somebody may go back.
            return if asked_for { Fate::Kept } else { Fate::Outcome };
        }
        let kept = match (self, kind) {
            (_, Kind::Grant { .. } | Kind::Share { .. }) | (Self::Everything, _) => {
                return Fate::Goes;
            }
            (Self::Shares, _) => return Fate::Stays("kept, as options.onFailure says"),
            (Self::Intermediates { kept } | Self::Unfinished { kept }, _) => kept,
        };
        match kind.made() {
            Some(made)
                if Some(made) == kept && kind.life() != Life::Failed && !kind.is_double() =>
            {
                if matches!(self, Self::Intermediates { .. }) {
                    Fate::Kept
                } else {
                    Fate::Stays(KEPT)
                }
            }
            Some(made) if made.is_intermediate() => Fate::Goes,
            // Another one was made in its place. Of its data nothing can be recovered
            // (EBS/ebs-describing-volumes, `error`).
            Some(Made::Volume) if kind.is_loose_volume() && kind.life() == Life::Failed => {
                Fate::Goes
            }
            Some(_) if self.ends_instances() && !kind.is_loose_volume() => Fate::Goes,
            Some(_) if kind.is_loose_volume() => Fate::Stays(
                "not attached to the instance, but a restored volume: somebody may have detached it",
            ),
            Some(_) => Fate::Outcome,
            None => Fate::Stays("its tag restore:step names nothing that a restore makes"),
        }
    }
}

/// The copies that the instance of a flow is made from.
///
/// By the flow and not by the plan's hops: a run that goes on from where an earlier one came to
/// plans no hops.
const fn last_copy(flow: Flow) -> Option<Made> {
    match flow {
        Flow::Ec2SameLocation => None,
        // Made where a snapshot could not be shared as it was; the volumes come from it.
        Flow::Ec2CrossAccount => Some(Made::StagedSnapshot),
        Flow::Ec2CrossRegion | Flow::Ec2CrossAccountCrossRegion | Flow::RdsCrossRegion => {
            Some(Made::Copy)
        }
        Flow::RdsSameLocation | Flow::RdsCrossAccount | Flow::RdsCrossAccountCrossRegion => {
            Some(Made::ReencryptedCopy)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_copies_that_may_be_kept_are_those_that_the_instance_is_made_from() {
        for (flow, kept) in [
            (Flow::Ec2SameLocation, None),
            (Flow::Ec2CrossRegion, Some(Made::Copy)),
            (Flow::Ec2CrossAccount, Some(Made::StagedSnapshot)),
            (Flow::Ec2CrossAccountCrossRegion, Some(Made::Copy)),
            (Flow::RdsSameLocation, Some(Made::ReencryptedCopy)),
            (Flow::RdsCrossRegion, Some(Made::Copy)),
            (Flow::RdsCrossAccount, Some(Made::ReencryptedCopy)),
            (Flow::RdsCrossAccountCrossRegion, Some(Made::ReencryptedCopy)),
        ] {
            assert_eq!(last_copy(flow), kept, "{flow}");
            assert!(kept.is_none_or(Made::is_copy), "{flow}");
        }
    }
}
