"""Sites are told apart by who calls, where and for what; every end is of the vocabulary."""

import re
from dataclasses import replace
from pathlib import Path

from matrix.fault_answers import DENIED, INPUT, NOT_FOUND
from matrix.fault_calls import OWN, answers_to
from matrix.fault_cases import Chosen, Sites, _goes_with, faults_of, paths_of
from matrix.fault_expected import RESTORED
from matrix.fault_outcomes import rule
from matrix.fault_run import Refusal
from matrix.fault_sites import CLEAN_UP, PLAN, Site, last_of, sites_of

RESTORE_ID = "orders-1"
README = Path(__file__).parents[2] / "statemachine" / "README.md"


def call(function, action, service="ec2", role="restore-target", **params):
    """A recorded call of the restore."""
    return {
        "function": f"restore-{function}",
        "service": service,
        "action": action,
        "roleArn": f"arn:aws:iam::444455556666:role/{role}",
        "callerArn": f"arn:aws:sts::444455556666:assumed-role/{role}/{RESTORE_ID}",
        "region": "eu-central-1",
        "params": params,
    }


def assumed(function):
    """The call by which an invocation of the function begins."""
    role = "arn:aws:iam::444455556666:role/restore-target"
    return call(function, "AssumeRole", "sts", RoleArn=role, RoleSessionName=RESTORE_ID)


def by_tag():
    return [{"Name": "tag:restore:id", "Values": [RESTORE_ID]}]


def test_one_call_of_two_functions_is_two_sites():
    calls = [
        assumed("copy-snapshot"),
        call("copy-snapshot", "DescribeSnapshots", Filters=by_tag()),
        assumed("clean-up"),
        call("clean-up", "DescribeSnapshots", Filters=by_tag()),
    ]

    found = sites_of(calls, RESTORE_ID, "ec2")

    assert [(it.function, it.operation, it.skip) for it in found] == [
        ("copy-snapshot", "sts:AssumeRole", 0),
        ("copy-snapshot", "ec2:DescribeSnapshots", 0),
        ("clean-up", "sts:AssumeRole", 1),
        ("clean-up", "ec2:DescribeSnapshots", 1),
    ]


def test_what_changes_something_is_met_at_the_last_of_its_first_invocation():
    create = call("create-and-attach-volumes", "CreateVolume", SnapshotId="snap-1")
    start = assumed("create-and-attach-volumes")

    *_, made = sites_of([start, create, create, start, create], RESTORE_ID, "ec2")

    assert (made.skip, made.last) == (1, 2)


def test_what_is_refused_from_a_call_on_is_met_by_later_ones_of_the_role_there():
    calls = [
        assumed("share-snapshot"),
        call("share-snapshot", "CreateTags", Resources=["snap-1"]),
        assumed("clean-up"),
        call("clean-up", "CreateTags", Resources=["i-1"]),
        call("clean-up", "CreateTags", role="restore-source", Resources=["snap-1"]),
    ]

    _, shared, _, marked, left = sites_of(calls, RESTORE_ID, "ec2")

    assert shared.meets(marked)
    assert not marked.meets(shared)
    assert not shared.meets(left)


def test_the_calls_of_others_are_no_sites():
    other = call("clean-up", "DescribeVolumes") | {"callerArn": "arn:aws:sts::1:assumed-role/r/o"}

    assert sites_of([other], RESTORE_ID, "ec2") == []


def test_the_last_call_of_a_function_can_be_found():
    look = call("wait-until-available", "DescribeDBInstances", "rds", DBInstanceIdentifier="o")
    start = assumed("wait-until-available")

    found = last_of([start, look, start, look], RESTORE_ID, "wait-until-available", OPERATION)

    assert (found.skip, found.skip_own) == (1, 1)


OPERATION = "rds:DescribeDBInstances"


def site(function, operation):
    return Site(function, operation, "restore-target", "eu-central-1", False, "", "Id")


def test_every_end_is_a_name_of_the_vocabulary():
    names = set(re.findall(r"^\| `Restore\.(\w+)` \|", README.read_text(), re.MULTILINE))
    assert "Throttled" in names
    for operation in OWN:
        for function in (PLAN, CLEAN_UP, "create-instance", "wait-until-available"):
            for answer in answers_to(operation):
                found = rule(site(function, operation), answer)
                for end in (found.once, found.forever):
                    assert end.status in names | {RESTORED}, (operation, answer)


def test_whatever_a_clean_up_is_refused_the_restore_stays_restored():
    for operation in OWN:
        for answer in answers_to(operation):
            found = rule(site(CLEAN_UP, operation), answer)
            assert found.once.status == found.forever.status == RESTORED


def refused(operation, kind):
    of = replace(site(PLAN, operation), weighed=True)
    answer = next(it for it in answers_to(operation) if it.kind == kind)
    return Refusal(of, answer, path=rule(of, answer).path)


def test_a_denied_use_of_a_key_and_an_unread_policy_prove_together_what_neither_does_alone():
    for policy in ("kms:GetKeyPolicy", "iam:SimulatePrincipalPolicy"):
        unread = refused(policy, DENIED)
        for use in ("kms:Decrypt", "kms:DescribeKey"):
            assert not _goes_with(refused(use, DENIED), [unread])
            assert not _goes_with(unread, [refused(use, DENIED)])
            assert _goes_with(refused(use, INPUT), [unread])


def test_what_makes_room_and_is_said_to_be_gone_is_waited_for_and_in_a_clean_up_believed():
    for function, operation, forever in (
        ("copy-snapshot", "rds:DeleteDBSnapshot", "TimedOut"),
        ("create-instance", "rds:DeleteDBInstance", "TimedOut"),
        ("create-instance", "ec2:DeleteVolume", "TimedOut"),
        (CLEAN_UP, "rds:DeleteDBSnapshot", RESTORED),
        (CLEAN_UP, "kms:RevokeGrant", RESTORED),
    ):
        gone = next(it for it in answers_to(operation) if it.kind == NOT_FOUND)
        found = rule(site(function, operation), gone)
        assert (found.once.status, found.forever.status) == (RESTORED, forever)
        assert found.forever.believed == (function == CLEAN_UP)


def test_of_a_detour_only_what_its_flow_has_not_is_tried():
    shared, own = site("copy-snapshot", COPIES), site("copy-snapshot", "rds:DeleteDBSnapshot")
    cleans_up = site(CLEAN_UP, "rds:DeleteDBSnapshot")
    sites = Sites("rds, detour", (shared, own), (), known=frozenset({shared, cleans_up}))

    faults = faults_of(sites, Chosen(True, "any"))

    assert {it.site for fault in faults for it in fault.refusals} == {own}
    assert all(it.may_leave for it in faults if it.refusals[0].times is None)


COPIES = "rds:CopyDBSnapshot"


def test_every_answer_takes_one_path():
    for operation in OWN:
        taken = [
            it
            for answers in paths_of(site("create-instance", operation)).values()
            for it in answers
        ]
        assert len(taken) == len(set(taken))
