"""source.grantKeyAccess: keys whose policies name no role are used by grants, which end."""

import expect
import pytest
from granting import NEAR_SOURCE, SPREADING, answers, given, granting, told
from restore.arrange import arrange
from restore.arrange.database import source_database
from restore.arrange.keys import closed_key
from restore.example import example
from restore.place import SOURCE

FLOWS = ["ec2-cross-account", "ec2-cross-account-cross-region", "rds-cross-account-cross-region"]


# Given, waited for, used, revoked


@pytest.mark.parametrize("flow", FLOWS)
def test_a_restore_uses_keys_whose_policies_name_no_role(cloud, granted, flow):
    scene = granting(cloud, granted, flow)

    with cloud.unseen(grants=SPREADING):
        restore = expect.restored(cloud, scene)

    expect.as_asked(cloud, restore)
    expect.no_grant_left(cloud, scene.before)
    keys = given(cloud, scene)
    assert len(keys) == len(set(keys)) == (2 if scene.service == "ec2" else 1)
    assert sorted(it.split()[0] for it in told(restore.ended.output)) == sorted(keys)
    for key in keys:
        # Denied to the preflight, and to looks until the grant has spread.
        first, *later, last = answers(cloud, scene, key)
        assert first == "AccessDeniedException" and "AccessDeniedException" in later
        assert last == "DryRunOperationException"


def test_a_first_hop_that_stays_under_the_source_key_is_granted_what_both_hops_need(cloud, granted):
    scene = granting(cloud, granted, "rds-cross-account-cross-region")
    scene = scene.asking(target__intermediateKmsKeyId=...)

    restore = expect.restored(cloud, scene)

    expect.as_asked(cloud, restore)
    expect.no_grant_left(cloud, scene.before)


def test_the_plan_tells_what_will_be_granted_and_why_that_suffices(cloud, granted):
    scene = granting(cloud, granted, "ec2-cross-account")
    since = cloud.last_call()
    ended = expect.run(cloud, scene.asking(options={"dryRun": True}))
    ended.raise_unless_succeeded()

    expect.only_read(cloud, since)
    plan = ended.output["plan"]
    assert [row for row in plan["preflight"] if row["proof"] != "allowed"] == []
    keys = {grant["kmsKeyId"] for grant in plan["grants"]}
    assert {grant["name"] for grant in plan["grants"]} == {f"restore:{plan['restoreId']}"}
    by_grant = [
        row
        for row in plan["preflight"]
        if row["resource"] in keys and row["role"] == cloud.restore_role.arn
    ]
    assert by_grant and all("the grant" in row["why"] for row in by_grant)
    own = {row["action"] for row in plan["preflight"] if row["role"] == cloud.source_role.arn}
    assert {"kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant"} <= own


# Refused before anything is touched


def test_a_source_role_that_may_not_give_grants_is_told_what_it_lacks(cloud):
    closed = source_database(cloud, NEAR_SOURCE, key="orders-db", snapshots=2)
    scene = arrange(cloud, example("rds-cross-account"), database=closed)

    ended = expect.refused(
        cloud,
        scene.asking(source__grantKeyAccess=True),
        "Restore.AccessDenied",
        "may not kms:CreateGrant",
        "may not kms:ListGrants, kms:RevokeGrant",
        f"add to a policy of the role {cloud.source_role.arn}",
    )

    assert '"kms:GranteePrincipal"' in ended.cause.replace("\\", "")


def test_a_restore_role_without_leave_of_its_own_is_told_so_grant_or_not(cloud):
    key = closed_key(cloud, NEAR_SOURCE, "granted-to-nobody")
    cloud.allow_keys(SOURCE, grant_keys=[key])
    database = source_database(cloud, NEAR_SOURCE, key="granted-to-nobody", snapshots=2)
    scene = arrange(cloud, example("rds-cross-account"), database=database)

    expect.refused(
        cloud,
        scene.asking(source__grantKeyAccess=True),
        "Restore.AccessDenied",
        f"add to a policy of the role {cloud.restore_role.arn}",
        key,
    )
