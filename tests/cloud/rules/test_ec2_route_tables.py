"""Which route table a subnet follows, and where the routes of a table lead."""

import pytest
from aws import SOURCE, TARGET, client, refused, unique
from compute import ec2, network

EVERYWHERE = "0.0.0.0/0"


def tables(caller=SOURCE, **filters):
    """The tables that pass filters, of which those asked for often have short names here."""
    spelt = {"subnet": "association.subnet-id", "vpc": "vpc-id", "main": "association.main"}
    asked = [{"Name": spelt.get(name, name), "Values": [it]} for name, it in filters.items()]
    return ec2(caller).describe_route_tables(Filters=asked)["RouteTables"]


def ids(found):
    return [it["RouteTableId"] for it in found]


def table(vpc):
    """The id of a new table of a VPC."""
    return ec2().create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]


def main(vpc):
    """The main table of a VPC."""
    [found] = tables(vpc=vpc, main="true")
    return found


def associate(table_id, subnet):
    asked = {"RouteTableId": table_id, "SubnetId": subnet}
    return ec2().associate_route_table(**asked)["AssociationId"]


def gateway(vpc):
    """The id of a new internet gateway of a VPC."""
    made = ec2().create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2().attach_internet_gateway(InternetGatewayId=made, VpcId=vpc)
    return made


def routes(table_id):
    [found] = ec2().describe_route_tables(RouteTableIds=[table_id])["RouteTables"]
    return {it["DestinationCidrBlock"]: it for it in found["Routes"]}


def test_a_subnet_without_a_table_is_not_found_by_it_and_follows_the_main_one():
    vpc, subnet = network()

    assert tables(subnet=subnet) == []
    followed = main(vpc)
    assert followed["VpcId"] == vpc
    assert followed["OwnerId"] == SOURCE
    [association] = followed["Associations"]
    assert association.pop("RouteTableAssociationId").startswith("rtbassoc-")
    assert association == {
        "Main": True,
        "RouteTableId": followed["RouteTableId"],
        "AssociationState": {"State": "associated"},
    }


def test_a_new_table_has_the_local_route_and_no_subnet():
    vpc, _ = network()

    [made] = ec2().describe_route_tables(RouteTableIds=[table(vpc)])["RouteTables"]

    assert made["Associations"] == []
    assert made["Routes"] == [
        {
            "DestinationCidrBlock": "10.0.0.0/24",
            "GatewayId": "local",
            "Origin": "CreateRouteTable",
            "State": "active",
        }
    ]


def test_a_subnet_is_found_by_its_own_table():
    vpc, subnet = network()
    own, other = table(vpc), table(vpc)
    association = associate(own, subnet)

    [found] = tables(subnet=subnet)
    assert found["RouteTableId"] == own
    assert found["Associations"] == [
        {
            "Main": False,
            "RouteTableAssociationId": association,
            "RouteTableId": own,
            "SubnetId": subnet,
            "AssociationState": {"State": "associated"},
        }
    ]
    assert set(ids(tables(vpc=vpc))) == {main(vpc)["RouteTableId"], own, other}


def test_a_table_without_an_association_is_neither_main_nor_not():
    vpc, subnet = network()
    own, unused = table(vpc), table(vpc)
    associate(own, subnet)

    assert ids(tables(vpc=vpc, main="false")) == [own]
    assert ids(tables(vpc=vpc, main="true")) not in ([own], [unused])


def test_a_vpc_has_another_main_table_when_that_is_replaced():
    vpc, subnet = network()
    new = table(vpc)
    [association] = main(vpc)["Associations"]

    ec2().replace_route_table_association(
        AssociationId=association["RouteTableAssociationId"], RouteTableId=new
    )

    assert main(vpc)["RouteTableId"] == new
    assert tables(subnet=subnet) == []


def test_a_subnet_that_leaves_its_table_follows_the_main_one_again():
    vpc, subnet = network()
    association = associate(table(vpc), subnet)

    ec2().disassociate_route_table(AssociationId=association)

    assert tables(subnet=subnet) == []


def test_a_subnet_that_is_gone_is_no_tables_any_more():
    vpc, subnet = network()
    own = table(vpc)
    associate(own, subnet)

    ec2().delete_subnet(SubnetId=subnet)

    assert tables(subnet=subnet) == []
    [found] = ec2().describe_route_tables(RouteTableIds=[own])["RouteTables"]
    assert found["Associations"] == []


def test_a_subnet_has_one_table_and_that_of_its_own_vpc():
    vpc, subnet = network()
    own = table(vpc)
    association = associate(own, subnet)

    refused(lambda: associate(table(vpc), subnet), "Resource.AlreadyAssociated")
    elsewhere, free = table(network()[0]), network()[1]
    refused(lambda: associate(elsewhere, free), "InvalidParameterValue", "different networks")
    assert associate(own, subnet) == association
    assert ids(tables(subnet=subnet)) == [own]


