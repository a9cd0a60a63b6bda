"""Option groups: which must stay with a DB snapshot, and which groups may be deleted.

A *permanent* option cannot be removed from its group, a *persistent* one not from the DB
instances that the group is assigned to (RDS/USER_WorkingWithOptionGroups). What was in the group
when a snapshot was taken stays true of the snapshot and of its copies.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from moto.core.responses import ActionResult
from moto.rds.models import DBInstance, DBSnapshot, OptionGroup, RDSBackend

from resource_plane.error import AwsError
from resource_plane.frame import Call, Proceed, rule
from resource_plane.rds import arn, engines, identifiers, pages, tags
from resource_plane.rds.engines import Version

SHAREABLE = frozenset({"Timezone", "OLS"})
"""RDS/USER_ShareSnapshot: options of Oracle that do not stand in the way of sharing."""

LASTING = ("Persistent", "Permanent")
"""What makes an option last, in the names of BC:rds.Option and BC:rds.OptionGroupOption."""


def find(
    backend: RDSBackend, name: str | None, version: Version, lasting: Collection[str] = ()
) -> str:
    """The name of the group asked for, or the default one.

    It must be of the version's engine and have the options that are `lasting` in what is restored.
    """
    name = (name or version.default_option_group).lower()
    options: Collection[str] = ()
    if name != version.default_option_group:
        group = existing(backend, name)
        if (group.engine_name, group.major_engine_version) != (version.engine.name, version.major):
            raise AwsError(
                "InvalidParameterCombination",
                f"The option group {name} is for {group.engine_name} "
                f"{group.major_engine_version}, not for {version.engine.name} {version.major}.",
            )
        options = group._options
    missing = sorted(set(lasting) - set(options))
    if missing:
        raise requires(missing)
    return name


def existing(backend: RDSBackend, name: str) -> OptionGroup:
    """The option group of that name, or OptionGroupNotFoundFault."""
    group = backend.option_groups.get(name.lower())
    if group is None:
        raise AwsError("OptionGroupNotFoundFault", f"Specified OptionGroupName: {name} not found.")
    return group


def requires(missing: Collection[str]) -> AwsError:
    """AWS's refusal of a group without the options that a snapshot cannot be without.

    GH:cloud-custodian/cloud-custodian#4955.
    """
    return AwsError(
        "InvalidParameterValue",
        "The snapshot requires a target option group with the following options: "
        f"[{', '.join(sorted(missing))}]",
    )


def lasting_options(database: DBInstance) -> frozenset[str]:
    """The permanent and persistent options of a DB instance's option group."""
    backend: RDSBackend = database.backend
    group = backend.option_groups.get(database.option_group_name)
    if group is None or not group._options:
        return frozenset()
    known = backend.describe_option_group_options(group.engine_name, group.major_engine_version)
    lasting = {one["Name"] for one in known if any(one.get(name) for name in LASTING)}
    return frozenset(lasting & set(group._options))


@rule("rds", "CreateOptionGroup")
def create_option_group(call: Call, proceed: Proceed) -> ActionResult:
    """A new group of an engine and a major version that there are: moto knows those of 2022."""
    backend, params = arn.home(call.account, call.region), call.params
    name = identifiers.of_option_group(params["OptionGroupName"])
    new_tags = tags.checked(params.get("Tags"))
    if name in backend.option_groups:
        raise AwsError(
            "OptionGroupAlreadyExistsFault", f"An option group named {name} already exists."
        )
    for parameter in ("OptionGroupDescription", "MajorEngineVersion"):
        if not params[parameter].strip():
            raise identifiers.blank(parameter)
    of, major = engines.engine(params["EngineName"]), params["MajorEngineVersion"]
    if major not in of.majors:
        # GH:hashicorp/terraform-provider-aws#21449.
        raise AwsError(
            "InvalidParameterCombination", f"Cannot find major version {major} for {of.name}"
        )
    about = params["OptionGroupDescription"]
    made = OptionGroup(backend, name, of.name, major, about, new_tags)
    backend.option_groups[name] = made
    return ActionResult({"OptionGroup": made})


