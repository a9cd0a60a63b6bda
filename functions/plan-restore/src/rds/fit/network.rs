//! The DB subnet group and the security groups.

use std::collections::BTreeSet;

use aws_sdk_ec2::types::{Filter, SecurityGroup};
use aws_sdk_rds::types::{AvailabilityZone, DbSubnetGroup, Subnet};
use restore::plan::Obstacle;
use restore::request::RdsTarget;
use step::{CallContext as _, StepError};

use super::{Found, distinct, field, missing};
use crate::accounts::Clients;
use crate::obstacles::Obstacles;

const SUBNET_GROUPS: &str = "rds:DescribeDBSubnetGroups";
const SECURITY_GROUPS: &str = "ec2:DescribeSecurityGroups";

/// What two reads answered.
pub(super) struct Answered {
    subnets: Result<Found<DbSubnetGroup>, StepError>,
    groups: Result<Vec<SecurityGroup>, StepError>,
}

/// Where the DB instance is to be, as far as it was found out.
#[derive(Debug, Default)]
pub(super) struct Network {
    subnets: Option<DbSubnetGroup>,
    groups: Option<Vec<SecurityGroup>>,
}

/// Looks up the groups that the request names.
pub(super) async fn read(target: &Clients, asked: &RdsTarget) -> Answered {
    let subnets = async {
        let Some(name) = &asked.db_subnet_group_name else { return Ok(Found::NotAsked) };
        let described = target.rds.describe_db_subnet_groups().db_subnet_group_name(name);
        let answered = described.send().await.during(SUBNET_GROUPS);
        Found::of(name, answered.map(|it| it.db_subnet_groups), "DBSubnetGroupNotFoundFault")
    };
    let groups = async {
        let Some(ids) = &asked.vpc_security_group_ids else { return Ok(Vec::new()) };
        let ids = ids.iter().map(ToString::to_string).collect();
        target
            .ec2
            .describe_security_groups()
            .filters(Filter::builder().name("group-id").set_values(Some(ids)).build())
            .into_paginator()
            .items()
            .send()
            .collect::<Result<Vec<_>, _>>()
            .await
            .during(SECURITY_GROUPS)
    };
    let (subnets, groups) = tokio::join!(subnets, groups);
    Answered { subnets, groups }
}

impl Answered {
    /// What there is; what is not, and what may not be looked at, is noted.
    pub(super) fn noted(
        self,
        target: &Clients,
        obstacles: &mut Obstacles,
    ) -> Result<Network, StepError> {
        let subnets = match obstacles.ask(target, SUBNET_GROUPS, self.subnets)? {
            Some(Found::One(group)) => Some(group),
            Some(Found::Nothing(name)) => {
                let session = &target.session;
                let place = format!("account {} and Region {}", session.account_id, session.region);
                obstacles.extend([missing("dbSubnetGroupName", &name, &place)]);
                None
            }
            Some(Found::NotAsked) | None => None,
        };
        Ok(Network { subnets, groups: obstacles.ask(target, SECURITY_GROUPS, self.groups)? })
    }
}

impl Network {
    /// The VPC, where it is known.
    pub(super) fn vpc_id(&self) -> Option<&str> {
        self.subnets.as_ref()?.vpc_id()
    }

    /// What does not fit the request.
    pub(super) fn misfits(&self, asked: &RdsTarget) -> Vec<Obstacle> {
        let mut misfits: Vec<Obstacle> =
            self.zones(asked).into_iter().chain(self.network_type(asked)).collect();
        misfits.extend(self.zones_of_alternatives(asked));
        let wanted = asked.vpc_security_group_ids.iter().flatten().enumerate();
        misfits.extend(wanted.filter_map(|(index, id)| {
            let groups = self.groups.as_ref()?;
            let name = format!("vpcSecurityGroupIds[{index}]");
            let Some(group) = groups.iter().find(|group| group.group_id() == Some(id.as_str()))
            else {
                return Some(field(&name, format!("{id} is not found")));
            };
            let (of, wanted) = (group.vpc_id()?, self.vpc_id()?);
            (of != wanted).then(|| {
                field(&name, format!("{id} is in VPC {of}, but the DB subnet group in {wanted}"))
            })
        }));
        misfits
    }

    /// A DB subnet group "can support only the IPv4 protocol or the IPv4 and the IPv6 protocols
    /// (DUAL)" (BC:rds.DBSubnetGroup.SupportedNetworkTypes).
    fn network_type(&self, asked: &RdsTarget) -> Option<Obstacle> {
        let (group, wanted) = (self.subnets.as_ref()?, asked.network_type.as_deref()?);
        let all = group.supported_network_types();
        (!all.is_empty() && !all.iter().any(|it| it == wanted)).then(|| {
            let name = group.db_subnet_group_name().unwrap_or_default();
            field("networkType", format!("`{name}` supports {}, not {wanted}", all.join(", ")))
        })
    }

    /// A Multi-AZ deployment needs subnets in two zones (`DBSubnetGroupDoesNotCoverEnoughAZs`), and
    /// a zone that is named one in it.
    fn zones(&self, asked: &RdsTarget) -> Option<Obstacle> {
        let group = self.subnets.as_ref()?;
        let zones = covered(group);
        if asked.multi_az == Some(true) && zones.len() < 2 {
            let problem =
                format!("{}: Multi-AZ needs two Availability Zones", covers(group, &zones));
            return Some(field("dbSubnetGroupName", problem));
        }
        let wanted = asked.availability_zone.as_deref()?;
        (!zones.contains(wanted))
            .then(|| field("availabilityZone", format!("{}, not {wanted}", covers(group, &zones))))
    }

