//! The `copy-snapshot` Lambda function.

fn main() {}
