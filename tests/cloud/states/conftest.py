"""A control plane of these tests' own."""

import pytest
from local_aws import control_plane
from machine import WAIT_SCALE, States


@pytest.fixture(scope="session")
def states():
    with control_plane(wait_scale=WAIT_SCALE) as endpoint:
        yield States(endpoint)
