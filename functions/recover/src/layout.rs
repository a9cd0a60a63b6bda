//! Where the objects of a recovery lie.

use jiff::Timestamp;
use restore::id::RecoveryId;
use serde::{Deserialize, Serialize};

/// The keys of one execution's objects.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Layout(String);

impl Layout {
    /// Those of an execution of a recovery: a later one under the same id has others, and so has one
    /// of the same name, which is free again after 90 days
    /// (BC:stepfunctions.StartExecutionInput.name).
    pub(crate) fn of(recovery: &RecoveryId, started_at: Timestamp, execution_name: &str) -> Self {
        let start = started_at.strftime("%Y%m%dT%H%M%SZ");
        Self(format!("recoveries/{recovery}/{start}-{execution_name}"))
    }

    /// Every restore, to be planned.
    pub(crate) fn preflight(&self) -> String {
        format!("{}/preflight.json", self.0)
    }

    /// Where the results of planning them go.
    pub(crate) fn preflight_results(&self) -> String {
        format!("{}/preflight", self.0)
    }

    /// The recovery, with every request of it.
    pub(crate) fn recovery(&self) -> String {
        format!("{}/recovery.json", self.0)
    }

    /// What the recovery is held to.
    pub(crate) fn ledger(&self) -> String {
        format!("{}/ledger.json", self.0)
    }

    /// What planning has told of each restore.
    pub(crate) fn planned(&self) -> String {
        format!("{}/planned.json", self.0)
    }

    /// The restores of a group, to be run.
    pub(crate) fn group(&self, wave: usize, group: usize) -> String {
        format!("{}/wave-{wave}/group-{group}.json", self.0)
    }

    /// Where the results of running a wave go.
    pub(crate) fn wave_results(&self, wave: usize) -> String {
        format!("{}/wave-{wave}", self.0)
    }

    /// What became of each restore of a wave.
    pub(crate) fn accounted(&self, wave: usize) -> String {
        format!("{}/wave-{wave}/results.json", self.0)
    }

    /// What became of the recovery.
    pub(crate) fn outcome(&self) -> String {
        format!("{}/outcome.json", self.0)
    }
}