def test_a_route_that_was_made_leads_to_its_gateway_until_that_is_gone():
    vpc, _ = network()
    own, way_out = table(vpc), gateway(vpc)
    asked = {"RouteTableId": own, "DestinationCidrBlock": EVERYWHERE}

    ec2().create_route(**asked, GatewayId=way_out)

    assert routes(own)[EVERYWHERE] == {
        "DestinationCidrBlock": EVERYWHERE,
        "GatewayId": way_out,
        "Origin": "CreateRoute",
        "State": "active",
    }
    ec2().detach_internet_gateway(InternetGatewayId=way_out, VpcId=vpc)
    assert routes(own)[EVERYWHERE]["State"] == "blackhole"
    assert ids(tables(**{"vpc": vpc, "route.state": "blackhole"})) == [own]


def test_a_nat_gateway_leads_out_until_it_is_deleted():
    vpc, subnet = network()
    own = table(vpc)
    nat = ec2().create_nat_gateway(SubnetId=subnet, ConnectivityType="private")
    nat_id = nat["NatGateway"]["NatGatewayId"]

    ec2().create_route(RouteTableId=own, DestinationCidrBlock=EVERYWHERE, NatGatewayId=nat_id)

    route = routes(own)[EVERYWHERE]
    assert (route["NatGatewayId"], route["State"]) == (nat_id, "active")
    assert ids(tables(**{"route.nat-gateway-id": nat_id})) == [own]
    ec2().delete_nat_gateway(NatGatewayId=nat_id)
    assert routes(own)[EVERYWHERE]["State"] == "blackhole"


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("route-table-id", lambda it: it["RouteTableId"]),
        ("association.route-table-id", lambda it: it["Associations"][0]["RouteTableId"]),
        (
            "association.route-table-association-id",
            lambda it: it["Associations"][0]["RouteTableAssociationId"],
        ),
        ("route.gateway-id", lambda it: it["Routes"][1]["GatewayId"]),
    ],
)
def test_a_table_is_found_by_what_it_has(name, read):
    vpc, subnet = network()
    own = table(vpc)
    associate(own, subnet)
    ec2().create_route(RouteTableId=own, DestinationCidrBlock=EVERYWHERE, GatewayId=gateway(vpc))
    [found] = tables(subnet=subnet)

    assert ids(tables(**{name: read(found)})) == [own]


def test_a_table_is_found_by_its_tags():
    vpc, _ = network()
    own, value = table(vpc), unique("drill")
    ec2().create_tags(Resources=[own], Tags=[{"Key": "purpose", "Value": value}])

    [found] = tables(**{"tag:purpose": value})

    assert found["RouteTableId"] == own
    assert found["Tags"] == [{"Key": "purpose", "Value": value}]


def test_values_are_alternatives_and_filters_are_not():
    (vpc, subnet), (other_vpc, other_subnet) = network(), network()
    own, other = table(vpc), table(other_vpc)
    associate(own, subnet)
    associate(other, other_subnet)

    either = [{"Name": "association.subnet-id", "Values": [subnet, other_subnet]}]
    assert set(ids(ec2().describe_route_tables(Filters=either)["RouteTables"])) == {own, other}
    assert tables(subnet=subnet, vpc=other_vpc) == []
    refused(lambda: tables(**{"association.subnet": subnet}), "InvalidParameterValue")


def test_tables_are_told_of_in_pages():
    vpc, _ = network()
    made = {table(vpc) for _ in range(6)} | {main(vpc)["RouteTableId"]}
    asked = [{"Name": "vpc-id", "Values": [vpc]}]

    paginator = ec2().get_paginator("describe_route_tables")
    pages = list(paginator.paginate(Filters=asked, PaginationConfig={"PageSize": 5}))

    assert [len(page["RouteTables"]) for page in pages] == [5, 2]
    assert {it for page in pages for it in ids(page["RouteTables"])} == made


def test_a_table_that_there_is_not_is_refused_and_anothers_is_not_there():
    vpc, _ = network()
    own = table(vpc)

    def look(table_id, caller=SOURCE):
        return client("ec2", caller).describe_route_tables(RouteTableIds=[table_id])

    missing = "rtb-0123456789abcdef0"
    refused(lambda: look(missing), "InvalidRouteTableID.NotFound", missing)
    refused(lambda: look(own, TARGET), "InvalidRouteTableID.NotFound", own)
    refused(lambda: look("table"), "InvalidRouteTableId.Malformed")
    assert own not in ids(tables(caller=TARGET))