    /// The zones that only alternatives name, and the subnet group does not cover.
    fn zones_of_alternatives(&self, asked: &RdsTarget) -> Vec<Obstacle> {
        let Some(group) = &self.subnets else { return Vec::new() };
        let zones = covered(group);
        let named = asked.alternatives.iter().flatten().map(|it| it.availability_zone.as_deref());
        named
            .enumerate()
            .filter_map(|(index, zone)| Some((index, zone?)))
            .filter(|(_, zone)| !zones.contains(zone))
            .map(|(index, zone)| {
                let problem = format!("{}, not {zone}", covers(group, &zones));
                field(&format!("alternatives[{index}].availabilityZone"), problem)
            })
            .collect()
    }
}

/// The zones of a subnet group.
fn covered(group: &DbSubnetGroup) -> BTreeSet<&str> {
    let zones = group.subnets().iter().filter_map(Subnet::subnet_availability_zone);
    distinct(zones.filter_map(AvailabilityZone::name))
}

fn covers(group: &DbSubnetGroup, zones: &BTreeSet<&str>) -> String {
    let name = group.db_subnet_group_name().unwrap_or_default();
    format!("`{name}` covers {}", zones.iter().copied().collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// A DB subnet group of `vpc-1` that covers `zones`, beside a security group of another VPC.
    pub(crate) fn network(zones: &[&str]) -> Network {
        let subnets = zones.iter().map(|zone| {
            let zone = AvailabilityZone::builder().name(*zone).build();
            Subnet::builder().subnet_availability_zone(zone).build()
        });
        let group = DbSubnetGroup::builder()
            .db_subnet_group_name("orders")
            .vpc_id("vpc-1")
            .set_subnets(Some(subnets.collect()))
            .build();
        let other = SecurityGroup::builder().group_id("sg-0123456789abcdef0").vpc_id("vpc-2");
        Network { subnets: Some(group), groups: Some(vec![other.build()]) }
    }

    fn told(network: &Network, asked: &Value) -> Vec<String> {
        let mut whole = json!({ "dbInstanceIdentifier": "orders" });
        whole.as_object_mut().unwrap().extend(asked.as_object().unwrap().clone());
        let asked: RdsTarget = serde_json::from_value(whole).unwrap();
        network.misfits(&asked).into_iter().map(|obstacle| obstacle.message).collect()
    }

    #[test]
    fn the_subnet_group_covers_the_zones_that_are_asked_for() {
        let (one, two) =
            (network(&["eu-west-1a", "eu-west-1a"]), network(&["eu-west-1a", "eu-west-1b"]));
        let none: [String; 0] = [];

        assert_eq!(told(&two, &json!({ "multiAz": true })), none);
        assert_eq!(told(&two, &json!({ "availabilityZone": "eu-west-1b" })), none);
        let multi_az = told(&one, &json!({ "multiAz": true }));
        assert!(
            multi_az[0].starts_with("target.rds.dbSubnetGroupName: `orders` covers eu-west-1a")
        );
        let zone = told(&two, &json!({ "availabilityZone": "eu-west-1c" }));
        assert!(zone[0].starts_with("target.rds.availabilityZone: "), "{zone:?}");
    }

    #[test]
    fn the_subnet_group_covers_the_zones_of_alternatives_too() {
        let asked = json!({ "alternatives": [
            { "availabilityZone": "eu-west-1b" },
            { "dbInstanceClass": "db.m6g.large" },
            { "availabilityZone": "eu-west-1c" },
        ] });

        let told = told(&network(&["eu-west-1a", "eu-west-1b"]), &asked);

        let [only] = &told[..] else { panic!("{told:?}") };
        assert_eq!(
            only,
            "target.rds.alternatives[2].availabilityZone: `orders` covers eu-west-1a, eu-west-1b, \
             not eu-west-1c"
        );
    }

    #[test]
    fn security_groups_are_of_the_subnet_groups_vpc() {
        let asked = ["sg-0123456789abcdef0", "sg-0123456789abcdef1"];

        let told = told(&network(&["eu-west-1a"]), &json!({ "vpcSecurityGroupIds": asked }));

        let [other, gone] = &told[..] else { panic!("{told:?}") };
        assert!(other.contains("vpcSecurityGroupIds[0]: sg-0123456789abcdef0 is in VPC vpc-2"));
        assert!(gone.contains("vpcSecurityGroupIds[1]: sg-0123456789abcdef1 is not found"));
    }

    #[test]
    fn a_network_type_is_one_that_the_subnet_group_supports() {
        let of = |types: &[&str], asked: &str| {
            let types = types.iter().map(|it| (*it).to_owned()).collect();
            let group = DbSubnetGroup::builder()
                .db_subnet_group_name("orders")
                .set_supported_network_types(Some(types));
            let network = Network { subnets: Some(group.build()), groups: None };
            told(&network, &json!({ "networkType": asked }))
        };
        let none: [String; 0] = [];

        assert_eq!(of(&["IPV4", "DUAL"], "DUAL"), none);
        assert_eq!(of(&["IPV4"], "IPV4"), none);
        assert_eq!(of(&[], "DUAL"), none);
        assert_eq!(
            of(&["IPV4"], "DUAL"),
            ["target.rds.networkType: `orders` supports IPV4, not DUAL"]
        );
    }
}
