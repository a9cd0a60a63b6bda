"""Roles and keys of one flow's own, made by hand, whose policies say exactly what they are given.

The functions' own roles may assume them; otherwise nothing else in the cloud knows of them, so that
several lanes can be changed at the same time.
"""

from __future__ import annotations

import json
import re
import secrets
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from restore.arrange import Scene, arrange
from restore.cloud import Cloud, Role
from restore.example import example
from restore.place import HOME, Place

from permissions.gifts import (
    Gift,
    Policy,
    Question,
    Statement,
    for_failure,
    for_proof,
    needed,
    trust,
)
from permissions.sources import source_of
from permissions.table import RESTORE, SOURCE
from permissions.things import Things
from permissions.variants import flow_of

EXTERNAL_ID = "permissions-of-one-flow"

OWNER = [
    "kms:CreateAlias",
    "kms:PutKeyPolicy",
    "kms:TagResource",
]
"""What a key's account keeps for itself: to administer the key, not to use it."""


@dataclass
class Lane:
    """A flow's scene, with the roles and keys that it is restored by."""

    cloud: Cloud
    flow: str
    """Its name, or that of a variant."""
    scene: Scene
    things: Things
    functions: dict[str, str]
    """The functions' own roles, by the functions' names."""
    _now: dict[tuple[Policy, str], str] = field(default_factory=dict)
    """The policies as they are, by kind and holder."""

    @cached_property
    def needed(self) -> list[Gift]:
        """All that the flow needs, and nothing else."""
        return [*self._of(self.flow), *self.for_failure]

    @cached_property
    def varied(self) -> list[Gift]:
        """What of it a variant needs and its flow does not."""
        plain = self._of(flow_of(self.flow))
        return [it for it in self._of(self.flow) if it not in plain]

    def _of(self, flow: str) -> list[Gift]:
        return [*needed(flow, self.things), *trust(flow, self.things, self.functions)]

    @cached_property
    def for_failure(self) -> list[Gift]:
        """What of it only a restore that fails needs."""
        return for_failure(self.things)

    @cached_property
    def for_proof(self) -> list[Gift]:
        """What the preflight asks for beside."""
        return for_proof(self.things)

    @property
    def view(self) -> Cloud:
        """The cloud, with the lane's roles in the place of those deployed."""
        of = {who: Role(arn, EXTERNAL_ID) for who, arn in self.things.roles.items()}
        source = of.get(SOURCE, self.cloud.source_role)
        return replace(self.cloud, restore_role=of[RESTORE], source_role=source)

    def watch(self) -> None:
        """From now on notes what the roles have to be allowed."""
        for role in [*self.things.roles.values(), *self.functions.values()]:
            self.cloud.steer("POST", "/rules/watched", {"role": role})

    def asked(self) -> set[Question]:
        """What the roles had to be allowed, but for dry runs."""
        return {
            Question(role, it["action"], it["resource"], it["via"] is not None)
            for role in [*self.things.roles.values(), *self.functions.values()]
            for it in self.cloud.steer("GET", f"/rules/watched?role={role}")["asked"]
            if not it["dry"]
        }

    def give(
        self,
        gifts: Iterable[Gift],
        via: str | None = None,
        pasted: Iterable[tuple[str, Statement]] = (),
    ) -> None:
        """Lets the policies say exactly this: the gifts, and what is pasted into a holder's policy.

        With `via` services alone may use the keys, and no direct call may.
        """
        said: dict[tuple[Policy, str], list[Statement]] = defaultdict(list)
        for role in self.things.roles.values():
            said[Policy.ROLE, role], said[Policy.TRUST, role] = [], []
        for key in self.things.keys.own:
            said[Policy.KEY, key] = _owner(key)
        for gift in gifts:
            said[gift.policy, gift.holder].append(gift.statement(via))
        for holder, statement in pasted:
            kind = Policy.KEY if ":kms:" in holder else Policy.ROLE
            said[kind, holder].append(statement)
        for (kind, holder), statements in said.items():
            self._put(kind, holder, statements)

    def _put(self, kind: Policy, holder: str, statements: list[Statement]) -> None:
        if kind is Policy.TRUST:
            condition = {"StringEquals": {"sts:ExternalId": EXTERNAL_ID}}
            statements = [_of_trust(it, condition) for it in statements] or [NOBODY]
        text = json.dumps({"Version": "2012-10-17", "Statement": statements})
        if self._now.get((kind, holder)) == text:
            return
        account = Place(holder.split(":")[4], holder.split(":")[3] or self.scene.source.region)
        name = holder.rsplit("/", 1)[-1]
        if kind is Policy.KEY:
            kms = self.cloud.client("kms", account)
            kms.put_key_policy(KeyId=holder, PolicyName="default", Policy=text)
        elif kind is Policy.ROLE:
            iam = self.cloud.client("iam", account)
            iam.put_role_policy(RoleName=name, PolicyName="given", PolicyDocument=text)
        else:
            iam = self.cloud.client("iam", account)
            iam.update_assume_role_policy(RoleName=name, PolicyDocument=text)
        self._now[kind, holder] = text


