"""What can be had: DescribeDBEngineVersions and DescribeOrderableDBInstanceOptions."""

from __future__ import annotations

import itertools
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.models import ec2_backends

from resource_plane.frame import Call, Proceed, rule
from resource_plane.rds import certificates, classes, engines, filters, pages, speed
from resource_plane.rds import storage as sizes
from resource_plane.rds.engines import Version

STORAGE_TYPES = ("gp2", "gp3", "io1", "io2")


@rule("rds", "DescribeDBEngineVersions")
def describe_db_engine_versions(call: Call, proceed: Proceed) -> ActionResult:
    """moto answers 501."""
    found = [one for one in engines.versions() if _asked(call, one)]
    if call.params.get("DefaultOnly"):
        # "only the default version of the specified engine or engine and major version"
        # (BC:rds.DescribeDBEngineVersionsMessage.DefaultOnly).
        found = _defaults(found)
    facets = {
        "engine": lambda one: {one.engine.name},
        "db-parameter-group-family": lambda one: {one.family},
        "engine-version": lambda one: {one.number},
        "status": lambda one: {"available"},
    }
    found = filters.matching(call, found, facets)
    shown, more = pages.page(call, found, lambda one: f"{one.engine.name} {one.number}")
    return ActionResult({"DBEngineVersions": [_version(one) for one in shown]} | more)


@rule("rds", "DescribeOrderableDBInstanceOptions")
def describe_orderable_db_instance_options(call: Call, proceed: Proceed) -> ActionResult:
    """moto knows those of Aurora and Neptune alone."""
    of = call.params["Engine"]
    if of not in engines.ENGINES:
        return proceed()
    wanted_class, license_model = (call.params.get(k) for k in ("DBInstanceClass", "LicenseModel"))
    found = [
        (version, license_of, class_of, storage)
        for version, class_of, storage in itertools.product(
            (one for one in engines.versions() if one.engine.name == of and _asked(call, one)),
            classes.offered(of),
            STORAGE_TYPES,
        )
        for license_of in version.engine.licenses
        if wanted_class in (None, class_of) and license_model in (None, license_of)
    ]
    shown, more = pages.page(call, found, lambda one: f"{one[0].number} {' '.join(one[1:])}")
    zones = [{"Name": zone.name} for zone in _zones(call)]
    options = [_option(*one, zones) for one in shown]
    return ActionResult({"OrderableDBInstanceOptions": options} | more)


def _asked(call: Call, one: Version) -> bool:
    facts = {
        "Engine": (one.engine.name,),
        "EngineVersion": (one.number, one.major),
        "DBParameterGroupFamily": (one.family,),
    }
    return all(call.params.get(name) in (None, *known) for name, known in facts.items())


def _defaults(found: list[Version]) -> list[Version]:
    """The default version of each engine, or of the one major version that is left."""
    defaults = [one for one in found if one.number == one.engine.default]
    majors = {(one.engine.name, one.major) for one in found}
    return defaults if defaults or len(majors) != 1 else found[-1:]


def _zones(call: Call) -> list[Any]:
    return ec2_backends[call.account][call.region].describe_availability_zones()


def _version(one: Version) -> dict[str, Any]:
    of = one.engine
    later = of.versions[of.versions.index(one.number) + 1 :]
    return {
        "Engine": of.name,
        "EngineVersion": one.number,
        "MajorEngineVersion": one.major,
        "DBParameterGroupFamily": one.family,
        "DBEngineDescription": of.description,
        "DBEngineVersionDescription": f"{of.description} {one.number}",
        "ValidUpgradeTarget": [_upgrade(one, Version(of, other)) for other in later],
        "ExportableLogTypes": list(of.logs),
        "SupportsLogExportsToCloudwatchLogs": bool(of.logs),
        "SupportsReadReplica": True,
        "SupportedFeatureNames": [],
        "Status": "available",
        "SupportsCertificateRotationWithoutRestart": True,
        "SupportedCACertificateIdentifiers": list(certificates.VALID_UNTIL),
    }


def _upgrade(one: Version, to: Version) -> dict[str, Any]:
    return {
        "Engine": to.engine.name,
        "EngineVersion": to.number,
        "Description": f"{to.engine.description} {to.number}",
        "AutoUpgrade": False,
        "IsMajorVersionUpgrade": to.major != one.major,
    }


def _option(
    version: Version, license_model: str, class_name: str, storage: str, zones: list[Any]
) -> dict[str, Any]:
    of = version.engine
    return {
        "Engine": of.name,
        "EngineVersion": version.number,
        "DBInstanceClass": class_name,
        "LicenseModel": license_model,
        "AvailabilityZones": zones,
        "MultiAZCapable": of.name != "sqlserver-ex",
        "ReadReplicaCapable": True,
        "Vpc": True,
        "SupportsStorageEncryption": True,
        "StorageType": storage,
        **_speed(of.name, storage),
        "SupportsEnhancedMonitoring": True,
        "SupportsIAMDatabaseAuthentication": of.iam_authentication,
        "SupportsPerformanceInsights": True,
        "MinStorageSize": sizes.least(storage),
        "MaxStorageSize": sizes.most(of.name),
        "SupportsStorageAutoscaling": True,
        "SupportedNetworkTypes": ["IPV4", "DUAL"],
        "SupportsClusters": False,
        "OutpostCapable": False,
    }


def _speed(engine: str, storage: str) -> dict[str, Any]:
    """What storage of a type can be asked to do: nothing is told where nothing can be asked."""
    known = speed.of(engine, storage)
    shown: dict[str, Any] = {
        "SupportsIops": known is not None,
        "SupportsStorageThroughput": known is not None and known.throughput is not None,
    }
    if known is None:
        return shown
    shown |= _range(known.iops, "IopsPerDbInstance")
    if known.iops_per_gib is not None:
        shown |= _range(known.iops_per_gib, "IopsPerGib")
    if known.throughput is not None:
        shown |= _range(known.throughput, "StorageThroughputPerDbInstance")
        shown["MaxStorageThroughputPerIops"] = speed.THROUGHPUT_PER_IOPS
    return shown


def _range(figures: speed.Range, of: str) -> dict[str, Any]:
    return {f"Min{of}": figures.least, f"Max{of}": figures.most}
