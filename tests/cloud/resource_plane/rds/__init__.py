"""RDS: DB snapshots and the DB instances restored from them."""

from resource_plane.rds import (  # noqa: F401 (each registers its rules)
    access,
    awsbackup,
    backups,
    certificates,
    copying,
    creating,
    deleting,
    lifecycle,
    listing,
    modifying,
    offerings,
    option_groups,
    parameter_groups,
    quotas,
    restoring,
    sharing,
    subnet_groups,
    tags,
)
