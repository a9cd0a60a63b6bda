"""The plan of the example comes to the requests that it was made of."""

from types import SimpleNamespace

import pytest
from restore.example import FLOWS, example

from recovery.layers import laid, of_service
from recovery.plan import at_the_source, plan
from recovery.scenes import WAVES, Part, renamed

MAPPED = {
    "subnets": {"subnet-source": "subnet-0e4b7d1a9c3f86250"},
    "keyNames": {"ops": "ops-dr"},
    "dbSubnetGroups": {"orders": "orders-dr"},
    "dbParameterGroups": {"orders-postgres16": "orders-dr-postgres16"},
}


@pytest.fixture(scope="module")
def parts():
    return [
        Part(
            wave,
            f"waves[{index}].restores[{number}]",
            flow,
            SimpleNamespace(request=renamed(example(flow))),
        )
        for index, (wave, flows) in enumerate(WAVES.items())
        for number, flow in enumerate(flows)
    ]


def expanded(document, wave, restore):
    """What the restore comes to with all that lies beneath it, before the network is mapped."""

    def chain(name):
        profile = document["profiles"].get(name, {})
        return [*(chain(profile["extends"]) if "extends" in profile else []), profile]

    layers = [document["defaults"], *chain(wave.get("profile")), *chain(restore.get("profile"))]
    parts = [
        {it: layer[it] for it in layer if it in ("source", "target", "options")}
        for layer in [*layers, restore]
    ]
    [service] = {"ec2", "rds"} & restore["source"].keys()
    return of_service(laid(*parts), service)


def test_every_flow_is_in_it_over_three_waves(parts):
    assert {it.flow for it in parts} == set(FLOWS)
    assert [len(it) for it in WAVES.values()] == [4, 4, 4]


def test_every_restore_comes_to_its_request(parts):
    document = plan(parts, MAPPED)
    requests = iter(parts)

    for wave in document["waves"]:
        for restore in wave["restores"]:
            part = next(requests)
            assert expanded(document, wave, restore) == at_the_source(part.scene.request, MAPPED)


def test_no_restore_says_again_what_lies_beneath_it(parts):
    document = plan(parts, MAPPED)

    restores = [it for wave in document["waves"] for it in wave["restores"]]
    assert not any("accountId" in it.get("source", {}) for it in restores)
    assert not any("roleArn" in it.get("target", {}) for it in restores)
    assert not any("restoreId" in it for it in restores)


def test_what_the_network_map_would_change_is_named_as_the_source_has_it(parts):
    document = plan(parts, MAPPED)

    assert document["defaults"]["target"]["ec2"]["subnetId"] == "subnet-source"
    assert document["defaults"]["target"]["ec2"]["keyName"] == "ops"


def test_names_in_the_region_of_the_source_are_none_that_would_be_mapped(parts):
    mapped = {name for names in MAPPED.values() for name in names}

    for part in parts:
        request = part.scene.request
        if request["source"]["region"] == request["target"]["region"]:
            service = part.flow[:3]
            values = {it for it in request["target"][service].values() if isinstance(it, str)}
            assert not values & mapped
