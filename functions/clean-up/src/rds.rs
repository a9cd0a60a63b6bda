//! What RDS knows of a restore, and how it is removed.

mod mark;
mod removal;
mod search;

pub(crate) use mark::{mark_finished, mark_kept};
pub(crate) use removal::{delete_instance, delete_snapshot, unprotect};
pub(crate) use search::{instances, snapshots};
