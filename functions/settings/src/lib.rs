//! What an instance is launched with, as EC2 and RDS describe it.
//!
//! A plan reads it of an instance that is there; `record-settings` writes it down for the day on which
//! it is not.

pub mod ec2;
pub mod rds;

use std::collections::BTreeMap;

/// What the keys of tags begin with that nobody may set in EC2: AWS's own, and a restore's.
const RESERVED_IN_EC2: &[&str] = &["aws:", "restore:"];

/// The same in RDS: a key "can't be prefixed with aws: or rds:" (BC:rds.Tag.Key).
const RESERVED_IN_RDS: &[&str] = &["aws:", "rds:", "restore:"];

/// Tags without those whose prefix is `reserved`.
fn unreserved<'a>(
    reserved: &[&str],
    tags: impl Iterator<Item = (Option<&'a str>, Option<&'a str>)>,
) -> BTreeMap<String, String> {
    tags.filter_map(|(key, value)| Some((key?.to_owned(), value.unwrap_or_default().to_owned())))
        .filter(|(key, _)| !begins(key, reserved))
        .collect()
}

/// That there are tags whose prefix is `reserved`, in words.
fn left_out<'a>(reserved: &[&str], keys: impl Iterator<Item = Option<&'a str>>) -> Option<String> {
    let left_out: Vec<&str> = keys.flatten().filter(|key| begins(key, reserved)).collect();
    (!left_out.is_empty())
        .then(|| format!("tags reserved by AWS or by restores: {}", left_out.join(", ")))
}

fn begins(key: &str, prefixes: &[&str]) -> bool {
    prefixes.iter().any(|prefix| key.starts_with(prefix))
}
