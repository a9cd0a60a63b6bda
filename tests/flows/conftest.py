"""One local AWS with the stack deployed, for all flows."""

import pytest
from granting import granted_sources
from restore import local
from restore.arrange.database import source_database
from restore.arrange.instance import source_instance
from restore.place import NEAR, SOURCE, Place

pytest.register_assert_rewrite("expect", "recording", "stopped")

SCALE = 0.02
"""Nobody watches: an hour of waiting takes 72 s."""

NEAR_SOURCE = Place(SOURCE, NEAR)


@pytest.fixture(scope="session")
def cloud():
    """The local AWS that `make local` holds, or else one of these tests' own."""
    with local.running(scale=SCALE) as cloud:
        yield cloud


@pytest.fixture(scope="session")
def instance(cloud):
    """An instance of the source account with one snapshot set, which no test changes."""
    return source_instance(cloud, NEAR_SOURCE)


@pytest.fixture(scope="session")
def database(cloud):
    """A DB instance of the source account with one snapshot, which no test changes."""
    return source_database(cloud, NEAR_SOURCE)


@pytest.fixture(scope="session")
def granted(cloud):
    """Sources under keys that the restore role comes by through grants alone."""
    return granted_sources(cloud)
