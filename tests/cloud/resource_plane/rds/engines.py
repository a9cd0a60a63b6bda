"""The database engines and their versions that RDS offers here.

A selection: AWS adds and retires versions all the time. What is derived from a version (its
major version, parameter group family, default groups) follows AWS's own naming.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from resource_plane.error import AwsError


@dataclass(frozen=True)
class Engine:
    """One database engine."""

    name: str
    description: str
    port: int
    licenses: tuple[str, ...]
    """The license models, the default one first."""
    logs: tuple[str, ...]
    """What it can export to CloudWatch Logs."""
    versions: tuple[str, ...]
    """All versions, oldest first."""
    default: str
    """The version of a DB instance for which none is asked."""
    major_parts: int
    """How many numbers of a version make its major version."""
    iam_authentication: bool = False
    extended_support: bool = False
    """BC:rds.RestoreDBInstanceFromDBSnapshotMessage.EngineLifecycleSupport: MySQL, PostgreSQL."""

    @property
    def majors(self) -> frozenset[str]:
        """Its major versions."""
        return frozenset(Version(self, number).major for number in self.versions)


@dataclass(frozen=True)
class Version:
    """A version of an engine."""

    engine: Engine
    number: str

    @property
    def major(self) -> str:
        """The major version: `16` of PostgreSQL 16.4, `8.0` of MySQL 8.0.39."""
        return ".".join(self.number.split(".")[: self.engine.major_parts])

    @property
    def family(self) -> str:
        """The DB parameter group family: `postgres16`, `oracle-ee-19`, `sqlserver-ee-15.0`."""
        if self.engine.name.startswith("oracle"):
            return f"{self.engine.name}-{self.major}"
        if self.engine.name.startswith("sqlserver"):
            return f"{self.engine.name}-{self.major.removesuffix('0')}"
        return f"{self.engine.name}{self.major}"

    @property
    def default_parameter_group(self) -> str:
        """The parameter group of a DB instance for which none is asked."""
        return f"default.{self.family}"

    @property
    def default_option_group(self) -> str:
        """The option group of a DB instance for which none is asked."""
        return f"default:{self.engine.name}-{self.major.replace('.', '-')}"


def _numbered(**releases: tuple[int, int]) -> tuple[str, ...]:
    """Versions such as `8.0.28` … `8.0.43` from `v8_0=(28, 43)`."""
    return tuple(
        f"{major.removeprefix('v').replace('_', '.')}.{minor}"
        for major, (first, last) in releases.items()
        for minor in range(first, last + 1)
    )


_POSTGRES = _numbered(
    v11=(4, 22), v12=(2, 22), v13=(1, 22), v14=(1, 19), v15=(2, 14), v16=(1, 10), v17=(1, 6)
)
_MYSQL = _numbered(v5_7=(22, 44), v8_0=(20, 43), v8_4=(3, 6))
_MARIADB = _numbered(v10_4=(8, 34), v10_5=(8, 29), v10_6=(5, 22), v10_11=(4, 13), v11_4=(3, 7))
_ORACLE_19 = tuple(
    f"19.0.0.0.ru-{month}.rur-{month}.r1"
    for month in ("2023-10", "2024-01", "2024-04", "2024-07", "2024-10", "2025-01")
)
_ORACLE_21 = ("21.0.0.0.ru-2024-10.rur-2024-10.r1", "21.0.0.0.ru-2025-01.rur-2025-01.r1")
_SQL_SERVER = (
    "13.00.6455.2.v1",
    "14.00.3485.1.v1",
    "15.00.4415.2.v1",
    "16.00.4175.1.v1",
)


def _oracle(name: str, edition: str, licenses: tuple[str, ...], cdb: bool) -> Engine:
    return Engine(
        name,
        f"Oracle Database {edition}",
        1521,
        licenses,
        ("alert", "audit", "listener", "trace", "oemagent"),
        _ORACLE_19 + (_ORACLE_21 if cdb else ()),
        _ORACLE_19[-1],
        major_parts=1,
    )


def _sql_server(name: str, edition: str) -> Engine:
    return Engine(
        name,
        f"Microsoft SQL Server {edition}",
        1433,
        ("license-included",),
        ("agent", "error"),
        _SQL_SERVER,
        _SQL_SERVER[-1],
        major_parts=2,
    )


_OWN_LICENSE = ("bring-your-own-license",)
ENGINES = {
    engine.name: engine
    for engine in (
        Engine(
            "postgres",
            "PostgreSQL",
            5432,
            ("postgresql-license",),
            ("postgresql", "upgrade", "iam-db-auth-error"),
            _POSTGRES,
            "16.8",
            major_parts=1,
            iam_authentication=True,
            extended_support=True,
        ),
        Engine(
            "mysql",
            "MySQL Community Edition",
            3306,
            ("general-public-license",),
            ("audit", "error", "general", "slowquery", "iam-db-auth-error"),
            _MYSQL,
            "8.0.40",
            major_parts=2,
            iam_authentication=True,
            extended_support=True,
        ),
        Engine(
            "mariadb",
            "MariaDB Community Edition",
            3306,
            ("general-public-license",),
            ("audit", "error", "general", "slowquery", "iam-db-auth-error"),
            _MARIADB,
            "10.11.10",
            major_parts=2,
            iam_authentication=True,
        ),
        _oracle("oracle-ee", "Enterprise Edition", _OWN_LICENSE, cdb=False),
        _oracle("oracle-ee-cdb", "Enterprise Edition CDB", _OWN_LICENSE, cdb=True),
        _oracle("oracle-se2", "Standard Edition 2", ("license-included", *_OWN_LICENSE), cdb=False),
        _oracle(
            "oracle-se2-cdb",
            "Standard Edition 2 CDB",
            ("license-included", *_OWN_LICENSE),
            cdb=True,
        ),
        _sql_server("sqlserver-ee", "Enterprise Edition"),
        _sql_server("sqlserver-se", "Standard Edition"),
        _sql_server("sqlserver-ex", "Express Edition"),
        _sql_server("sqlserver-web", "Web Edition"),
    )
}


def engine(name: str) -> Engine:
    """The engine of that name, or AWS's refusal of an unknown one."""
    found = ENGINES.get(name.lower())
    if found is None:
        raise AwsError("InvalidParameterValue", f"Invalid DB engine: {name}")
    return found


def version(engine_name: str, number: str | None) -> Version:
    """A version of an engine: the default one where none is asked.

    A major version stands for the newest of its minor versions (BC:rds.ModifyDBInstanceMessage
    .EngineVersion). An unknown version is refused.
    """
    of = engine(engine_name)
    if number is None:
        return Version(of, of.default)
    for one in reversed(of.versions):
        if one == number or Version(of, one).major == number:
            return Version(of, one)
    raise AwsError("InvalidParameterCombination", f"Cannot find version {number} for {of.name}")


def versions() -> Iterator[Version]:
    """All versions of all engines."""
    for of in ENGINES.values():
        for number in of.versions:
            yield Version(of, number)
