"""A control plane of these tests' own."""

import pytest
from local_aws import control_plane, resource_plane
from machine import WAIT_SCALE, States
from reaching import Reaching


@pytest.fixture(scope="session")
def states():
    with control_plane(wait_scale=WAIT_SCALE) as endpoint:
        yield States(endpoint)


@pytest.fixture(scope="session")
def reaching():
    """Another one, from which tasks reach a resource plane."""
    with (
        resource_plane() as resources,
        control_plane(wait_scale=WAIT_SCALE, resources=resources) as endpoint,
    ):
        yield Reaching(endpoint, resources)
