"""Grants: made, listed and revoked.

moto takes anything for a grant, and makes it in a dry run too.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from typing import Any

from moto.kms.models import Grant, Key, kms_backends
from moto.moto_api._internal import mock_random

from resource_plane.error import AwsError
from resource_plane.frame import Call, Proceed, rule
from resource_plane.kms import pages, spreading
from resource_plane.kms.key_state import DRY_RUN

ABOUT_KEYS = {"CreateGrant", "DescribeKey", "RetireGrant"}
OF_SYMMETRIC_KEYS = ABOUT_KEYS | {
    "Decrypt",
    "Encrypt",
    "GenerateDataKey",
    "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext",
    "GenerateDataKeyWithoutPlaintext",
    "ReEncryptFrom",
    "ReEncryptTo",
}
OF_ASYMMETRIC_KEYS = {
    "ENCRYPT_DECRYPT": ABOUT_KEYS
    | {"Decrypt", "Encrypt", "GetPublicKey", "ReEncryptFrom", "ReEncryptTo"},
    "SIGN_VERIFY": ABOUT_KEYS | {"GetPublicKey", "Sign", "Verify"},
    "GENERATE_VERIFY_MAC": ABOUT_KEYS | {"GenerateMac", "VerifyMac"},
    "KEY_AGREEMENT": ABOUT_KEYS | {"DeriveSharedSecret", "GetPublicKey"},
}
"""KMS/grants, "Grant operations": what a grant on a key of each kind may give."""

PRINCIPAL = re.compile(
    r"arn:aws[a-z-]*:(iam::\d{12}:(root|(user|role)/.+)|sts::\d{12}:(assumed-role|federated-user)/.+)"
)

NAME = re.compile(r"[a-zA-Z0-9:/_-]{1,256}")
"""BC:kms.CreateGrantRequest.Name."""


@rule("kms", "CreateGrant")
def create_grant(call: Call, _: Proceed) -> Any:
    """Makes a grant; the same one again for the same name and parameters."""
    key: Key = call.found["keys"][0]
    params = call.params
    _require_valid(params, key)
    grant = _named_before(key, params)
    if params.get("DryRun"):
        raise DRY_RUN
    if grant is None:
        grant = key.add_grant(
            params.get("Name"),
            params["GranteePrincipal"],
            params["Operations"],
            constraints=params.get("Constraints"),
            retiring_principal=params.get("RetiringPrincipal"),
        )
        grant.creation_date = time.time()
        grant.issuing_account = f"arn:aws:iam::{call.account}:root"
        grant.tokens = {grant.token}
        spreading.made(grant)
    else:
        # BC:kms.CreateGrantRequest.Name: "the returned grant token is unique with every
        # CreateGrant request", and all of them stand for the grant.
        grant.token = mock_random.get_random_hex()
        grant.tokens.add(grant.token)
    return json.dumps({"GrantId": grant.id, "GrantToken": grant.token})


def _require_valid(params: dict[str, Any], key: Key) -> None:
    operations = params.get("Operations") or []
    kind = OF_ASYMMETRIC_KEYS[key.key_usage]
    allowed = OF_SYMMETRIC_KEYS if key.key_spec == "SYMMETRIC_DEFAULT" else kind
    if not operations or not set(operations) <= allowed:
        raise AwsError(
            "ValidationException",
            f"1 validation error detected: Value '{operations}' at 'operations' failed to satisfy "
            f"constraint: Member must satisfy enum value set: {sorted(allowed)}",
        )
    if not params.get("GranteePrincipal"):
        raise AwsError("ValidationException", "A GranteePrincipal must be given.")
    name = params.get("Name")
    if name is not None and not NAME.fullmatch(name):
        raise AwsError(
            "ValidationException",
            f"1 validation error detected: Value '{name}' at 'name' failed to satisfy constraint: "
            "Member must satisfy regular expression pattern: ^[a-zA-Z0-9:/_-]+$",
        )
    for name in ("GranteePrincipal", "RetiringPrincipal"):
        if params.get(name) and not PRINCIPAL.fullmatch(params[name]):
            raise AwsError("InvalidArnException", f"ARN {params[name]} is not a valid principal.")


def _named_before(key: Key, params: dict[str, Any]) -> Grant | None:
    name = params.get("Name")
    wanted = (
        params.get("GranteePrincipal"),
        sorted(params.get("Operations") or ()),
        params.get("Constraints"),
        params.get("RetiringPrincipal"),
    )
    for grant in key.grants.values():
        made = (
            grant.grantee_principal,
            sorted(grant.operations),
            grant.constraints,
            grant.retiring_principal,
        )
        if name and grant.name == name and made == wanted:
            return grant
    return None


@rule("kms", "ListGrants")
def list_grants(call: Call, _: Proceed) -> Any:
    """The key's grants, all or those with one id or for one grantee (moto: id alone)."""
    key: Key = call.found["keys"][0]
    grant_id, grantee = call.params.get("GrantId"), call.params.get("GranteePrincipal")
    found = [
        grant
        for grant in spreading.known(key)
        if grant_id in {None, grant.id} and grantee in {None, grant.grantee_principal}
    ]
    return _listed(call, [(key, grant) for grant in found])


@rule("kms", "ListRetirableGrants")
def list_retirable_grants(call: Call, _: Proceed) -> Any:
    """The grants in the Region that a principal may retire, on keys of whatever account."""
    principal = call.params.get("RetiringPrincipal")
    found = [(key, grant) for key, grant in every_grant(call.region) if _retires(grant, principal)]
    return _listed(call, found)


def _retires(grant: Grant, principal: str | None) -> bool:
    return principal is not None and grant.retiring_principal == principal


def _listed(call: Call, grants: list[tuple[Key, Grant]]) -> str:
    entries = [
        {
            "KeyId": key.arn,
            "GrantId": grant.id,
            "Name": grant.name,
            "CreationDate": grant.creation_date,
            "GranteePrincipal": grant.grantee_principal,
            "RetiringPrincipal": grant.retiring_principal,
            "IssuingAccount": grant.issuing_account,
            "Operations": grant.operations,
            "Constraints": grant.constraints,
        }
        for key, grant in grants
    ]
    shown = [
        {name: value for name, value in entry.items() if value is not None} for entry in entries
    ]
    return json.dumps(pages.page(call, "Grants", shown))


@rule("kms", "RevokeGrant")
def revoke_grant(call: Call, proceed: Proceed) -> Any:
    """Revokes a grant that exists, and none in a dry run."""
    key: Key = call.found["keys"][0]
    if call.params.get("GrantId") not in key.grants:
        raise AwsError("NotFoundException", f"Grant ID {call.params.get('GrantId')} not found")
    if call.params.get("DryRun"):
        raise DRY_RUN
    spreading.ended(key, key.grants[call.params["GrantId"]])
    return proceed()


def every_grant(region: str) -> Iterator[tuple[Key, Grant]]:
    """All grants in a Region, on the keys of all accounts."""
    for account in list(kms_backends.values()):
        for key in account[region].keys.values():
            for grant in key.grants.values():
                yield key, grant
