//! The `reencrypt-copy` Lambda function.

fn main() {}
