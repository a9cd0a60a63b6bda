"""The life of an instance, and its status checks (rule 5)."""

import pytest
from aws import NEAR, SOURCE, TARGET, allow, caller, client, elapse, key, refused
from compute import (
    ENDLESS,
    KINDS,
    OTHER_ZONE,
    ROOT,
    at_once,  # noqa: F401
    attach,
    devices,
    ec2,
    fails,
    instance_now,
    launch,
    launched,
    state,
    subnet,
    under,
    volume,
    volume_now,
)

pytestmark = pytest.mark.usefixtures("at_once")


def change(action, *instances, caller=SOURCE):
    """From which state to which each instance goes by StartInstances and the like."""
    told = getattr(ec2(caller), f"{action}_instances")(InstanceIds=list(instances))
    changes = next(it for name, it in told.items() if name.endswith("Instances"))
    return [(it["PreviousState"]["Name"], it["CurrentState"]["Name"]) for it in changes]


def check(instance, **settings):
    """The status of an instance, or None where it is not told."""
    told = ec2().describe_instance_status(InstanceIds=[instance], **settings)
    return next((it["InstanceStatus"]["Status"] for it in told["InstanceStatuses"]), None)


def test_an_instance_passes_through_its_states():
    made = launched()
    instance = made["InstanceId"]

    assert made["State"] == {"Code": 0, "Name": "pending"}
    assert change("stop", instance) == [("running", "stopping")]
    assert change("start", instance) == [("stopped", "pending")]
    assert change("terminate", instance) == [("running", "shutting-down")]
    assert state(instance) == "terminated"


def test_a_terminated_instance_is_told_of_for_an_hour(settings):
    instance = launched()["InstanceId"]
    settings(pace=36)
    change("terminate", instance)
    assert state(instance) == "terminated"

    elapse(100)

    refused(lambda: state(instance), "InvalidInstanceID.NotFound")


@pytest.mark.parametrize(
    ("kind", "action", "meanwhile", "afterwards"),
    [
        ("instance", None, "pending", "running"),
        ("instance-stop", "stop", "stopping", "stopped"),
        ("instance-termination", "terminate", "shutting-down", "terminated"),
    ],
)
def test_each_change_takes_its_time(settings, kind, action, meanwhile, afterwards):
    for seconds, expected in ((ENDLESS, meanwhile), (0, afterwards)):
        settings(durations=dict.fromkeys(KINDS, 0))
        instance = launch() if action else None
        assert action is None or state(instance) == "running"
        settings(durations={kind: seconds})
        if action:
            change(action, instance)
        assert state(instance or launch()) == expected


def test_what_is_already_so_stays_so():
    instance = launch()

    assert change("start", instance) == [("running", "running")]
    change("stop", instance)
    assert change("stop", instance) == [("stopped", "stopped")]
    change("terminate", instance)
    assert change("terminate", instance) == [("terminated", "terminated")]


def test_what_cannot_be_changed_from_its_state_is_refused(settings):
    settings(durations={"instance": ENDLESS})
    pending = launch()
    refused(lambda: change("stop", pending), "IncorrectInstanceState", pending)
    refused(lambda: change("reboot", pending), "IncorrectInstanceState", pending)

    settings(durations={"instance": 0, "instance-stop": ENDLESS})
    stopping = launch()
    change("stop", stopping)
    refused(lambda: change("start", stopping), "IncorrectInstanceState", "be started")

    change("terminate", pending)
    for action in ("start", "stop"):
        refused(lambda it=action: change(it, pending), "IncorrectInstanceState")


def test_a_pending_instance_can_be_terminated(settings):
    settings(durations={"instance": ENDLESS})
    pending = launch()

    change("terminate", pending)

    assert state(pending) == "terminated"


def test_one_unknown_instance_among_several_changes_none():
    instance, missing = launch(), "i-0123456789abcdef0"

    refused(lambda: change("stop", instance, missing), "InvalidInstanceID.NotFound", missing)
    refused(lambda: change("stop", instance, "i-x"), "InvalidInstanceID.Malformed")
    refused(lambda: change("stop", launch(), launch(TARGET)), "InvalidInstanceID.NotFound")
    assert state(instance) == "running"


def test_a_stopped_instance_says_who_stopped_it_and_a_running_one_nothing():
    instance = launch()
    change("stop", instance)
    assert instance_now(instance)["StateReason"]["Code"] == "Client.UserInitiatedShutdown"

    change("start", instance)
    assert not instance_now(instance).get("StateReason", {}).get("Code")


def test_a_stopped_instance_keeps_its_volumes():
    instance = launch()
    before = devices(instance)

    change("stop", instance)

    assert devices(instance) == before
    assert volume_now(before[ROOT]["VolumeId"])["State"] == "in-use"


def test_termination_and_stop_protection_are_heeded():
    kept, running = launch(DisableApiTermination=True), launch(DisableApiStop=True)

    refused(lambda: change("terminate", kept), "OperationNotPermitted", kept)
    refused(lambda: change("stop", running), "OperationNotPermitted", running)
    ec2().modify_instance_attribute(InstanceId=kept, DisableApiTermination={"Value": False})
    change("terminate", kept)


# Keys


def test_an_instance_whose_key_was_disabled_does_not_start_and_says_why():
    own = key(SOURCE)
    instance, data = launch(), volume(**under(own))
    attach(data, instance)
    change("stop", instance)
    assert state(instance) == "stopped"
    client("kms", SOURCE).disable_key(KeyId=own)

    assert change("start", instance) == [("stopped", "pending")]

    told = instance_now(instance)
    assert told["State"]["Name"] == "stopped"
    assert told["StateReason"] == {
        "Code": "Client.InternalError",
        "Message": "Client.InternalError: Client error on launch",
    }
    client("kms", SOURCE).enable_key(KeyId=own)
    change("start", instance)
    assert state(instance) == "running"