@rule("rds", "ModifyOptionGroup")
def modify_option_group(call: Call, proceed: Proceed) -> Any:
    """A permanent option stays in its group; an option must be one of the engine's."""
    backend = arn.home(call.account, call.region)
    group = existing(backend, call.params["OptionGroupName"])
    call.set_param("OptionGroupName", group.name)
    known = backend.describe_option_group_options(group.engine_name, group.major_engine_version)
    permanent = {one["Name"] for one in known if one.get("Permanent")}
    for name in call.params.get("OptionsToRemove") or ():
        if name in permanent and name in group._options:
            raise AwsError(
                "InvalidParameterValue",
                f"The option {name} is permanent and cannot be removed from its option group.",
            )
    for option in call.params.get("OptionsToInclude") or ():
        if option["OptionName"] not in {one["Name"] for one in known}:
            raise AwsError("InvalidParameterValue", f"Invalid option name: {option['OptionName']}")
    return proceed()


@rule("rds", "DeleteOptionGroup")
def delete_option_group(call: Call, proceed: Proceed) -> Any:
    """A default group, or one that a DB instance or DB snapshot uses, stays."""
    backend = arn.home(call.account, call.region)
    name = call.params["OptionGroupName"].lower()
    users: list[DBInstance | DBSnapshot] = [
        *backend.databases.values(),
        *backend.database_snapshots.values(),
    ]
    if name.startswith("default:") or any(one.option_group_name == name for one in users):
        raise AwsError(
            "InvalidOptionGroupStateFault",
            f"The option group {name} cannot be deleted because it is in use.",
        )
    call.set_param("OptionGroupName", name)
    return proceed()


@rule("rds", "DescribeOptionGroups")
def describe_option_groups(call: Call, proceed: Proceed) -> ActionResult:
    """moto fails where no name is given, and finds nothing where there is nothing.

    The default groups of the account's DB instances are listed too, as AWS lists them.
    """
    backend = arn.home(call.account, call.region)
    found = {group.name: group for group in backend.option_groups.values()}
    for database in backend.databases.values():
        default = _default_of(backend, database)
        if default is not None:
            found.setdefault(default.name, default)
    asked = call.params.get("OptionGroupName")
    if asked and asked.lower() not in found:
        existing(backend, asked)
    wanted = {
        "name": asked.lower() if asked else None,
        "engine_name": call.params.get("EngineName"),
        "major_engine_version": call.params.get("MajorEngineVersion"),
    }
    matching = [
        group
        for group in found.values()
        if all(value in (None, getattr(group, name)) for name, value in wanted.items())
    ]
    shown, more = pages.page(call, matching, lambda group: group.name)
    return ActionResult({"OptionGroupsList": shown} | more)


def _options(group: OptionGroup) -> list[dict[str, Any]]:
    """The options of a group, each with whether it lasts, of which moto says nothing."""
    shown = _moto_options(group)
    if not shown:
        return shown
    known = {
        one["Name"]: one
        for one in RDSBackend.describe_option_group_options(
            group.engine_name, group.major_engine_version
        )
    }
    return [
        option | {name: bool(known[option["OptionName"]].get(name)) for name in LASTING}
        for option in shown
    ]


_moto_options = OptionGroup.options.fget
OptionGroup.options = property(_options)


def _default_of(backend: RDSBackend, database: DBInstance) -> OptionGroup | None:
    if database.engine not in engines.ENGINES or database.db_cluster_identifier:
        return None
    version = engines.version(database.engine, database.engine_version)
    if database.option_group_name != version.default_option_group:
        return None
    about = f"Default option group for {version.engine.name} {version.major}"
    name = version.default_option_group
    return OptionGroup(backend, name, version.engine.name, version.major, about)
