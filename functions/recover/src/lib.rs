//! The steps of a recovery that are decided: the restores themselves are the state machine's.
//!
//! It is asked four times. For the plan, which it reads, checks whole and lays out as a list of
//! restores to preflight. For the schedule, once every restore has been planned: what stands in the
//! way, or each wave's restores in order. After each wave for what became of it, and in the end for
//! what became of the recovery, each restore accounted for once.
//!
//! What is too large for the state of an execution lies in S3, under a prefix of the execution's
//! own. Every object is written whole, from what was read: a step that runs twice writes the same.
//! The outcome, which is kept for longer than the rest, is never written over.

mod account;
mod layout;
mod plan;
mod results;
mod schedule;
mod store;
#[cfg(test)]
mod tests;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use step::StepError;

pub use account::{Accounted, Reported};
pub use layout::Layout;
pub use objects::bucket_from_env;
pub use plan::Planned;
pub use results::MapRun;
pub use schedule::Scheduled;
pub use store::Objects;

/// What is asked.
#[derive(Debug, Deserialize)]
#[serde(tag = "do", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Request {
    /// Which restores there are.
    Plan {
        /// The execution's input, as it was given.
        input: Value,
        /// When the execution began.
        started_at: Timestamp,
        /// The execution's name.
        execution_name: String,
    },
    /// In which order they are run.
    Schedule {
        /// Where the recovery's objects lie.
        layout: Layout,
        /// The Map Run in which each restore was planned.
        preflight: MapRun,
    },
    /// What became of a wave.
    Wave {
        /// Where the recovery's objects lie.
        layout: Layout,
        /// When the execution began.
        started_at: Timestamp,
        /// The place of the wave in the schedule.
        wave: usize,
        /// The Map Runs of its groups that have begun.
        groups: Vec<MapRun>,
    },
    /// What became of all.
    Outcome {
        /// Where the recovery's objects lie.
        layout: Layout,
        /// When the execution began.
        started_at: Timestamp,
        /// The waves that have been accounted for, by their places.
        waves: Vec<usize>,
    },
}

/// What is answered.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Response {
    /// To [`Request::Plan`].
    Planned(Planned),
    /// To [`Request::Schedule`].
    Scheduled(Scheduled),
    /// To [`Request::Wave`].
    Accounted(Accounted),
    /// To [`Request::Outcome`].
    Reported(Box<Reported>),
}

/// Does what is asked.
///
/// # Errors
///
/// - `Restore.InvalidInput`: the plan cannot be read or is at fault; the fields are named.
/// - `Restore.Unexpected`: an object of the recovery's own is not as it was written.
/// - As the vocabulary has it, where S3 refuses.
pub async fn handle(objects: &Objects, request: Request) -> Result<Response, StepError> {
    match request {
        Request::Plan { input, started_at, execution_name } => {
            let planned = plan::plan(objects, &input, started_at, &execution_name);
            planned.await.map(Response::Planned)
        }
        Request::Schedule { layout, preflight } => {
            schedule::schedule(objects, &layout, &preflight).await.map(Response::Scheduled)
        }
        Request::Wave { layout, started_at, wave, groups } => {
            let accounted = account::wave(objects, &layout, started_at, wave, &groups);
            accounted.await.map(Response::Accounted)
        }
        Request::Outcome { layout, started_at, waves } => {
            let reported = account::outcome(objects, &layout, started_at, &waves).await?;
            Ok(Response::Reported(Box::new(reported)))
        }
    }
}
