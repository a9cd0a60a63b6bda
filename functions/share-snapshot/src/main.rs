//! The `share-snapshot` Lambda function.

fn main() {}
