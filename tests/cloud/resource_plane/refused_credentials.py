"""How each service refuses credentials that it does not know, or that have expired."""

from __future__ import annotations

from resource_plane.caller import ExpiredCredentials, UnknownCredentials, WrongSignature
from resource_plane.error import AwsError

MISMATCH = (
    "The request signature we calculated does not match the signature you provided. Check your "
    "AWS Secret Access Key and signing method. Consult the service documentation for details."
)

REFUSALS: dict[str, dict[type[Exception], tuple[str, str, int]]] = {
    # EC2API/errors-overview: AuthFailure, RequestExpired.
    "ec2": {
        UnknownCredentials: (
            "AuthFailure",
            "AWS was not able to validate the provided access credentials",
            401,
        ),
        ExpiredCredentials: ("RequestExpired", "Request has expired.", 400),
        WrongSignature: (
            "AuthFailure",
            "AWS was not able to validate the provided access credentials",
            401,
        ),
    },
    # KMS/CommonErrors: UnrecognizedClientException; the SDKs know ExpiredTokenException.
    "json": {
        UnknownCredentials: (
            "UnrecognizedClientException",
            "The security token included in the request is invalid.",
            400,
        ),
        ExpiredCredentials: (
            "ExpiredTokenException",
            "The security token included in the request is expired",
            400,
        ),
        WrongSignature: ("InvalidSignatureException", MISMATCH, 400),
    },
    # STS, IAM, RDS and CloudFormation common errors: InvalidClientTokenId, ExpiredToken.
    "query": {
        UnknownCredentials: (
            "InvalidClientTokenId",
            "The security token included in the request is invalid.",
            403,
        ),
        ExpiredCredentials: (
            "ExpiredToken",
            "The security token included in the request is expired",
            403,
        ),
        WrongSignature: ("SignatureDoesNotMatch", MISMATCH, 403),
    },
}


def refusal(protocol: str, reason: Exception) -> AwsError:
    """How a service of this protocol refuses credentials."""
    code, message, status = REFUSALS.get(protocol, REFUSALS["query"])[type(reason)]
    return AwsError(code, message, status)
