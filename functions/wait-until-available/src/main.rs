//! The `wait-until-available` Lambda function.

fn main() {}
