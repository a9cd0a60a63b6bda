"""The plan of the twelve restores, written as a person would: what they share is said once.

Its defaults are those of a restore into the other account and Region, and name the network as the
source's account has it, which the network map translates. Profiles are for the other placements.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from restore.arrange.network import network
from restore.cloud import Cloud
from restore.place import FAR, NEAR, SOURCE, TARGET, Place

from recovery.layers import difference, laid, of_service
from recovery.scenes import AWAY, Part

Fields = dict[str, Any]

PROFILES = {
    "same-location": "in-place",
    "cross-region": "own-account",
    "cross-account": "near",
    "cross-account-cross-region": None,
}
"""The profile of each placement."""

PLACE = ("accountId", "region", "roleArn", "externalId", "kmsKeyId")
SHARED = {
    "ec2": ("imageId", "instanceType", "subnetId", "securityGroupIds", "keyName"),
    "rds": ("dbInstanceClass", "dbSubnetGroupName", "vpcSecurityGroupIds"),
}
"""What restores into one place have in common."""

WAVE_PROFILES = {"databases": {"target": {"rds": {"tags": {"service": "orders"}}}}}
"""By the wave, and called as it is."""


def plan(parts: Iterable[Part], mapped: Fields, plan_id: str = "orders-dr") -> Fields:
    """The plan that comes to the requests of these restores, once the network is `mapped`."""
    parts = list(parts)
    requests = {it.path: at_the_source(it.scene.request, mapped) for it in parts}
    of_flow = {it.flow: requests[it.path] for it in parts}
    defaults = _place(of_flow, "cross-account-cross-region")
    near = _place(of_flow, "cross-account")
    own = _own_account(of_flow)
    profiles = {
        "own-account": own,
        "near": {"target": difference(defaults["target"], near["target"])},
        "in-place": {"extends": "near", **own},
        **WAVE_PROFILES,
    }
    waves = []
    for name in dict.fromkeys(it.wave for it in parts):
        restores = [
            _restore(it, requests[it.path], defaults, profiles) for it in parts if it.wave == name
        ]
        profile = {"profile": name} if name in WAVE_PROFILES else {}
        waves.append({"name": name, **profile, "restores": restores})
    return {
        "planId": plan_id,
        "defaults": defaults,
        "profiles": profiles,
        "networkMap": mapped,
        "maxConcurrency": 4,
        "rtoMinutes": 240,
        "rpoMinutes": 1440,
        "waves": waves,
    }


def network_map(cloud: Cloud) -> Fields:
    """From the source's network to that of the target in the other Region."""
    source, target = network(cloud, Place(SOURCE, NEAR)), network(cloud, Place(TARGET, FAR))
    return {
        "subnets": {source.subnets[0]: target.subnets[0]},
        "securityGroups": dict(zip(source.groups, target.groups, strict=True)),
        "keyNames": {"ops": AWAY["ops"]},
        "dbSubnetGroups": {"orders": AWAY["orders"]},
        "dbParameterGroups": {"orders-postgres16": AWAY["orders-postgres16"]},
    }


def at_the_source(request: Fields, mapped: Fields) -> Fields:
    """The request as it is before the network map is applied to it."""
    back = {away: here for names in mapped.values() for here, away in names.items()}
    return {
        part: _translated(fields, back) if part == "target" else fields
        for part, fields in request.items()
        if part != "restoreId"
    }


def _translated(value: Any, names: Fields) -> Any:
    if isinstance(value, dict):
        return {name: _translated(inner, names) for name, inner in value.items()}
    if isinstance(value, list):
        return [_translated(inner, names) for inner in value]
    return names.get(value, value) if isinstance(value, str) else value


def _restore(part: Part, request: Fields, defaults: Fields, profiles: Fields) -> Fields:
    """The restore's own layer: it names its service, and the source."""
    service, _, placement = part.flow.partition("-")
    profile = PROFILES[placement]
    chain = [profiles[it] for it in _chain(profile, profiles)]
    layers = [defaults, profiles.get(part.wave, {}), *chain]
    beneath = laid(*({name: it[name] for name in it if name != "extends"} for it in layers))
    own = difference(of_service(beneath, service), request)
    return {**({"profile": profile} if profile else {}), **own}


def _chain(profile: str | None, profiles: Fields) -> list[str]:
    """The profile, after what it extends."""
    return [*_chain(profiles[profile].get("extends"), profiles), profile] if profile else []


def _place(of_flow: Fields, placement: str) -> Fields:
    """What restores of this placement have in common."""
    of_service = {it: of_flow[f"{it}-{placement}"] for it in SHARED}
    source, target = (_some(of_service["rds"][side], PLACE) for side in ("source", "target"))
    for service, fields in SHARED.items():
        target[service] = _some(of_service[service]["target"][service], fields)
        source[service] = {"at": "latest"}
    return {"source": source, "target": target}


def _own_account(of_flow: Fields) -> Fields:
    """The layer of a source in the target's account, which needs no role of its own."""
    source = of_flow["rds-cross-region"]["source"]
    return {"source": {"accountId": source["accountId"], "roleArn": None, "externalId": None}}


def _some(fields: Fields, names: Iterable[str]) -> Fields:
    return {name: fields[name] for name in names if name in fields}
