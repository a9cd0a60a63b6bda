"""The DB instance classes that RDS offers here."""

from __future__ import annotations

from resource_plane.error import AwsError

_BURSTABLE = ("micro", "small", "medium", "large", "xlarge", "2xlarge")
_GRAVITON = ("large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge", "16xlarge")
_INTEL = (*_GRAVITON, "24xlarge")
_SIZES = {
    "t3": _BURSTABLE,
    "t4g": _BURSTABLE,
    "m5": _INTEL,
    "m5d": _INTEL,
    "m6g": _GRAVITON,
    "m6gd": _GRAVITON,
    "m6i": (*_INTEL, "32xlarge"),
    "m7g": _GRAVITON,
    "m7i": _INTEL,
    "m8g": _GRAVITON,
    "r5": _INTEL,
    "r5b": _INTEL,
    "r6g": _GRAVITON,
    "r6gd": _GRAVITON,
    "r6i": (*_INTEL, "32xlarge"),
    "r7g": _GRAVITON,
    "r7i": _INTEL,
    "r8g": _GRAVITON,
    "x2g": _GRAVITON,
    "m4": ("large", "xlarge", "2xlarge", "4xlarge", "10xlarge", "16xlarge"),
    "r4": ("large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "16xlarge"),
}
CLASSES = tuple(f"db.{family}.{size}" for family, sizes in _SIZES.items() for size in sizes)
_ARM = frozenset(family for family in _SIZES if family.endswith(("g", "gd")))
_INTEL_ONLY = ("oracle", "sqlserver")


def offered(engine: str) -> tuple[str, ...]:
    """The classes that an engine runs on: Oracle and SQL Server know no Graviton."""
    if not engine.startswith(_INTEL_ONLY):
        return CLASSES
    return tuple(name for name in CLASSES if name.split(".")[1] not in _ARM)


def check(name: str, engine: str, version: str) -> str:
    """The class, or AWS's refusal of one that does not exist or that the engine does not run on."""
    if name not in CLASSES:
        raise AwsError("InvalidParameterValue", f"Invalid DB Instance class: {name}")
    if name not in offered(engine):
        raise AwsError(
            "InvalidParameterCombination",
            f"RDS does not support creating a DB instance with the following combination: "
            f"DBInstanceClass={name}, Engine={engine}, EngineVersion={version}.",
        )
    return name
