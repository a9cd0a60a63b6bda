//! A plan as it is run.

use serde::{Deserialize, Serialize};

use super::OnWaveFailure;
use crate::id::{Label, PlanId, RecoveryId};
use crate::request::Mode;
use crate::{Request, RestoreId};

/// A plan as it is run: every restore of it a request of its own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Recovery {
    /// The id by which a later run goes on.
    pub recovery_id: RecoveryId,
    /// The plan.
    pub plan_id: PlanId,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Mode::is_default")]
    pub mode: Mode,
    /// Whether nothing is done beyond planning; every request says so too.
    pub dry_run: bool,
    /// In how many minutes it is to be complete.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rto_minutes: Option<u32>,
    /// How old the oldest snapshot may be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rpo_minutes: Option<u32>,
    /// The waves, in order.
    pub waves: Vec<RecoveryWave>,
}

/// A wave, with all that the plan leaves to its defaults.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RecoveryWave {
    /// Its name.
    pub name: Label,
    /// Whether it lies before the wave that the run begins with.
    pub skipped: bool,
    /// How many restores run at the same time in each of its groups.
    pub max_concurrency: u32,
    /// How many restores, in percent, may fail without failing it.
    pub tolerated_failure_percentage: f64,
    /// What its failure means for those after it.
    pub on_wave_failure: OnWaveFailure,
    /// Its restores, in the order of the plan.
    pub restores: Vec<Item>,
}

/// One restore: the input of one execution of the `restore` state machine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Item {
    /// Its id, which its request has too.
    pub restore_id: RestoreId,
    /// Where the plan has it, such as `waves[1].restores[3]`.
    pub path: String,
    /// What is asked.
    pub request: Request,
    /// How much it restores, in GiB, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size_gib: Option<u32>,
}
