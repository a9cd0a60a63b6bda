"""A restore that is looked at and taken away again, whatever happens in between."""

import expect
import pytest
from drilling import drill, evidence, evidence_of, outcomes, told_in
from news import eventually, subscribed
from restore.arrange import arrange
from restore.example import FLOWS, example
from restore.follow import follow
from restore.inventory import Inventory
from restore.place import FAR
from restore.start import start
from stopped import clean_up_after, stop_at, until


@pytest.fixture
def ec2(cloud, instance):
    return arrange(cloud, example("ec2-cross-account-cross-region"), instance=instance)


@pytest.fixture
def rds(cloud, database):
    return arrange(cloud, example("rds-cross-account-cross-region"), database=database)


@pytest.mark.parametrize("flow", FLOWS)
def test_a_drill_of_any_flow_passes_and_leaves_nothing(cloud, instance, database, flow):
    # Within one account the source is that account's own.
    crosses = "cross-account" in flow
    source = {"instance": instance} if flow.startswith("ec2") else {"database": database}
    arranged = arrange(cloud, example(flow), **(source if crosses else {}))
    scene = drill(cloud, arranged, rtoMinutes=600)

    restore = expect.restored(cloud, scene)

    outcome = restore.ended.output
    assert (outcome["status"], outcome["flow"], outcome["left"]) == ("DRILLED", flow, [])
    expect.unchanged_since(cloud, scene.before)
    told = evidence(cloud, outcome["evidence"])
    assert told["status"] == "PASSED"
    assert told["restoreId"] == f"drill-{scene.restore_id}"
    own = "statusChecks" if flow.startswith("ec2") else "available"
    assert outcomes(told)[own] == "passed"
    assert outcomes(told)["validationFunction"] == "notMade"
    assert {it["snapshot"] for it in told["snapshots"]} == set(scene.snapshots.values())
    assert told["rto"]["met"] is True
    assert told["tornDown"] == outcome["cleanedUp"]
    made = told["restored"].get("instanceId") or told["restored"]["dbInstanceIdentifier"]
    assert any(made in arn for arn in told["tornDown"])


def test_what_a_drill_makes_is_known_for_one_and_lies_in_its_own_network(cloud, ec2):
    scene = drill(cloud, ec2)
    network = scene.request["drill"]["network"]
    execution = stop_at(cloud, scene, "Look at status checks")

    client = cloud.client("ec2", scene.target)
    mine = [{"Name": "tag:restore:id", "Values": [f"drill-{scene.restore_id}"]}]
    found = client.describe_instances(Filters=mine)["Reservations"]
    [instance] = [it for reservation in found for it in reservation["Instances"]]
    tags = {it["Key"]: it["Value"] for it in instance["Tags"]}
    assert tags["restore:mode"] == "drill"
    assert tags["Name"] == "drill-orders"
    assert instance["SubnetId"] == network["subnetId"]
    groups = [it["GroupId"] for it in instance["SecurityGroups"]]
    assert groups == network["securityGroupIds"]
    clean_up_after(cloud, execution)


def test_a_db_instance_of_a_drill_is_known_for_one_and_lies_in_its_own_network(cloud, rds):
    scene = drill(cloud, rds)
    network = scene.request["drill"]["network"]
    execution = stop_at(cloud, scene, "Look at DB instance")

    name = f"drill-{scene.request['target']['rds']['dbInstanceIdentifier']}"
    client = cloud.client("rds", scene.target)
    [made] = client.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"]
    tags = {it["Key"]: it["Value"] for it in made["TagList"]}
    assert tags["restore:mode"] == "drill"
    assert tags["restore:id"] == f"drill-{scene.restore_id}"
    assert made["DBSubnetGroup"]["DBSubnetGroupName"] == network["dbSubnetGroupName"]
    groups = [it["VpcSecurityGroupId"] for it in made["VpcSecurityGroups"]]
    assert groups == network["vpcSecurityGroupIds"]
    clean_up_after(cloud, execution)


def test_whoever_is_on_call_reads_what_a_drill_has_shown(cloud, rds):
    scene = drill(cloud, rds, rpoMinutes=600)
    with subscribed(cloud) as notifications:
        ended = expect.restored(cloud, scene).ended
        told = eventually(
            lambda: (
                len(it := [it for it in notifications() if ended.arn in it["Message"]]) == 2 and it
            ),
            "two notifications",
        )

    by_subject = {it["Subject"]: it["Message"] for it in told}
    message = by_subject[f"Drill succeeded: drill-{scene.restore_id}"]
    kept = ended.output["evidence"]
    for words in (f"s3://{kept['bucket']}/{kept['key']}", kept["sha256"], "of 36000 s"):
        assert words in message
    assert f"Drill started: drill-{scene.restore_id}" in by_subject


