//! The `clean-up` Lambda function.

fn main() {}
