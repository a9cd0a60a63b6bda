"""The examples, the arrangement and the checks agree: what is right passes."""

import pytest

from restore.arrange import arrange
from restore.by_hand import restore_database, restore_instance
from restore.check import check
from restore.example import FLOWS, example


@pytest.mark.parametrize("flow", FLOWS)
def test_a_right_restore_passes_every_check(cloud, flow):
    request = example(flow)
    # By hand no copies are kept: that option is the state machine's.
    request.get("options", {}).pop("keepCopies", None)
    scene = arrange(cloud, request)
    restore = restore_instance if scene.service == "ec2" else restore_database
    outcome = restore(cloud, scene)
    findings = check(cloud, scene, outcome)

    assert [it.what for it in findings]
    assert {it.what: it.differences for it in findings if not it.ok} == {}