# Whatever happens


@pytest.mark.parametrize(
    "state",
    ["Plan restore", "Look at copies", "Create volumes", "Look at status checks", "Tear down"],
)
def test_a_drill_that_is_stopped_is_torn_down_and_recorded_all_the_same(cloud, ec2, state):
    scene = drill(cloud, ec2)

    execution = stop_at(cloud, scene, state)
    clean_up_after(cloud, execution)

    expect.unchanged_since(cloud, scene.before)
    told = eventually(lambda: evidence_of(cloud, execution), "evidence")
    assert told["status"] == "FAILED"
    assert "ABORTED" in told["failure"]["Cause"]
    # What was seen before it was stopped is told all the same.
    own = "passed" if state == "Tear down" else "notMade"
    assert outcomes(told)["statusChecks"] == own


def test_a_drill_that_fails_in_the_middle_leaves_nothing_but_its_evidence(cloud, ec2):
    scene = drill(cloud, ec2)
    why = "Given key ID is not accessible"
    cloud.fail_next("snapshot-copy", "error", why, account=scene.target.account, region=FAR)

    ended = expect.run(cloud, scene)

    assert (ended.status, ended.error) == ("FAILED", "Restore.KeyNotUsable"), ended.cause
    assert why in ended.cause
    expect.unchanged_since(cloud, scene.before)
    told = evidence(cloud, told_in(ended.cause))
    assert (told["status"], told["failure"]["Error"]) == ("FAILED", "Restore.KeyNotUsable")
    assert "rto" in told
    assert "seconds" not in told["rto"]


def test_a_drill_that_is_refused_in_planning_leaves_evidence_of_that(cloud, rds):
    scene = drill(cloud, rds).asking(source__rds={"dbSnapshotIdentifier": "no-such-snapshot"})

    ended = expect.run(cloud, scene)

    assert ended.error == "Restore.InvalidInput", ended.cause
    told = evidence_of(cloud, ended.arn)
    assert told["failure"]["Error"] == "Restore.InvalidInput"
    assert (told["snapshots"], told["tornDown"], told["left"]) == ([], [], [])


def test_a_dry_run_of_a_drill_is_a_plan_and_leaves_no_evidence(cloud, rds):
    scene = drill(cloud, rds).asking(options={"dryRun": True})

    restore = expect.restored(cloud, scene)

    assert restore.ended.output["status"] == "PLANNED"
    plan = restore.ended.output["plan"]
    name = scene.request["target"]["rds"]["dbInstanceIdentifier"]
    assert plan["dbInstance"]["identifier"] == f"drill-{name}"
    assert evidence_of(cloud, restore.ended.arn) is None


# Beside the real thing


def test_a_drill_under_the_id_of_a_restore_touches_nothing_of_that(cloud, rds):
    real = expect.restored(cloud, rds.now(cloud))
    before = Inventory.taken(cloud)

    drilled = expect.restored(cloud, drill(cloud, rds))

    assert drilled.ended.output["status"] == "DRILLED"
    expect.unchanged_since(cloud, before)
    expect.ends_as_asked(cloud, real.scene)


def test_a_drill_runs_twice_under_one_id(cloud, rds):
    scene = drill(cloud, rds)
    first, second = expect.restored(cloud, scene), expect.restored(cloud, scene)

    kept = [it.ended.output["evidence"]["key"] for it in (first, second)]
    assert len(set(kept)) == 2
    expect.unchanged_since(cloud, scene.before)


# The network


def test_a_network_with_a_way_out_is_no_place_for_a_drill(cloud, ec2, rds):
    client = cloud.client("ec2", ec2.target)
    vpc = client.create_vpc(CidrBlock="10.99.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        client.create_subnet(
            VpcId=vpc,
            CidrBlock=f"10.99.{number}.0/24",
            AvailabilityZone=ec2.target.zone(zone),
        )["Subnet"]["SubnetId"]
        for number, zone in enumerate("ab")
    ]
    group = client.create_security_group(GroupName="open", Description="open", VpcId=vpc)["GroupId"]
    gateway = client.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    client.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    of_vpc = [{"Name": "vpc-id", "Values": [vpc]}]
    [table] = client.describe_route_tables(Filters=of_vpc)["RouteTables"]
    client.create_route(
        RouteTableId=table["RouteTableId"], DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway
    )
    cloud.client("rds", ec2.target).create_db_subnet_group(
        DBSubnetGroupName="open", DBSubnetGroupDescription="open", SubnetIds=subnets
    )
    for scene, field in ((ec2, "drill.network.subnetId"), (rds, "drill.network.dbSubnetGroupName")):
        open_to_all = drill(cloud, scene).asking(
            drill__network={
                "subnetId": subnets[0],
                "securityGroupIds": [group],
                "dbSubnetGroupName": "open",
                "vpcSecurityGroupIds": [group],
            }
        )
        before = Inventory.taken(cloud)
        ended = expect.run(cloud, open_to_all)
        assert ended.error == "Restore.InvalidInput", ended.cause
        for words in (f"{field}: {subnets[0]} has a way out", f"0.0.0.0/0 through {gateway}"):
            assert words in ended.cause
        expect.unchanged_since(cloud, before)


