//! The `plan-restore` Lambda function.

fn main() {}
