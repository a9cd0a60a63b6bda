//! What a restore takes for good of things of which there is only so much.

use serde::{Deserialize, Serialize};

use crate::{AccountId, Region, SubnetId};

/// How much a restore takes of something for good, and how much of that there was when it was
/// planned.
///
/// It is what restores beside each other take from each other. What comes and goes with a restore,
/// such as copies of snapshots, is not among it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Room {
    /// The account in which it is taken.
    pub account_id: AccountId,
    /// The Region in which it is taken.
    pub region: Region,
    /// What is taken.
    #[serde(flatten)]
    pub of: Scarce,
    /// How much the restore takes.
    pub needed: u64,
    /// How much there was.
    pub free: u64,
}

/// Something of which there is only so much.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Scarce {
    /// What a quota of RDS counts in an account and Region.
    Quota(DbQuota),
    /// The private IPv4 addresses of a subnet; a stopped instance keeps its own
    /// (BC:ec2.Subnet.AvailableIpAddressCount).
    AddressesOf(SubnetId),
}

/// A quota that every DB instance takes of (BC:rds.AccountQuota).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum DbQuota {
    /// How many DB instances there are.
    #[serde(rename = "DBInstances")]
    Instances,
    /// The storage of all of them, in GiB.
    #[serde(rename = "AllocatedStorage")]
    Storage,
}

impl DbQuota {
    /// Its name, as AWS has it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Instances => "DBInstances",
            Self::Storage => "AllocatedStorage",
        }
    }

    /// What it counts, in words.
    #[must_use]
    pub const fn counts(self) -> &'static str {
        match self {
            Self::Instances => "DB instances",
            Self::Storage => "GiB of storage",
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Flow;
    use crate::facts::TargetFacts;
    use crate::plan::Plan;
    use crate::plan::examples::Case;
    use crate::request::examples::{TARGET_ACCOUNT, TARGET_REGION};

    fn room(of: Scarce, free: u64) -> Room {
        Room {
            account_id: TARGET_ACCOUNT.try_into().unwrap(),
            region: TARGET_REGION.try_into().unwrap(),
            of,
            needed: 1,
            free,
        }
    }

    fn addresses() -> Scarce {
        Scarce::AddressesOf("subnet-0a0a0a0a".try_into().unwrap())
    }

    /// The plan of a restore that takes `room`, dry or not.
    fn plan(room: Room, dry: bool) -> Plan {
        let flow = match room.of {
            Scarce::Quota(_) => Flow::RdsCrossRegion,
            Scarce::AddressesOf(_) => Flow::Ec2CrossRegion,
        };
        let case = Case::of(flow).asking(&json!({ "options": { "dryRun": dry } }));
        case.finding(|facts| match &mut facts.target {
            Some(TargetFacts::Ec2(ec2)) => ec2.room = Some(room),
            Some(TargetFacts::Rds(rds)) => rds.room = vec![room],
            None => panic!("nothing is known of the target"),
        })
        .plan()
    }

    #[test]
    fn room_is_told_by_what_aws_calls_it() {
        for (of, field, value) in [
            (Scarce::Quota(DbQuota::Instances), "quota", DbQuota::Instances.name()),
            (Scarce::Quota(DbQuota::Storage), "quota", DbQuota::Storage.name()),
            (addresses(), "addressesOf", "subnet-0a0a0a0a"),
        ] {
            let mut expected = json!({
                "accountId": TARGET_ACCOUNT, "region": TARGET_REGION, "needed": 1, "free": 2,
            });
            expected[field] = value.into();
            let room = room(of, 2);

            let told = serde_json::to_value(&room).unwrap();

            assert_eq!(told, expected);
            assert_eq!(serde_json::from_value::<Room>(told).unwrap(), room);
        }
    }

    #[test]
    fn only_a_dry_run_tells_what_a_restore_takes() {
        for of in [addresses(), Scarce::Quota(DbQuota::Instances)] {
            let room = room(of, 2);

            assert_eq!(plan(room.clone(), true).room, std::slice::from_ref(&room));
            assert_eq!(plan(room, false).room, []);
        }
    }

    #[test]
    fn the_hash_does_not_depend_on_how_much_is_free() {
        for of in [addresses(), Scarce::Quota(DbQuota::Instances)] {
            let hash = |free, dry| plan(room(of.clone(), free), dry).hash.unwrap();

            assert_eq!(hash(1, true), hash(2, true));
            assert_eq!(hash(1, true), hash(1, false));
        }
    }
}
