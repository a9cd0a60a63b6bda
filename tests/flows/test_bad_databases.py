"""A DB instance that RDS would not make is refused by its field, before anything is changed.

Some of these are right by themselves, and wrong only with the snapshot, the engine's version, the
class or the subnet group that the request names.
"""

import expect
import pytest
from restore.arrange import arrange
from restore.arrange.database import ALLOCATED_STORAGE
from restore.example import example

SLOW = {"iops": ..., "storageThroughput": ...}
"""Without the figures that the example asks for."""


@pytest.fixture(scope="module")
def rds(cloud, database):
    return arrange(cloud, example("rds-cross-account-cross-region"), database=database)


BY_ITSELF = {
    "a port for the system": ({"port": 1149}, "port"),
    "a port beyond all": ({"port": 65_536}, "port"),
    "a negative retention": ({"backupRetentionPeriod": -1}, "backupRetentionPeriod"),
    "too long a retention": ({"backupRetentionPeriod": 36}, "backupRetentionPeriod"),
    "an unknown lifecycle": ({"engineLifecycleSupport": "forever"}, "engineLifecycleSupport"),
    "an unknown license": ({"licenseModel": "free"}, "licenseModel"),
    "an unknown network": ({"networkType": "IPV6"}, "networkType"),
    "an odd interval of monitoring": ({"monitoringInterval": 7}, "monitoringInterval"),
    "a window that is none": (
        {"preferredMaintenanceWindow": "sunday night"},
        "preferredMaintenanceWindow",
    ),
    "a window too short": (
        {"preferredMaintenanceWindow": "sun:03:00-sun:03:29"},
        "preferredMaintenanceWindow",
    ),
    "magnetic storage": ({"storageType": "standard"}, "storageType"),
    "too little storage": (SLOW | {"allocatedStorage": 19}, "allocatedStorage"),
    "too much storage": ({"allocatedStorage": 65_537}, "allocatedStorage"),
    "too little storage with IOPS": (
        {"storageType": "io1", "storageThroughput": ..., "allocatedStorage": 99},
        "allocatedStorage",
    ),
    "growth to less than there is": ({"maxAllocatedStorage": 399}, "maxAllocatedStorage"),
    "too few IOPS": ({"storageType": "io1", "storageThroughput": ..., "iops": 999}, "iops"),
    "provisioned IOPS of none": (
        {"storageType": "io1", "storageThroughput": ..., "iops": 0},
        "iops",
    ),
    "throughput for gp2": ({"storageType": "gp2", "iops": ...}, "storageThroughput"),
    "throughput without a type": ({"storageType": ...}, "storageThroughput"),
}
WITH_WHAT_THERE_IS = {
    "less storage than the snapshot": (
        SLOW | {"allocatedStorage": ALLOCATED_STORAGE - 1},
        "allocatedStorage",
    ),
    "growth to less than the snapshot": (
        SLOW | {"allocatedStorage": ..., "maxAllocatedStorage": ALLOCATED_STORAGE - 1},
        "maxAllocatedStorage",
    ),
    "growth by less than a tenth": (
        SLOW | {"allocatedStorage": ..., "maxAllocatedStorage": ALLOCATED_STORAGE + 9},
        "maxAllocatedStorage",
    ),
    "io1 without IOPS": (SLOW | {"storageType": "io1"}, "iops"),
    "IOPS for gp2": ({"storageType": "gp2", "storageThroughput": ...}, "iops"),
    "IOPS for a small gp3": ({"allocatedStorage": 200, "storageThroughput": ...}, "iops"),
    "throughput for a small gp3": ({"allocatedStorage": 200, "iops": ...}, "storageThroughput"),
    "a license of another engine": ({"licenseModel": "general-public-license"}, "licenseModel"),
    "a certificate authority that is gone": (
        {"caCertificateIdentifier": "rds-ca-2015"},
        "caCertificateIdentifier",
    ),
    "a log of another engine": (
        {"enableCloudwatchLogsExports": ["postgresql", "slowquery"]},
        "enableCloudwatchLogsExports[1]",
    ),
    "two networks in subnets of one": ({"networkType": "DUAL"}, "networkType"),
}


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        pytest.param(*case, id=name)
        for cases in (BY_ITSELF, WITH_WHAT_THERE_IS)
        for name, case in cases.items()
    ],
)
def test_a_db_instance_that_rds_would_not_make_is_refused(cloud, rds, asked, field):
    changes = {f"target__rds__{name}": it for name, it in asked.items()}

    expect.refused(cloud, rds.asking(**changes), "Restore.InvalidInput", f"target.rds.{field}: ")
