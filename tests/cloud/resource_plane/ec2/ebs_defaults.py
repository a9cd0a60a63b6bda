"""What EBS does where a request says nothing: the default key, and encryption by default."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult

from resource_plane.ec2 import ebs_keys
from resource_plane.ec2.accounts import backend_of
from resource_plane.error import AwsError
from resource_plane.frame import Call, Proceed, rule
from resource_plane.kms import keys


@rule("ec2", "GetEbsDefaultKmsKeyId")
def default_key(call: Call, _: Proceed) -> Any:
    """The key that new volumes and copies are under unless another is given."""
    return _is(ebs_keys.default(call.account, call.region))


@rule("ec2", "ModifyEbsDefaultKmsKeyId")
def choose_default_key(call: Call, _: Proceed) -> Any:
    """Makes a symmetric, enabled key of this Region the account's default."""
    asked = call.params["KmsKeyId"]
    found = keys.find(asked, call.account, call.region)
    # The codes are not documented; EC2API/errors-overview has these two for KMS keys.
    if found is None:
        raise AwsError("InvalidKmsKey.NotFound", f"The KMS key '{asked}' does not exist")
    symmetric = (found.key_usage, found.key_spec) == ("ENCRYPT_DECRYPT", "SYMMETRIC_DEFAULT")
    if found.key_state != "Enabled" or not symmetric:
        message = f"The KMS key '{asked}' is not an enabled symmetric encryption key"
        raise AwsError("InvalidKmsKey.InvalidKeyState", message)
    backend_of(call).default_kms_key_id = found.arn
    return _is(found.arn)


@rule("ec2", "ResetEbsDefaultKmsKeyId")
def forget_default_key(call: Call, _: Proceed) -> Any:
    """Makes AWS's own key the default again."""
    backend_of(call).default_kms_key_id = ""
    return _is(ebs_keys.managed(call.account, call.region))


@rule(
    "ec2",
    "EnableEbsEncryptionByDefault",
    "DisableEbsEncryptionByDefault",
    "GetEbsEncryptionByDefault",
)
def encryption_by_default(call: Call, _: Proceed) -> Any:
    """Turns encryption by default on or off in this Region, and tells which it is."""
    backend = backend_of(call)
    if not call.action.startswith("Get"):
        backend.ebs_encryption_by_default = call.action.startswith("Enable")
    return ActionResult({"EbsEncryptionByDefault": backend.ebs_encryption_by_default})


def _is(key: str) -> ActionResult:
    return ActionResult({"KmsKeyId": key})
