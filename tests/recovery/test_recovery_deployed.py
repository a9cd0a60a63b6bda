"""Where the outcome of a recovery lies, and what its executions are called."""

import io
import json
from types import SimpleNamespace

from restore.follow import Ended

from recovery.deployed import Deployed, execution_name, preflight_name

RECOVERY = "arn:aws:states:us-east-1:123456789012:execution:restore-recovery:orders-dr-1"
KEY = "recoveries/orders/20261126T030000Z-orders-dr-1/outcome.json"
CAUSE = f"1 restores failed and 2 were not begun: s3://recoveries/{KEY} says why. Put that right."


def outcome(ended):
    """What is read, of a bucket whose objects are their own names."""
    s3 = SimpleNamespace(
        get_object=lambda **at: {"Body": io.BytesIO(json.dumps([at["Bucket"], at["Key"]]).encode())}
    )
    cloud = SimpleNamespace(home_client=lambda service: s3)
    return Deployed(cloud, "", "").outcome(ended)


def test_the_outcome_of_a_recovery_that_succeeded_is_where_its_output_says():
    output = {"bucket": "recoveries", "key": KEY, "summary": {}}

    assert outcome(Ended(RECOVERY, "SUCCEEDED", output)) == ["recoveries", KEY]


def test_the_outcome_of_a_recovery_that_failed_is_where_its_cause_says():
    failed = Ended(RECOVERY, "FAILED", error="Restore.ResourceFailed", cause=CAUSE)

    assert outcome(failed) == ["recoveries", KEY]


def test_a_recovery_that_was_refused_has_no_outcome():
    refused = Ended(RECOVERY, "FAILED", error="Restore.InvalidInput", cause="waves: is empty")

    assert outcome(refused) is None


def test_executions_are_named_for_the_restore_and_the_run_of_the_recovery():
    assert execution_name("orders", RECOVERY) != execution_name("orders", f"{RECOVERY}0")
    run = execution_name("orders", RECOVERY).removeprefix("orders--")
    assert len(run) == 12
    assert preflight_name("orders", RECOVERY) == f"orders--plan-{run}"
