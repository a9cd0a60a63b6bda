//! Ways out of the network of a drill, against a mocked EC2 and RDS.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::operation::describe_route_tables::DescribeRouteTablesOutput;
use aws_sdk_ec2::operation::describe_vpcs::DescribeVpcsOutput;
use aws_sdk_ec2::types::{Route, RouteTable, RouteTableAssociation, Tag, Vpc};
use aws_sdk_rds::operation::describe_db_subnet_groups::DescribeDbSubnetGroupsOutput;
use aws_sdk_rds::types::{DbSubnetGroup, Subnet};
use aws_smithy_mocks::{Rule, RuleMode, mock, mock_client};
use restore::request::Request;
use serde_json::json;

use super::*;
use crate::accounts::tests::clients;

fn request() -> Request {
    Request::read(&json!({
        "mode": "drill",
        "source": {
            "accountId": "111122223333", "region": "eu-west-1",
            "rds": { "dbSnapshotIdentifier": "orders" },
        },
        "target": {
            "accountId": "111122223333", "region": "eu-west-1",
            "roleArn": "arn:aws:iam::111122223333:role/restore-target",
            "kmsKeyId": "alias/orders", "rds": { "dbInstanceIdentifier": "orders" },
        },
        "drill": { "network": {
            "dbSubnetGroupName": "drills", "vpcSecurityGroupIds": ["sg-0d0d0d0d"],
        } },
    }))
    .unwrap()
    .practised()
}

fn group(subnets: &'static [&'static str]) -> Rule {
    mock!(aws_sdk_rds::Client::describe_db_subnet_groups)
        .match_requests(|asked| asked.db_subnet_group_name() == Some("drills"))
        .then_output(move || {
            let subnets = subnets.iter().map(|id| Subnet::builder().subnet_identifier(*id).build());
            let group = DbSubnetGroup::builder()
                .vpc_id("vpc-1")
                .set_subnets(Some(subnets.collect()))
                .build();
            DescribeDbSubnetGroupsOutput::builder().db_subnet_groups(group).build()
        })
}

/// The tables of the VPC: its main one leads to the internet, that of `subnet-1` and `subnet-2`
/// through what `open` says.
fn tables(open: fn(aws_sdk_ec2::types::builders::RouteBuilder) -> Route) -> Rule {
    mock!(Client::describe_route_tables)
        .match_requests(|asked| asked.filters()[0].values() == ["vpc-1"])
        .then_output(move || {
            let local = Route::builder().destination_cidr_block("10.0.0.0/16").gateway_id("local");
            let internet = Route::builder().destination_cidr_block("0.0.0.0/0").gateway_id("igw-1");
            let of = |id: &str| RouteTableAssociation::builder().subnet_id(id).main(false).build();
            let main = RouteTable::builder()
                .route_table_id("rtb-main")
                .associations(RouteTableAssociation::builder().main(true).build())
                .routes(local.clone().build())
                .routes(internet.build());
            let own = RouteTable::builder()
                .route_table_id("rtb-own")
                .associations(of("subnet-1"))
                .associations(of("subnet-2"))
                .routes(local.build())
                .routes(open(Route::builder()));
            DescribeRouteTablesOutput::builder()
                .route_tables(main.build())
                .route_tables(own.build())
                .build()
        })
}

fn vpc(marked: bool) -> Rule {
    mock!(Client::describe_vpcs).match_requests(|asked| asked.vpc_ids() == ["vpc-1"]).then_output(
        move || {
            let tag = Tag::builder().key("restore:mode").value("drill").build();
            let vpc = Vpc::builder().set_tags(marked.then(|| vec![tag])).build();
            DescribeVpcsOutput::builder().vpcs(vpc).build()
        },
    )
}

async fn told(rds: &Rule, ec2: &Rule) -> Vec<String> {
    told_of(rds, ec2, &vpc(true)).await
}

async fn told_of(rds: &Rule, ec2: &Rule, vpc: &Rule) -> Vec<String> {
    let clients = Clients {
        ec2: mock_client!(aws_sdk_ec2, RuleMode::MatchAny, [ec2, vpc]),
        rds: mock_client!(aws_sdk_rds, RuleMode::MatchAny, [rds]),
        ..clients()
    };
    let accounts = Accounts { target: Some(clients), ..Accounts::default() };
    let facts = Facts {
        snapshots: vec![],
        target_key: None,
        staging_key: None,
        intermediate_key: None,
        target: None,
        copies_under_way: vec![],
        not_restored: vec![],
        obstacles: vec![],
        preflight: vec![],
    };
    let mut obstacles = Obstacles::default();
    check(&accounts, &mut obstacles, &request(), &facts).await.unwrap();
    obstacles.into_parts().0.into_iter().map(|obstacle| obstacle.message).collect()
}

fn closed(route: aws_sdk_ec2::types::builders::RouteBuilder) -> Route {
    route.destination_ipv6_cidr_block("fd00::/56").gateway_id("local").build()
}

#[tokio::test]
async fn a_network_without_a_way_out_is_fit_for_a_drill() {
    assert_eq!(told(&group(&["subnet-1", "subnet-2"]), &tables(closed)).await, [""; 0]);
}

#[tokio::test]
async fn a_network_that_nobody_has_marked_for_drills_is_not_taken_for_one() {
    let told = told_of(&group(&["subnet-1"]), &tables(closed), &vpc(false)).await;

    assert_eq!(told.len(), 1, "{told:?}");
    assert!(
        told[0].starts_with("drill.network.dbSubnetGroupName: vpc-1 is not marked"),
        "{told:?}"
    );
}

#[tokio::test]
async fn a_subnet_without_a_table_of_its_own_has_the_main_one() {
    let told = told(&group(&["subnet-1", "subnet-3"]), &tables(closed)).await;

    assert_eq!(told.len(), 1, "{told:?}");
    assert!(
        told[0].starts_with("drill.network.dbSubnetGroupName: subnet-3 has a way out"),
        "{told:?}"
    );
    assert!(told[0].ends_with("rtb-main leads to 0.0.0.0/0 through igw-1"), "{told:?}");
}

#[tokio::test]
async fn every_kind_of_target_is_a_way_out() {
    let nat = |route: aws_sdk_ec2::types::builders::RouteBuilder| {
        route.destination_cidr_block("0.0.0.0/0").nat_gateway_id("nat-1").build()
    };
    let transit = |route: aws_sdk_ec2::types::builders::RouteBuilder| {
        route.destination_cidr_block("10.1.0.0/16").transit_gateway_id("tgw-1").build()
    };
    let endpoint = |route: aws_sdk_ec2::types::builders::RouteBuilder| {
        route.destination_prefix_list_id("pl-1").gateway_id("vpce-1").build()
    };
    let unknown = |route: aws_sdk_ec2::types::builders::RouteBuilder| route.build();
    for (rule, words) in [
        (tables(nat), "0.0.0.0/0 through nat-1"),
        (tables(transit), "10.1.0.0/16 through tgw-1"),
        (tables(endpoint), "pl-1 through vpce-1"),
        (tables(unknown), "? through ?"),
    ] {
        let told = told(&group(&["subnet-1"]), &rule).await;
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].ends_with(words), "{told:?}");
    }
}
