//! The `create-and-attach-volumes` Lambda function.

fn main() {}
