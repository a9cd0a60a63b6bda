//! Whom a snapshot is shared with before the restore shares it.

use serde::{Deserialize, Serialize};

use crate::AccountId;

/// Who may use a snapshot beside the account that owns it, as it was when the restore was planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Sharing {
    /// How many accounts, each of them named.
    pub accounts: u32,
    /// Whether the target is one of those.
    pub target: bool,
    /// Whether everybody may.
    pub everybody: bool,
}

/// How both EC2 and RDS name everybody (BC:ec2.PermissionGroup,
/// BC:rds.ModifyDBSnapshotAttributeMessage.ValuesToAdd).
const EVERYBODY: &str = "all";

impl Sharing {
    /// With those that AWS names as allowed, by their account ids or as everybody.
    pub fn with<'a>(allowed: impl IntoIterator<Item = &'a str>, target: &AccountId) -> Self {
        let mut sharing = Self { accounts: 0, target: false, everybody: false };
        for one in allowed {
            if one == EVERYBODY {
                sharing.everybody = true;
            } else {
                sharing.accounts += 1;
                sharing.target |= one == target.as_str();
            }
        }
        sharing
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Flow;
    use crate::plan::examples::Case;
    use crate::request::examples::TARGET_ACCOUNT;

    fn with(allowed: &[&str]) -> Sharing {
        Sharing::with(allowed.iter().copied(), &TARGET_ACCOUNT.try_into().unwrap())
    }

    #[test]
    fn accounts_are_counted_and_everybody_is_none_of_them() {
        for (allowed, accounts, target, everybody) in [
            (&[][..], 0, false, false),
            (&["999988887777"][..], 1, false, false),
            (&["999988887777", TARGET_ACCOUNT][..], 2, true, false),
            (&["all"][..], 0, false, true),
            (&["all", TARGET_ACCOUNT][..], 1, true, true),
        ] {
            assert_eq!(with(allowed), Sharing { accounts, target, everybody }, "{allowed:?}");
        }
    }

    #[test]
    fn a_plan_tells_of_each_snapshot_whom_it_is_shared_with_and_does_the_same_whoever_that_is() {
        let case = Case::of(Flow::Ec2CrossAccount);
        let shared = case.clone().finding(|facts| {
            facts.snapshots[1].shared_with = Some(with(&["999988887777", TARGET_ACCOUNT]));
        });

        let (plan, unknown) = (shared.plan(), case.plan());

        let told = serde_json::to_value(&plan.snapshots).unwrap();
        assert_eq!(
            told[1]["sharedWith"],
            json!({ "accounts": 2, "target": true, "everybody": false })
        );
        assert_eq!(told[0].get("sharedWith"), None);
        assert_eq!(plan.hash, unknown.hash);
    }
}
