//! What RDS knows of a restore, and how it is removed.

mod permission;
mod removal;
mod search;

pub(crate) use permission::{is_given, set, stop_using, users};
pub(crate) use removal::{delete_instance, delete_snapshot, unprotect};
pub(crate) use search::{instances, snapshots};
