"""rds-same-location: a copy brings the snapshot under the target key, where that is another."""

import expect
import pytest

PATH = [
    "Plan restore",
    "Re-encrypt copy",
    "Create DB instance",
    "Modify DB instance",
    "Clean up",
]


@pytest.fixture(scope="module")
def restored(cloud):
    return expect.restored_example(cloud, "rds-same-location")


def test_the_db_instance_is_restored_as_asked(cloud, restored):
    expect.as_asked(cloud, restored)


def test_the_path_is_that_of_the_flow(restored):
    assert restored.tasks == PATH


def test_the_same_request_again_doubles_nothing(cloud, restored):
    expect.doubles_nothing(cloud, restored)
