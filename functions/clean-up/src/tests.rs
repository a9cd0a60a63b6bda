//! Whole calls, against a mocked AWS.

mod ec2;
mod example;
mod grants;
mod rds;

pub(crate) use example::{later, plan, request, target};
