"""A volume that EBS would not make is refused by its field, before anything is changed.

What the request leaves open is as the source volume has it, where that is still there: some of
these are right by themselves and wrong only with that.
"""

import expect
import pytest
from restore.arrange import arrange
from restore.arrange.instance import VOLUMES
from restore.example import example

ROOT, DATA, FAST = range(3)
"""The volumes of the request: a gp3 root, one that is asked for as gp3 with all its figures, and
one of which nothing is asked and whose source is io2."""


@pytest.fixture(scope="module")
def ec2(cloud, instance):
    return arrange(cloud, example("ec2-cross-account-cross-region"), instance=instance)


def test_the_source_is_what_these_tests_hold_the_request_against():
    figures = [(it.volume_type, it.size, it.iops) for it in VOLUMES]
    assert figures == [("gp3", 20, 3000), ("gp3", 100, 4000), ("io2", 50, 2000)]


BARE = {"iops": ..., "throughput": ...}
"""For the second volume, to be of a type that has neither provisioned."""
BY_ITSELF = {
    "throughput for gp2": (DATA, BARE | {"volumeType": "gp2", "throughput": 250}, "throughput"),
    "throughput for io2": (DATA, {"volumeType": "io2"}, "throughput"),
    "IOPS for gp2": (DATA, BARE | {"volumeType": "gp2", "iops": 6000}, "iops"),
    "IOPS for st1": (DATA, BARE | {"volumeType": "st1", "iops": 6000}, "iops"),
    "a root that does not boot": (ROOT, {"volumeType": "st1"}, "volumeType"),
    "a cold root": (ROOT, {"volumeType": "sc1"}, "volumeType"),
    "too large a gp2": (DATA, BARE | {"volumeType": "gp2", "size": 16_385}, "size"),
    "too large a gp3": (DATA, {"size": 65_537}, "size"),
    "too small an sc1": (DATA, BARE | {"volumeType": "sc1", "size": 124}, "size"),
    "too large a magnetic one": (DATA, BARE | {"volumeType": "standard", "size": 1025}, "size"),
    "too few IOPS for gp3": (DATA, {"iops": 2999}, "iops"),
    "too many IOPS for gp3": (DATA, {"iops": 80_001}, "iops"),
    "too many IOPS for its size, of gp3": (DATA, {"iops": 80_000, "size": 159}, "iops"),
    "too many IOPS for its size, of io1": (
        DATA,
        BARE | {"volumeType": "io1", "iops": 10_001},
        "iops",
    ),
    "too little throughput": (DATA, {"throughput": 124}, "throughput"),
    "too much throughput": (DATA, {"throughput": 2001}, "throughput"),
    "too much throughput for its IOPS": (DATA, {"throughput": 1501}, "throughput"),
}
WITH_THE_SOURCE = {
    "io1 without IOPS": (DATA, BARE | {"volumeType": "io1"}, "iops"),
    "throughput for a source of io2": (FAST, {"throughput": 250}, "throughput"),
    "a snapshot too small for st1": (FAST, {"volumeType": "st1"}, "size"),
    "too many IOPS for the source's size": (FAST, {"volumeType": "io1", "iops": 2501}, "iops"),
    "too much throughput for gp3 as it comes": (
        FAST,
        {"volumeType": "gp3", "throughput": 751},
        "throughput",
    ),
}


@pytest.mark.parametrize(
    ("index", "asked", "field"),
    [
        pytest.param(*case, id=name)
        for cases in (BY_ITSELF, WITH_THE_SOURCE)
        for name, case in cases.items()
    ],
)
def test_a_volume_that_ebs_would_not_make_is_refused(cloud, ec2, index, asked, field):
    changes = {f"source__ec2__volumes__{index}__{name}": it for name, it in asked.items()}
    path = f"source.ec2.volumes[{index}].{field}: "

    expect.refused(cloud, ec2.asking(**changes), "Restore.InvalidInput", path)
