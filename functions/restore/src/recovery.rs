//! Recovery plans: many restores in waves, from one document.
//!
//! A [`RecoveryPlan`] is the document and [`Recover`] the input that names it.
//! [`RecoveryPlan::expand`] lays each restore over its defaults, checks all there is to check
//! without a word to AWS, and tells every fault at once; of a plan without one it makes a
//! [`Recovery`]: every restore a whole [`crate::Request`] under an id of its own. A [`Schedule`]
//! puts them in order, a [`Ledger`] remembers them, and an [`Outcome`] accounts for each.
//! [`Recovery::without_room`] tells which of them fit alone and not beside the others.

mod check;
mod document;
mod expand;
mod expanded;
mod faults;
mod ids;
mod input;
mod kept;
mod lanes;
mod ledger;
mod left;
mod lost;
mod merge;
mod network;
mod objective;
mod outcome;
mod profiles;
mod result;
mod room;
mod schedule;
#[cfg(feature = "schema")]
mod schema;
mod twice;
mod wave;

#[cfg(test)]
mod examples;
#[cfg(test)]
mod tests;

pub use document::{
    Defaults, OnWaveFailure, Partial, PlanOptions, PlannedRestore, Profile, RecoveryPlan, Wave,
};
pub use expanded::{Item, Recovery, RecoveryWave};
pub use faults::Faults;
pub use input::{PlanObject, Recover};
pub use kept::Kept;
pub use ledger::{Entry, Ledger, LedgerWave};
pub use left::{LEFT_BEHIND, left_behind};
pub use lost::SourceLost;
pub use objective::Objective;
pub use outcome::{Outcome, RestoreOutcome, Summary};
pub use result::{Cut, Ending, RestoreResult, Unaccounted};
pub use room::Rooms;
pub use schedule::{Group, Schedule, ScheduledWave, Size, Sizes};
pub use wave::{Counts, Status, Verdict, WaveSummary};

pub use crate::request::{NetworkKind, NetworkMap};

/// The most restores that a plan may have.
///
/// As many children as one Map Run has under way at most (SFN/service-quotas); what a plan of that
/// size comes to in history events, payloads and requests is worked out for this figure.
pub const MAX_RESTORES: usize = 10_000;

/// The most waves that a plan may have: each is some events of the one execution's 25,000
/// (SFN/service-quotas), and a line of every summary.
pub const MAX_WAVES: usize = 100;

/// The most profiles that a plan may have.
pub const MAX_PROFILES: usize = 200;

/// The most names of one kind that a plan's network map may have: as many as a plan has restores.
pub const MAX_MAPPED: usize = 10_000;

/// The highest concurrency that can be asked for: a Map Run has at most 10,000 children under way
/// (SFN/service-quotas).
pub const MAX_CONCURRENCY: u32 = 10_000;

/// The concurrency of a wave that asks for none: the copies that EBS and RDS have under way to one
/// Region.
pub const DEFAULT_CONCURRENCY: u32 = 20;

/// The largest document that is read, in bytes: 1.6 KiB for each of 10,000 restores.
pub const MAX_PLAN_BYTES: usize = 16 * 1024 * 1024;

/// The most that the causes of all restores, and the names of what they left, are kept of, in bytes.
/// Step Functions holds a cause to 32,768 characters (BC:stepfunctions.SensitiveCause): it is a
/// thousand of the longest, or 3.3 KB for each of 10,000.
pub const MAX_WORDS: usize = 32 * 1024 * 1024;

/// The most that all restores may come to with what they take from defaults, in bytes of JSON: a
/// default is written once and multiplied by every restore.
pub const MAX_EXPANDED_BYTES: usize = 64 * 1024 * 1024;
