"""One resource plane for all tests of its rules."""

import aws
import pytest
from local_aws.planes import resource_plane


@pytest.fixture(scope="session", autouse=True)
def plane():
    """The endpoint of a plane of these tests' own, which `aws` speaks to from now on.

    AWS has raised its accounts' quotas, since nobody cleans up after a test; tests of the quotas
    set their own.
    """
    with resource_plane() as endpoint:
        aws.use(endpoint)
        raised = {"dbInstances": 1000, "manualDbSnapshots": 1000}
        aws.rules("PUT", "settings", {"limits": raised, "requestRates": {"ec2:RunInstances": None}})
        yield endpoint


@pytest.fixture
def settings():
    """Changes settings of the plane for one test: `settings(durations={"volume": 60})`."""
    before = aws.rules("GET", "settings")
    yield lambda **wanted: aws.rules("PUT", "settings", wanted)
    aws.rules("PUT", "settings", before)


@pytest.fixture
def calls():
    """The calls recorded since the test began, or since this was last asked."""
    recorded = aws.rules("GET", "calls?last=1")["calls"]
    last = recorded[-1]["n"] if recorded else 0

    def since():
        nonlocal last
        found = aws.rules("GET", f"calls?since={last}")["calls"]
        last = found[-1]["n"] if found else last
        return found

    return since
