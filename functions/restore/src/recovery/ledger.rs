//! What a recovery is held to at its end: every restore of it, without their requests.

use serde::{Deserialize, Serialize};

use super::{OnWaveFailure, Recovery};
use crate::RestoreId;
use crate::id::{Label, PlanId, RecoveryId};
use crate::request::Mode;

/// The restores of a recovery, and what it was to reach.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Ledger {
    /// The id of the recovery.
    pub recovery_id: RecoveryId,
    /// The plan.
    pub plan_id: PlanId,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Mode::is_default")]
    pub mode: Mode,
    /// Whether nothing was done beyond planning.
    pub dry_run: bool,
    /// In how many minutes it was to be complete.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rto_minutes: Option<u32>,
    /// How old the oldest snapshot was allowed to be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rpo_minutes: Option<u32>,
    /// The waves, in order.
    pub waves: Vec<LedgerWave>,
}

/// The restores of a wave.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LedgerWave {
    /// Its name.
    pub name: Label,
    /// Whether it lies before the wave that the run began with.
    pub skipped: bool,
    /// How many restores, in percent, may fail without failing it.
    pub tolerated_failure_percentage: f64,
    /// What its failure means for those after it.
    pub on_wave_failure: OnWaveFailure,
    /// Its restores.
    pub restores: Vec<Entry>,
}

/// One restore.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// Its id.
    pub restore_id: RestoreId,
    /// Where the plan has it.
    pub path: String,
}

impl Ledger {
    /// How many restores the plan has.
    #[must_use]
    pub fn restores(&self) -> usize {
        self.waves.iter().map(|wave| wave.restores.len()).sum()
    }
}

impl From<&Recovery> for Ledger {
    fn from(recovery: &Recovery) -> Self {
        let waves = recovery.waves.iter().map(|wave| LedgerWave {
            name: wave.name.clone(),
            skipped: wave.skipped,
            tolerated_failure_percentage: wave.tolerated_failure_percentage,
            on_wave_failure: wave.on_wave_failure,
            restores: wave
                .restores
                .iter()
                .map(|item| Entry { restore_id: item.restore_id.clone(), path: item.path.clone() })
                .collect(),
        });
        Self {
            recovery_id: recovery.recovery_id.clone(),
            plan_id: recovery.plan_id.clone(),
            mode: recovery.mode,
            dry_run: recovery.dry_run,
            rto_minutes: recovery.rto_minutes,
            rpo_minutes: recovery.rpo_minutes,
            waves: waves.collect(),
        }
    }
}
