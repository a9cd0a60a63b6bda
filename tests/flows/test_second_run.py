"""A run under the id of a restore that is finished: what it brought back is somebody's by now."""

import expect
import pytest

AT_ONCE = 1e-6
"""Hours after which the first step behind the plan refuses to begin."""


@pytest.fixture(
    scope="module", params=["ec2-cross-region", "ec2-cross-account", "rds-cross-account"]
)
def restored(cloud, request):
    return expect.restored_example(cloud, request.param)


@pytest.mark.parametrize("on_failure", ["cleanUp", "keep"])
def test_a_second_run_that_fails_takes_nothing_of_a_finished_restore_away(
    cloud, restored, on_failure
):
    options = {"timeoutHours": AT_ONCE, "onFailure": on_failure}
    before = expect.Inventory.taken(cloud)

    ended = expect.run(cloud, restored.scene.asking(options=options))

    assert (ended.status, ended.error) == ("FAILED", "Restore.TimedOut"), ended.cause
    expect.unchanged_since(cloud, before)
    expect.ends_as_asked(cloud, restored.scene)