def test_starting_needs_the_grant_on_the_keys_of_all_volumes():
    instance, data = launch(), volume(**under(key(SOURCE)))
    attach(data, instance)
    change("stop", instance)

    for policy, expected in (
        (allow("ec2:*"), "stopped"),
        (allow("ec2:*", "kms:CreateGrant"), "running"),
    ):
        change("start", instance, caller=caller(SOURCE, policy))
        assert state(instance) == expected


def test_a_start_can_be_told_to_fail():
    instance = launch()
    change("stop", instance)
    assert state(instance) == "stopped"
    fails("instance", "stopped", "Server.InsufficientInstanceCapacity: None left", id=instance)

    change("start", instance)

    told = instance_now(instance)
    assert told["State"]["Name"] == "stopped"
    assert told["StateReason"]["Code"] == "Server.InsufficientInstanceCapacity"


# Status checks


def test_status_checks_are_initializing_first_and_then_ok(settings):
    settings(durations={"instance-status": ENDLESS})
    instance = launch()
    assert state(instance) == "running"
    assert check(instance) == "initializing"

    settings(durations={"instance-status": 0})
    told = ec2().describe_instance_status(InstanceIds=[launch()])["InstanceStatuses"][0]
    assert told["InstanceState"]["Name"] == "running"
    for name in ("InstanceStatus", "SystemStatus", "AttachedEbsStatus"):
        assert told[name]["Status"] == "ok"
    assert told["InstanceStatus"]["Details"] == [{"Name": "reachability", "Status": "passed"}]


def test_starting_again_checks_again(settings):
    instance = launch()
    assert check(instance) == "ok"
    change("stop", instance)
    assert check(instance) is None
    settings(durations={"instance-status": ENDLESS})

    change("start", instance)

    assert state(instance) == "running"
    assert check(instance) == "initializing"


def test_instances_that_do_not_run_are_told_of_only_when_asked_for(settings):
    settings(durations={"instance": ENDLESS})
    pending = launch()

    assert check(pending) is None
    assert check(pending, IncludeAllInstances=True) == "not-applicable"


def test_status_checks_can_be_told_to_fail():
    fails("instance-status", "impaired", "", account=SOURCE, region=NEAR)

    told = ec2().describe_instance_status(InstanceIds=[launch()])["InstanceStatuses"]
    assert told == [] or told[0]["InstanceStatus"]["Status"] == "impaired"
    instance = told[0]["InstanceId"]
    assert check(instance) == "impaired"
    impaired = [{"Name": "instance-status.status", "Values": ["impaired"]}]
    assert check(instance, Filters=impaired) == "impaired"
    assert check(launch(), Filters=impaired) is None


def test_status_is_asked_for_one_hundred_instances_at_most_and_by_id_or_page():
    many = [f"i-{number:017x}" for number in range(101)]

    refused(
        lambda: ec2().describe_instance_status(InstanceIds=many), "InvalidParameterValue", "100"
    )
    refused(
        lambda: ec2().describe_instance_status(InstanceIds=many[:1], MaxResults=5),
        "InvalidInstanceID.NotFound",
    )
    refused(
        lambda: ec2().describe_instance_status(InstanceIds=[launch()], MaxResults=5),
        "InvalidParameterCombination",
    )


# Described


def test_instances_are_found_by_filters():
    data = volume()
    instance = launch(InstanceType="t3.small")
    attach(data, instance)
    ec2().create_tags(Resources=[instance], Tags=[{"Key": "restore:id", "Value": instance}])

    def found(**filters):
        asked = [{"Name": name, "Values": [it]} for name, it in filters.items()]
        told = ec2().describe_instances(Filters=asked)["Reservations"]
        return [it["InstanceId"] for one in told for it in one["Instances"]]

    mine = {"tag:restore:id": instance}
    for more in (
        {},
        {"instance-state-name": "running"},
        {"instance-type": "t3.*"},
        {"block-device-mapping.volume-id": data},
        {"block-device-mapping.device-name": "/dev/sdf"},
        {"root-device-name": ROOT},
    ):
        assert found(**mine | more) == [instance]
    assert found(**mine, **{"instance-state-name": "stopped"}) == []


def test_instances_are_told_of_in_pages():
    mark = [{"Key": "pages", "Value": launch()}]
    made = [launch() for _ in range(6)]
    ec2().create_tags(Resources=made, Tags=mark)
    asked = {"Filters": [{"Name": "tag:pages", "Values": [mark[0]["Value"]]}]}

    pages = list(
        ec2()
        .get_paginator("describe_instances")
        .paginate(**asked, PaginationConfig={"PageSize": 5})
    )

    told = [
        [it["InstanceId"] for one in page["Reservations"] for it in one["Instances"]]
        for page in pages
    ]
    assert told == [made[:5], made[5:]]
    refused(
        lambda: ec2().describe_instances(InstanceIds=made[:1], MaxResults=5),
        "InvalidParameterCombination",
    )


def test_termination_protection_holds_back_its_own_zone_alone():
    kept, beside = launch(), launch()
    elsewhere = launch(SubnetId=subnet(zone=OTHER_ZONE))
    ec2().modify_instance_attribute(InstanceId=kept, DisableApiTermination={"Value": True})

    refused(
        lambda: ec2().terminate_instances(InstanceIds=[elsewhere, beside, kept]),
        "OperationNotPermitted",
        kept,
    )

    assert [state(it) for it in (kept, beside, elsewhere)] == ["running", "running", "terminated"]
