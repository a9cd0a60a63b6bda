"""ec2-cross-account-cross-region: the snapshots are shared, then copied in one hop."""

import expect
import pytest

PATH = [
    "Plan restore",
    "Share snapshots",
    "Copy snapshots",
    "Launch instance",
    "Stop instance",
    "Create volumes",
    "Detach placeholder root",
    "Attach volumes",
    "Finish instance",
    "Clean up",
]


@pytest.fixture(scope="module")
def restored(cloud):
    return expect.restored_example(cloud, "ec2-cross-account-cross-region")


def test_the_instance_is_restored_as_asked(cloud, restored):
    expect.as_asked(cloud, restored)


def test_the_path_is_that_of_the_flow(restored):
    assert restored.tasks == PATH


def test_the_same_request_again_doubles_nothing(cloud, restored):
    expect.doubles_nothing(cloud, restored)
