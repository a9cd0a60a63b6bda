"""One local AWS with the stack deployed, for all flows."""

import pytest
from granting import granted_sources
from restore import local
from restore.arrange.database import source_database
from restore.arrange.instance import source_instance
from restore.inventory import Inventory
from restore.place import NEAR, SOURCE, Place
from restore.waiting import eventually

pytest.register_assert_rewrite("expect", "recording", "stopped")

SCALE = 0.02
"""Nobody watches: an hour of waiting takes 72 s."""

NEAR_SOURCE = Place(SOURCE, NEAR)


@pytest.fixture(scope="session")
def scale():
    """The seconds here of one that is waited, as the expressions of an execution see it."""
    return SCALE


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


@pytest.fixture
def db_instances_go(cloud):
    """The DB instances that a test makes go with it: an account has room for 40 in a Region."""
    before = Inventory.taken(cloud, kinds=("DB instance",))
    yield
    for made in Inventory.taken(cloud, kinds=("DB instance",)).new_since(before):
        _remove(cloud, made)


def _remove(cloud, database):
    rds, name = cloud.client("rds", database.place), {"DBInstanceIdentifier": database.id}

    def seen():
        return rds.describe_db_instances(**name)["DBInstances"][0]

    if seen()["DeletionProtection"]:
        eventually("the DB instance", lambda: seen()["DBInstanceStatus"] == "available")
        rds.modify_db_instance(**name, DeletionProtection=False, ApplyImmediately=True)
    rds.delete_db_instance(**name, SkipFinalSnapshot=True)