NOBODY: Statement = {"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
"""A trust policy has at least one statement."""


def _of_trust(statement: Statement, condition: Statement) -> Statement:
    return statement | {"Condition": condition}


def _owner(key: str) -> list[Statement]:
    """What the key's account keeps: the tests look at grants as its root user, and nobody else."""
    root = f"arn:aws:iam::{key.split(':')[4]}:root"
    kept: Statement = {
        "Sid": "Owner",
        "Effect": "Allow",
        "Principal": {"AWS": root},
        "Action": OWNER,
        "Resource": "*",
    }
    alone = {"Condition": {"StringEquals": {"aws:PrincipalArn": root}}}
    return [kept, kept | {"Sid": "RootUser", "Action": "kms:ListGrants"} | alone]


def lane(cloud: Cloud, flow: str) -> Lane:
    """Makes a source for the example of the flow, or for a variant of it, and roles and keys for it
    that give nothing."""
    plain = flow_of(flow)
    request, name = example(plain), f"{plain}-{secrets.token_hex(2)}"
    made, keys = source_of(cloud, flow, name, request)
    scene = arrange(cloud, request, **made)
    roles, functions = _roles(cloud, name, scene), _functions(cloud)
    _let_assume(cloud, name, roles.values(), functions.values())
    changes: dict[str, Any] = {"target__kmsKeyId": keys.target, "options": {}}
    if keys.intermediate:
        changes["target__intermediateKmsKeyId"] = keys.intermediate
    if keys.staging:
        changes["source__stagingKmsKeyId"] = keys.staging
    if keys.granted:
        changes["source__grantKeyAccess"] = True
    for side, who in (("target", RESTORE), ("source", SOURCE)):
        if who in roles:
            changes |= {f"{side}__roleArn": roles[who], f"{side}__externalId": EXTERNAL_ID}
    scene = scene.asking(**changes)
    things = Things(cloud, scene, keys, roles)
    return Lane(cloud, flow, scene.now(cloud), things, functions)


def _roles(cloud: Cloud, name: str, scene: Scene) -> dict[str, str]:
    """The ARNs of new roles in the accounts of the deployed ones, which nobody may assume yet."""
    models = {RESTORE: cloud.restore_role.arn}
    if scene.source.account != scene.target.account:
        models[SOURCE] = cloud.source_role.arn
    nobody = json.dumps({"Version": "2012-10-17", "Statement": [NOBODY]})
    roles = {}
    for who, model in models.items():
        iam = cloud.client("iam", Place(model.split(":")[4], scene.source.region))
        own = f"{name}-{who.split()[0]}"
        made = iam.create_role(RoleName=own, AssumeRolePolicyDocument=nobody)
        roles[who] = made["Role"]["Arn"]
    return roles


def _functions(cloud: Cloud) -> dict[str, str]:
    """The functions' own roles by the functions' names: those whom the deployed roles trust."""
    functions = {}
    for role in (cloud.restore_role.arn, cloud.source_role.arn):
        iam = cloud.client("iam", Place(role.split(":")[4], cloud.home_region))
        trust = iam.get_role(RoleName=role.rsplit("/", 1)[-1])["Role"]["AssumeRolePolicyDocument"]
        for function in trust["Statement"][0]["Principal"]["AWS"]:
            logical = re.search(r"/(?:[^/]*-)?([A-Z]\w+)Role", function)[1]
            functions[re.sub(r"(?<!^)(?=[A-Z])", "-", logical).lower()] = function
    return functions


def _let_assume(cloud: Cloud, name: str, roles: Iterable[str], functions: Iterable[str]) -> None:
    """Lets the functions' own roles assume the lane's roles, as the stack's parameters would."""
    home = cloud.client("iam", Place(HOME, cloud.home_region))
    allow = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": list(roles)}
    text = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    for function in functions:
        own = function.rsplit("/", 1)[-1]
        home.put_role_policy(RoleName=own, PolicyName=name, PolicyDocument=text)
