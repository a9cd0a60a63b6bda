//! What is told of single restores when they have ended.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::LedgerWave;
use crate::RestoreId;

/// How a restore ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "camelCase")]
pub enum Ending {
    /// The instance is there; of a dry run: it could be.
    Succeeded,
    /// It was begun and did not succeed.
    Failed {
        /// The error's name, of the vocabulary of the `restore` state machine.
        error: String,
        /// What happened, in words.
        cause: String,
    },
    /// It was not begun: the wave or the recovery had ended before.
    NotStarted,
    /// It was not to be run: the recovery began with a later wave.
    Skipped,
}

/// What is told of one restore.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RestoreResult {
    /// Its id.
    pub restore_id: RestoreId,
    /// How it ended.
    #[serde(flatten)]
    pub ending: Ending,
    /// When it was begun.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    /// Whether an earlier run under its id had finished the instance: then nothing was restored now,
    /// and whether the instance is still up was not looked at.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub found_finished: bool,
    /// When the instance could be used; nothing of one that an earlier run had finished.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub up_at: Option<Timestamp>,
    /// Of a drill, when all checks had been made besides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checked_at: Option<Timestamp>,
    /// When it ended: what it had to clean up, or to tear down, was gone by then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// The instant of the data that it restored: that of its oldest snapshot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recovery_point: Option<Timestamp>,
    /// What it made and did not remove, by ARN or, where that is not known, in words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left: Vec<String>,
    /// What of this was cut, where it was too long to be kept beside all others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cut: Option<Cut>,
}

/// What was cut of a result: the end of its cause, which shows it by `…`, or some of what is left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Cut {
    /// The object in which all of it stands.
    pub from: String,
    /// How many things it left besides those that are named.
    pub left_unnamed: usize,
}

impl RestoreResult {
    /// How many things it made and did not remove.
    #[must_use]
    pub fn left_in_all(&self) -> usize {
        self.left.len() + self.cut.as_ref().map_or(0, |cut| cut.left_unnamed)
    }

    /// When what was restored could be used: of a drill, when it had been looked at, which is how its
    /// evidence counts.
    #[must_use]
    pub fn usable_at(&self) -> Option<Timestamp> {
        self.checked_at.or(self.up_at)
    }

    /// Of a restore that nothing was told of.
    pub(super) const fn nothing(restore_id: RestoreId, ending: Ending) -> Self {
        Self {
            restore_id,
            ending,
            started_at: None,
            found_finished: false,
            up_at: None,
            checked_at: None,
            ended_at: None,
            recovery_point: None,
            left: Vec::new(),
            cut: None,
        }
    }
}

/// Results that do not add up: each restore is to be accounted for once, and nothing else.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unaccounted {
    /// A restore that the recovery has not, or that lies in a wave that it skipped.
    #[error("there is a result of {0}, which is no restore that was to be run")]
    Unknown(RestoreId),
    /// A restore of which two results were told.
    #[error("there are two results of {0}")]
    Doubled(RestoreId),
}

/// One result for each restore of `waves`, wave by wave and in their order.
///
/// # Errors
///
/// [`Unaccounted`], when there are other results than theirs, or two of one.
pub(super) fn by_wave<'a>(
    waves: impl Iterator<Item = &'a LedgerWave>,
    results: Vec<RestoreResult>,
) -> Result<Vec<Vec<RestoreResult>>, Unaccounted> {
    let mut told = BTreeMap::new();
    for result in results {
        if let Some(other) = told.insert(result.restore_id.clone(), result) {
            return Err(Unaccounted::Doubled(other.restore_id));
        }
    }
    let accounted = waves
        .map(|wave| {
            let restores = wave.restores.iter().map(|entry| {
                let nothing = |ending| RestoreResult::nothing(entry.restore_id.clone(), ending);
                if wave.skipped {
                    return nothing(Ending::Skipped);
                }
                told.remove(&entry.restore_id).unwrap_or_else(|| nothing(Ending::NotStarted))
            });
            restores.collect()
        })
        .collect();
    match told.into_keys().next() {
        Some(unknown) => Err(Unaccounted::Unknown(unknown)),
        None => Ok(accounted),
    }
}
