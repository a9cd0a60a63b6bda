//! Which of the eight flows a restore takes: the one place where it is decided.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Session;

/// The service that is restored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Service {
    /// An EC2 instance, from the EBS snapshots of its volumes.
    Ec2,
    /// An RDS DB instance, from a DB snapshot.
    Rds,
}

impl Service {
    /// Its name in requests and keys.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ec2 => "ec2",
            Self::Rds => "rds",
        }
    }
}

/// Service × placement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Flow {
    /// Same account, same Region.
    Ec2SameLocation,
    /// Same account, other Region.
    Ec2CrossRegion,
    /// Other account, same Region.
    Ec2CrossAccount,
    /// Other account, other Region.
    Ec2CrossAccountCrossRegion,
    /// Same account, same Region.
    RdsSameLocation,
    /// Same account, other Region.
    RdsCrossRegion,
    /// Other account, same Region.
    RdsCrossAccount,
    /// Other account, other Region.
    RdsCrossAccountCrossRegion,
}

impl Flow {
    /// Every flow, in the order of the documentation.
    pub const ALL: [Self; 8] = [
        Self::Ec2SameLocation,
        Self::Ec2CrossRegion,
        Self::Ec2CrossAccount,
        Self::Ec2CrossAccountCrossRegion,
        Self::RdsSameLocation,
        Self::RdsCrossRegion,
        Self::RdsCrossAccount,
        Self::RdsCrossAccountCrossRegion,
    ];

    /// The flow that restores `service` from where `source` is to where `target` is.
    #[must_use]
    pub fn of(service: Service, source: &Session, target: &Session) -> Self {
        let account = source.account_id == target.account_id;
        let region = source.region == target.region;
        match (service, account, region) {
            (Service::Ec2, true, true) => Self::Ec2SameLocation,
            (Service::Ec2, true, false) => Self::Ec2CrossRegion,
            (Service::Ec2, false, true) => Self::Ec2CrossAccount,
            (Service::Ec2, false, false) => Self::Ec2CrossAccountCrossRegion,
            (Service::Rds, true, true) => Self::RdsSameLocation,
            (Service::Rds, true, false) => Self::RdsCrossRegion,
            (Service::Rds, false, true) => Self::RdsCrossAccount,
            (Service::Rds, false, false) => Self::RdsCrossAccountCrossRegion,
        }
    }

    /// The word that the state machine switches on.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ec2SameLocation => "ec2-same-location",
            Self::Ec2CrossRegion => "ec2-cross-region",
            Self::Ec2CrossAccount => "ec2-cross-account",
            Self::Ec2CrossAccountCrossRegion => "ec2-cross-account-cross-region",
            Self::RdsSameLocation => "rds-same-location",
            Self::RdsCrossRegion => "rds-cross-region",
            Self::RdsCrossAccount => "rds-cross-account",
            Self::RdsCrossAccountCrossRegion => "rds-cross-account-cross-region",
        }
    }

    /// The service that it restores.
    #[must_use]
    pub const fn service(self) -> Service {
        match self {
            Self::Ec2SameLocation
            | Self::Ec2CrossRegion
            | Self::Ec2CrossAccount
            | Self::Ec2CrossAccountCrossRegion => Service::Ec2,
            Self::RdsSameLocation
            | Self::RdsCrossRegion
            | Self::RdsCrossAccount
            | Self::RdsCrossAccountCrossRegion => Service::Rds,
        }
    }

    /// Whether the target is another account than the source.
    #[must_use]
    pub const fn crosses_accounts(self) -> bool {
        matches!(
            self,
            Self::Ec2CrossAccount
                | Self::Ec2CrossAccountCrossRegion
                | Self::RdsCrossAccount
                | Self::RdsCrossAccountCrossRegion
        )
    }

    /// Whether the target is another Region than the source.
    #[must_use]
    pub const fn crosses_regions(self) -> bool {
        matches!(
            self,
            Self::Ec2CrossRegion
                | Self::Ec2CrossAccountCrossRegion
                | Self::RdsCrossRegion
                | Self::RdsCrossAccountCrossRegion
        )
    }
}

impl fmt::Display for Flow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flow_is_written_as_it_is_named() {
        for flow in Flow::ALL {
            assert_eq!(serde_json::to_value(flow).unwrap(), flow.name());
        }
    }

    #[test]
    fn a_flow_is_of_the_service_and_placement_it_is_decided_by() {
        let session = |account: &str, region: &str| Session {
            account_id: account.try_into().unwrap(),
            region: region.try_into().unwrap(),
            role_arn: format!("arn:aws:iam::{account}:role/restore").try_into().unwrap(),
            external_id: None,
        };
        let source = session("111122223333", "eu-west-1");
        let mut flows = Vec::new();
        for service in [Service::Ec2, Service::Rds] {
            for account in ["111122223333", "444455556666"] {
                for region in ["eu-west-1", "eu-central-1"] {
                    let flow = Flow::of(service, &source, &session(account, region));
                    assert_eq!(flow.service(), service, "{flow}");
                    assert_eq!(flow.crosses_accounts(), account != "111122223333", "{flow}");
                    assert_eq!(flow.crosses_regions(), region != "eu-west-1", "{flow}");
                    flows.push(flow);
                }
            }
        }
        assert_eq!(flows, Flow::ALL);
    }
}
