//! The `create-instance` Lambda function.

fn main() {}
