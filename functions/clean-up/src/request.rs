//! What is to be cleaned up after, and what came of it.

use std::collections::BTreeMap;

use restore::RestoreId;
use restore::plan::Plan;
use restore::poll::SETTLED_SECONDS;
use serde::{Deserialize, Serialize};

/// One call of a clean-up.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    /// The restore.
    pub restore_id: RestoreId,
    /// How it was to be done, and so where to look for what it made.
    pub plan: Plan,
    /// How it ended.
    pub reason: Reason,
    /// The instance it launched: a look-up by tag may not know of it yet
    /// (EC2API/eventual-consistency).
    #[serde(default)]
    pub instance_id: Option<String>,
    /// The time since the clean-up began, in seconds.
    pub elapsed_seconds: u32,
    /// What earlier calls have removed.
    #[serde(default)]
    pub cleaned_up: Vec<String>,
    /// What AWS refuses, and since when, as the call before has answered.
    #[serde(default)]
    pub refused_since: BTreeMap<String, u32>,
}

impl Request {
    /// The seconds until AWS must list all that the restore made, where it may not yet: what has
    /// failed a moment ago may have made, shared or tagged something the moment before.
    ///
    /// What has succeeded has seen all that it made since.
    pub(crate) fn settles_in(&self) -> Option<u32> {
        let seconds = SETTLED_SECONDS.saturating_sub(self.elapsed_seconds);
        (self.reason == Reason::Failed && seconds > 0).then_some(seconds)
    }
}

/// How a restore ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Reason {
    /// The instance is back.
    Restored,
    /// It is not.
    Failed,
    /// It was, and was looked at: it was a drill.
    Drilled,
}

/// What one call answers.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    /// Whether all that a restore which succeeded has brought back was seen and is marked as
    /// finished, so that a later run that fails takes none of it away.
    pub marked: bool,
    /// What has come of it.
    #[serde(flatten)]
    pub response: Response,
}

/// What has come of a clean-up so far.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Response {
    /// There is more to remove, but not yet.
    Pending {
        /// How far what is waited for is, in percent, where AWS tells.
        #[serde(skip_serializing_if = "Option::is_none")]
        percent: Option<u8>,
        /// The seconds until the next call.
        wait_seconds: u32,
        /// What is waited for, in words.
        waiting_for: String,
        /// What this and earlier calls have removed, by ARN.
        cleaned_up: Vec<String>,
        /// What stays as it looks now.
        left: Vec<Left>,
        /// What AWS refuses and may not much longer, each with the seconds from the beginning of
        /// the clean-up to the first refusal in a row. The next call is to be given it.
        refused_since: BTreeMap<String, u32>,
    },
    /// There is nothing more to remove.
    Done {
        /// What was removed, by ARN.
        cleaned_up: Vec<String>,
        /// What stays.
        left: Vec<Left>,
    },
}

/// Something that this restore made and that stays, or a place where that is not known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Left {
    /// Its ARN, or the place in words.
    pub resource: String,
    /// Why it stays.
    pub why: String,
    /// Whether that is for others: a permission that another restore still relies on.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub used_by_others: bool,
    /// Whether it stays on purpose, and no later clean-up will take it away: options say so, or a
    /// person may have put it to use.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub kept: bool,
}
