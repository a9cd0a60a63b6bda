//! What becomes of whole plans.

mod drills;
mod faults;
mod ids;
mod kept;
mod large;
mod layers;
mod lost;
mod memory;
mod network;
mod objectives;
mod outcome;
mod properties;
mod recorded;
mod room;
mod running;
mod schedule;
