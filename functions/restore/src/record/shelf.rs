//! Where the records of an instance lie.

use std::fmt;

use jiff::Timestamp;

use crate::id::DbInstanceIdentifier;
use crate::request::At;
use crate::{AccountId, InstanceId, Region};

/// What the keys of all records begin with.
const ROOT: &str = "settings";

/// The records of one instance: objects of one prefix, named by their instants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shelf(String);

impl Shelf {
    /// That of an EC2 instance.
    #[must_use]
    pub fn of_ec2(account_id: &AccountId, region: &Region, id: &InstanceId) -> Self {
        Self(format!("{ROOT}/{account_id}/{region}/ec2/{id}/"))
    }

    /// That of a DB instance, whose identifier RDS stores in lower case.
    #[must_use]
    pub fn of_rds(account_id: &AccountId, region: &Region, id: &DbInstanceIdentifier) -> Self {
        let id = id.as_str().to_ascii_lowercase();
        Self(format!("{ROOT}/{account_id}/{region}/rds/{id}/"))
    }

    /// What the keys begin with.
    #[must_use]
    pub fn prefix(&self) -> &str {
        &self.0
    }

    /// The key of the record of an instant. Two within a second are one.
    #[must_use]
    pub fn key(&self, at: Timestamp) -> String {
        let second = Timestamp::from_second(at.as_second()).unwrap_or(at);
        format!("{}{second}.json", self.0)
    }

    /// Of `keys` that of the newest record which `at` admits. What is no record of this instance is
    /// passed over.
    #[must_use]
    pub fn newest<'a>(&self, keys: impl IntoIterator<Item = &'a str>, at: At) -> Option<&'a str> {
        keys.into_iter()
            .filter_map(|key| Some((self.instant(key)?, key)))
            .filter(|(instant, _)| at.admits(*instant))
            .max_by_key(|(instant, _)| *instant)
            .map(|(_, key)| key)
    }

    fn instant(&self, key: &str) -> Option<Timestamp> {
        key.strip_prefix(&self.0)?.strip_suffix(".json")?.parse().ok()
    }
}

impl fmt::Display for Shelf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
