"""The certificate authorities of DB instances: DescribeCertificates, CACertificateIdentifier."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from moto.core.responses import ActionResult

from resource_plane.error import AwsError
from resource_plane.frame import Call, Proceed, rule
from resource_plane.rds import arn, pages

_SINCE = datetime(2021, 5, 25)
VALID_UNTIL: Mapping[str, datetime] = {
    "rds-ca-rsa2048-g1": datetime(2061, 5, 25),
    "rds-ca-rsa4096-g1": datetime(2121, 5, 25),
    "rds-ca-ecc384-g1": datetime(2121, 5, 25),
}
"""RDS/UsingWithRDS.SSL "Certificate authorities"."""
DEFAULT = "rds-ca-rsa2048-g1"


def check(identifier: str) -> str:
    """The identifier, or CertificateNotFound."""
    if identifier not in VALID_UNTIL:
        raise AwsError("CertificateNotFound", f"Certificate {identifier} not found.")
    return identifier


@rule("rds", "DescribeCertificates")
def describe_certificates(call: Call, proceed: Proceed) -> ActionResult:
    """moto has no certificates."""
    asked = call.params.get("CertificateIdentifier")
    found = [check(asked)] if asked else list(VALID_UNTIL)
    shown, more = pages.page(call, found, str)
    partition = arn.partition_of(call.account, call.region)
    certificates = [_described(one, partition, call.region) for one in shown]
    default = {"DefaultCertificateForNewLaunches": DEFAULT}
    return ActionResult({"Certificates": certificates} | default | more)


def _described(identifier: str, partition: str, region: str) -> dict[str, Any]:
    # Certificates are AWS's own: their ARNs have no account.
    return {
        "CertificateIdentifier": identifier,
        "CertificateType": "CA",
        "CertificateArn": f"arn:{partition}:rds:{region}::cert:{identifier}",
        "Thumbprint": hashlib.sha1(f"{region}/{identifier}".encode()).hexdigest(),
        "ValidFrom": _SINCE,
        "ValidTill": VALID_UNTIL[identifier],
        "CustomerOverride": False,
    }
