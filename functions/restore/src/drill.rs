//! A drill: whether its network has no way out, what was looked at in it, and what is told of it.
//!
//! How a drill is asked for and what it restores is the request's
//! ([`crate::request::Drill`], [`crate::Request::practised`]).

mod checks;
mod evidence;
mod isolation;
mod metric;

pub use checks::{Check, CheckKind, CommandSaid, FunctionSaid, Outcome, Said};
pub use evidence::{Evidence, Failure, Known, Place, SnapshotAge, Status, Step};
pub use isolation::{Route, RouteTable, unmarked, ways_out};
pub use metric::metric;
