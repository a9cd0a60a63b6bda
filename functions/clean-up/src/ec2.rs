//! What EC2 knows of a restore, and how it is removed.

mod mark;
mod removal;
mod search;
mod status;

pub(crate) use mark::{mark_finished, mark_kept};
pub(crate) use removal::{delete_group, delete_snapshot, delete_volume, terminate};
pub(crate) use search::{groups, instances, shares, snapshots, volumes};
pub(crate) use status::initialisation;
