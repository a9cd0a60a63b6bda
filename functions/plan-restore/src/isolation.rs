//! Whether the network of a drill has a way out.

use aws_sdk_ec2::types::{Filter, Route as AwsRoute, RouteTable as AwsRouteTable, Vpc};
use aws_sdk_rds::types::Subnet;
use restore::drill::{Route, RouteTable, unmarked, ways_out};
use restore::facts::{Facts, TargetFacts};
use restore::plan::Obstacle;
use restore::request::Request;
use step::{CallContext as _, StepError};

use crate::accounts::{Accounts, Clients};
use crate::obstacles::Obstacles;

const DESCRIBE_DB_SUBNET_GROUPS: &str = "rds:DescribeDBSubnetGroups";
const DESCRIBE_ROUTE_TABLES: &str = "ec2:DescribeRouteTables";
const DESCRIBE_VPCS: &str = "ec2:DescribeVpcs";

/// The subnets that a drill may be put into, and their VPC.
#[derive(Debug)]
struct Network {
    path: &'static str,
    vpc_id: String,
    subnets: Vec<String>,
}

/// Notes whether the network of the drill that `request` asks for is none for drills, and every way
/// out of it.
///
/// # Errors
///
/// Only what trying again may mend.
pub(crate) async fn check(
    accounts: &Accounts,
    obstacles: &mut Obstacles,
    request: &Request,
    facts: &Facts,
) -> Result<(), StepError> {
    let Some(clients) = accounts.target.as_ref().filter(|_| request.is_drill()) else {
        return Ok(());
    };
    let Some(network) = network(clients, obstacles, request, facts).await? else { return Ok(()) };
    if let Some(tags) = obstacles.note(vpc_tags(clients, &network.vpc_id).await)? {
        let unmarked = unmarked(network.path, &network.vpc_id, &tags);
        obstacles.extend(unmarked.map(Obstacle::from));
    }
    if let Some(tables) = obstacles.note(route_tables(clients, &network.vpc_id).await)? {
        let ways = ways_out(network.path, &network.subnets, &tables);
        obstacles.extend(ways.into_iter().map(Obstacle::from));
    }
    Ok(())
}

/// The network; nothing where what is wrong with it has been noted, here or before.
async fn network(
    clients: &Clients,
    obstacles: &mut Obstacles,
    request: &Request,
    facts: &Facts,
) -> Result<Option<Network>, StepError> {
    if let Some(TargetFacts::Ec2(ec2)) = &facts.target {
        return Ok(Some(Network {
            path: "drill.network.subnetId",
            vpc_id: ec2.subnet.vpc_id.clone(),
            subnets: vec![ec2.subnet.id.to_string()],
        }));
    }
    let group = request.target.rds.as_ref().and_then(|rds| rds.db_subnet_group_name.as_ref());
    match group {
        Some(group) => Ok(obstacles.note(subnet_group(clients, group).await)?.flatten()),
        None => Ok(None),
    }
}

/// The subnets of a DB subnet group; nothing of one that is not there, which is told where what the
/// request asks for is held against what there is.
async fn subnet_group(clients: &Clients, name: &str) -> Result<Option<Network>, StepError> {
    let asked = clients.rds.describe_db_subnet_groups().db_subnet_group_name(name).send().await;
    let found = match asked.during(DESCRIBE_DB_SUBNET_GROUPS) {
        Ok(found) => found,
        Err(error) if error.code() == Some("DBSubnetGroupNotFoundFault") => return Ok(None),
        Err(error) => return Err(error.by(&clients.session, &format!("DB subnet group {name}"))),
    };
    let Some(group) = found.db_subnet_groups().first() else { return Ok(None) };
    let vpc_id = group
        .vpc_id()
        .ok_or_else(|| StepError::missing(DESCRIBE_DB_SUBNET_GROUPS, "VpcId"))?
        .to_owned();
    let subnets = group.subnets().iter().filter_map(Subnet::subnet_identifier);
    let subnets = subnets.map(str::to_owned).collect();
    Ok(Some(Network { path: "drill.network.dbSubnetGroupName", vpc_id, subnets }))
}

async fn vpc_tags(clients: &Clients, vpc_id: &str) -> Result<Vec<(String, String)>, StepError> {
    let asked = clients.ec2.describe_vpcs().vpc_ids(vpc_id).send().await;
    let found = asked.during(DESCRIBE_VPCS).map_err(|error| error.by(&clients.session, vpc_id))?;
    let tags = found.vpcs().iter().flat_map(Vpc::tags);
    Ok(tags.filter_map(|tag| Some((tag.key()?.to_owned(), tag.value()?.to_owned()))).collect())
}

/// The route tables of a VPC, all of them: which one a subnet has that has none of its own follows
/// from the others.
async fn route_tables(clients: &Clients, vpc_id: &str) -> Result<Vec<RouteTable>, StepError> {
    let tables = clients
        .ec2
        .describe_route_tables()
        .filters(Filter::builder().name("vpc-id").values(vpc_id).build())
        .into_paginator()
        .items()
        .send()
        .collect::<Result<Vec<_>, _>>()
        .await
        .during(DESCRIBE_ROUTE_TABLES)
        .map_err(|error| error.by(&clients.session, &format!("the route tables of {vpc_id}")))?;
    Ok(tables.iter().map(route_table).collect())
}

fn route_table(table: &AwsRouteTable) -> RouteTable {
    let associations = table.associations();
    RouteTable {
        id: table.route_table_id().unwrap_or_default().to_owned(),
        is_main: associations.iter().any(|one| one.main() == Some(true)),
        subnets: associations.iter().filter_map(|one| Some(one.subnet_id()?.to_owned())).collect(),
        routes: table.routes().iter().map(route).collect(),
    }
}

/// A route, whatever kind of target it has: EC2 has a field for each (BC:ec2.Route).
fn route(route: &AwsRoute) -> Route {
    let destinations = [
        route.destination_cidr_block(),
        route.destination_ipv6_cidr_block(),
        route.destination_prefix_list_id(),
    ];
    let targets = [
        route.gateway_id(),
        route.nat_gateway_id(),
        route.transit_gateway_id(),
        route.vpc_peering_connection_id(),
        route.egress_only_internet_gateway_id(),
        route.local_gateway_id(),
        route.carrier_gateway_id(),
        route.core_network_arn(),
        route.instance_id(),
        route.network_interface_id(),
    ];
    let first = |of: &[Option<&str>]| of.iter().flatten().next().map_or("?", |it| *it).to_owned();
    Route { destination: first(&destinations), through: first(&targets) }
}

#[cfg(test)]
mod tests;
