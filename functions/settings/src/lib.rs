//! What an instance is launched with, as EC2 and RDS describe it.
//!
//! A plan reads it of an instance that is there; `record-settings` writes it down for the day on which
//! it is not.

pub mod ec2;
pub mod rds;

use std::collections::BTreeMap;

/// Tags without those that nobody may set: AWS's own, and a restore's.
fn unreserved<'a>(
    tags: impl Iterator<Item = (Option<&'a str>, Option<&'a str>)>,
) -> BTreeMap<String, String> {
    tags.filter_map(|(key, value)| Some((key?.to_owned(), value.unwrap_or_default().to_owned())))
        .filter(|(key, _)| !is_reserved(key))
        .collect()
}

/// That there are tags which nobody may set, in words.
fn reserved<'a>(keys: impl Iterator<Item = Option<&'a str>>) -> Option<String> {
    let reserved: Vec<&str> = keys.flatten().filter(|key| is_reserved(key)).collect();
    (!reserved.is_empty())
        .then(|| format!("tags reserved by AWS or by restores: {}", reserved.join(", ")))
}

fn is_reserved(key: &str) -> bool {
    key.starts_with("aws:") || key.starts_with("restore:")
}