def test_a_network_whose_routes_may_not_be_looked_at_is_refused_by_what_is_missing(cloud, ec2):
    scene = drill(cloud, ec2)
    denied = {"code": "UnauthorizedOperation", "message": "not authorized", "status": 403}
    injection = {
        "kind": "error",
        "match": {"action": "ec2:DescribeRouteTables"},
        "error": denied,
        "times": None,
    }
    with cloud.disturbed(injection):
        ended = expect.run(cloud, scene)

    assert ended.error == "Restore.AccessDenied", ended.cause
    assert "ec2:DescribeRouteTables" in ended.cause
    expect.unchanged_since(cloud, scene.before)


def test_a_network_that_does_not_fit_is_named_by_the_field_of_the_drill(cloud, ec2, rds):
    nowhere = drill(cloud, ec2).asking(drill__network__subnetId="subnet-0000000000000000f")
    nothing = drill(cloud, rds).asking(drill__network__dbSubnetGroupName="no-such-group")

    for scene, field in ((nowhere, "subnetId"), (nothing, "dbSubnetGroupName")):
        ended = expect.run(cloud, scene)
        assert ended.error == "Restore.InvalidInput", ended.cause
        assert f"drill.network.{field}" in ended.cause
        assert f"target.{scene.service}.{field}" not in ended.cause


# What is left


def test_what_a_drill_could_not_take_away_is_taken_away_by_the_clean_up(cloud, rds):
    scene = drill(cloud, rds)
    refusing = {
        "kind": "error",
        "match": {"action": "rds:DeleteDBInstance", "session": f"drill-{scene.restore_id}"},
        "error": {"code": "AccessDenied", "message": "not now", "status": 403},
        "times": 1,
    }
    with cloud.disturbed(refusing):
        ended = expect.run(cloud, scene)
        clean_up_after(cloud, ended.arn)

    assert (ended.status, ended.error) == ("FAILED", "Restore.DrillFailed"), ended.cause
    assert "could not be taken away" in ended.cause
    expect.unchanged_since(cloud, scene.before)
    assert ended.cause.index(" Evidence: s3://") < ended.cause.index(" Left behind: [")
    told = evidence(cloud, told_in(ended.cause))
    assert outcomes(told)["available"] == "passed"
    assert len(told["left"]) == 1


def test_a_drill_that_another_has_cut_short_begins_by_taking_that_away(cloud, rds):
    scene = drill(cloud, rds)
    first = stop_at(cloud, scene, "Look at DB instance")

    second = expect.restored(cloud, scene)

    tasks = [it.state for it in second.ended.narrative.chapters]
    assert "Clean up after earlier run" in tasks
    assert second.ended.output["status"] == "DRILLED"
    clean_up_after(cloud, first)
    expect.unchanged_since(cloud, scene.before)


def test_what_one_drill_has_seen_is_not_told_of_the_next_under_its_id(cloud, rds):
    scene = drill(cloud, rds)
    first = stop_at(cloud, scene, "Tear down")

    second = stop_at(cloud, scene, "Clean up after earlier run")

    clean_up_after(cloud, first)
    clean_up_after(cloud, second)
    expect.unchanged_since(cloud, scene.before)
    told = eventually(lambda: evidence_of(cloud, second), "evidence")
    assert outcomes(told)["available"] == "notMade"
    assert "upAt" not in told


def test_a_drill_whose_id_is_held_is_told_of(cloud, rds):
    scene = drill(cloud, rds)
    with subscribed(cloud) as notifications:
        first = start(cloud, scene.request)
        until(cloud, first, "Plan restore")
        second = expect.run(cloud, scene)
        assert second.error == "Restore.AlreadyRunning", second.cause
        eventually(
            lambda: [it for it in notifications() if second.arn in it["Message"]],
            "notification of the second",
        )
    follow(cloud, first).raise_unless_succeeded()
