//! What of all that a restore made is to go.

use restore::Flow;
use restore::request::OnFailure;
use restore::tag::Made;

use crate::found::{Kind, Life};
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
    /// The permissions that it gave.
    Shares,
}

/// What happens to one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It is removed.
    Goes,
    /// It is what the restore was for.
    Outcome,
    /// It stays, for this reason.
    Stays(&'static str),
}

impl Scope {
    /// What a request says is to go.
    pub(crate) fn of(request: &Request) -> Self {
        let plan = &request.plan;
        match (request.reason, plan.on_failure) {
            (Reason::Restored, _) => Self::Intermediates {
                kept: plan.keep_copies.then(|| last_copy(plan.flow)).flatten(),
            },
            (Reason::Failed, OnFailure::CleanUp) => Self::Everything,
            (Reason::Failed, OnFailure::Keep) => Self::Shares,
        }
    }

    /// Whether the restored volumes stay, so that what they load their data from is still needed.
    pub(crate) const fn keeps_volumes(self) -> bool {
        match self {
            Self::Intermediates { .. } | Self::Shares => true,
            Self::Everything => false,
        }
    }

    /// What happens to something of this `kind`.
    pub(crate) fn fate(self, kind: &Kind) -> Fate {
        let kept = match (self, kind) {
            (_, Kind::Share { .. }) | (Self::Everything, _) => return Fate::Goes,
            (Self::Shares, _) => return Fate::Stays("kept, as options.onFailure says"),
            (Self::Intermediates { kept }, _) => kept,
        };
        match kind.made() {
            Some(made) if Some(made) == kept && kind.life() != Life::Failed => {
                Fate::Stays("kept, as options.keepCopies says")
            }
            Some(made) if made.is_intermediate() => Fate::Goes,
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
