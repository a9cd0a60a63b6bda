//! Gives up a place that lacks capacity, so that the next one can be tried.
//!
//! What is removed has never been anybody's: an instance without its restored volumes, or with
//! volumes that it never ran with; a DB instance that AWS could not place. One that is restored is
//! left alone.

mod db_instance;
mod instance;

use restore::plan::{DbLaunch, Launch};
use restore::poll::next_look;
use serde::Serialize;

pub(crate) use db_instance::db_instance;
pub(crate) use instance::instance;

/// How far the giving up is.
#[derive(Debug, PartialEq, Serialize)]
#[serde(tag = "state", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum GivenUp {
    /// Something is still on its way out.
    Pending {
        /// When to ask again.
        wait_seconds: u32,
        /// What is waited for, in words.
        waiting_for: String,
    },
    /// Nothing of it is left: the next place can be tried.
    Done {
        /// The EC2 instance at the next place.
        #[serde(skip_serializing_if = "Option::is_none")]
        launch: Option<Box<Launch>>,
        /// The DB instance at the next place.
        #[serde(skip_serializing_if = "Option::is_none")]
        db_launch: Option<Box<DbLaunch>>,
        /// When to try: what was just removed may show for a moment more.
        wait_seconds: u32,
    },
}

impl GivenUp {
    fn pending(elapsed_seconds: u32, waiting_for: impl Into<String>) -> Self {
        let wait_seconds = next_look(None, elapsed_seconds);
        Self::Pending { wait_seconds, waiting_for: waiting_for.into() }
    }
}

/// EC2API/eventual-consistency: seconds before what was removed is not listed any more.
const SETTLING_SECONDS: u32 = 5;
