"""What AWS can answer to a call but what was asked for: code, message, HTTP status, meaning.

Each answer is of a *kind*, the classes of `aws-facts.md` E. The codes are AWS's own: for RDS, KMS,
STS and IAM those of the botocore model (`test_fault_answers.py` holds every one of them against
it), for EC2, which has no model of its errors, those of EC2API/errors-overview. What is not here
is what a call with the restores' parameters cannot be answered with.

One code stands for its kind at a call. That is so because the functions see of an answer only its
name in the vocabulary, which `step::classify` gives it and whose own tests go through every code;
a code that a function matches on itself has a path of its own, and so an answer of its own here.
"""

from __future__ import annotations

from dataclasses import dataclass

THROTTLED = "throttled"
SERVER_ERROR = "server error"
NO_ANSWER = "no answer"
QUOTA = "quota"
LIMIT = "limit"
CAPACITY = "capacity"
DENIED = "access denied"
KEY = "key"
CONFLICT = "conflict"
NOT_FOUND = "not found"
STATE = "state"
INPUT = "input"
UNEXPECTED = "unexpected"

KINDS = (
    THROTTLED,
    SERVER_ERROR,
    NO_ANSWER,
    QUOTA,
    LIMIT,
    CAPACITY,
    DENIED,
    KEY,
    CONFLICT,
    NOT_FOUND,
    STATE,
    INPUT,
    UNEXPECTED,
)
"""All kinds, in the order in which the table shows them."""


@dataclass(frozen=True)
class Answer:
    """One way in which AWS refuses a call; without a code it does not answer at all."""

    kind: str
    code: str
    message: str
    status: int
    means: str
    """The name that the vocabulary has for it, without `Restore.`."""

    @property
    def injection(self) -> dict[str, object]:
        """The part of an injection (see `resource_plane.injections`) that says what happens."""
        if not self.code:
            return {"kind": "never-arrives"}
        error = {"code": self.code, "message": self.message, "status": self.status}
        return {"kind": "error", "error": error}


def of(kind: str, means: str, *codes: tuple[str, str, int]) -> tuple[Answer, ...]:
    """Answers of one kind and meaning, by code, message and HTTP status."""
    return tuple(Answer(kind, code, message, status, means) for code, message, status in codes)


SILENCE = Answer(NO_ANSWER, "", "", 0, "Throttled")

EC2_ALWAYS = (
    *of(THROTTLED, "Throttled", ("RequestLimitExceeded", "Request limit exceeded.", 503)),
    *of(SERVER_ERROR, "Throttled", ("InternalError", "An internal error has occurred", 500)),
    SILENCE,
    *of(
        DENIED,
        "AccessDenied",
        ("UnauthorizedOperation", "You are not authorized to perform this operation.", 403),
    ),
    *of(INPUT, "InvalidInput", ("InvalidParameterValue", "Value () is invalid.", 400)),
    *of(
        UNEXPECTED,
        "Unexpected",
        ("PendingVerification", "Your account is currently being verified.", 400),
    ),
)
"""What EC2 can answer to any call."""

RDS_ALWAYS = (
    *of(THROTTLED, "Throttled", ("Throttling", "Rate exceeded", 400)),
    *of(SERVER_ERROR, "Throttled", ("InternalFailure", "An internal failure occurred.", 500)),
    SILENCE,
    *of(
        DENIED,
        "AccessDenied",
        ("AccessDenied", "User is not authorized to perform this operation", 403),
    ),
    *of(INPUT, "InvalidInput", ("InvalidParameterValue", "Invalid value", 400)),
    *of(
        UNEXPECTED,
        "Unexpected",
        ("IncompleteSignature", "The request signature does not conform to AWS standards.", 403),
    ),
)
"""What RDS can answer to any call."""

KMS_ALWAYS = (
    *of(THROTTLED, "Throttled", ("ThrottlingException", "Rate exceeded", 400)),
    *of(SERVER_ERROR, "Throttled", ("KMSInternalException", "An internal error occurred.", 500)),
    SILENCE,
    *of(
        DENIED,
        "AccessDenied",
        ("AccessDeniedException", "User is not authorized to perform this action", 400),
    ),
    *of(NOT_FOUND, "InvalidInput", ("NotFoundException", "Key does not exist", 400)),
    *of(INPUT, "InvalidInput", ("ValidationException", "1 validation error detected", 400)),
    *of(
        UNEXPECTED,
        "Unexpected",
        ("IncompleteSignature", "The request signature does not conform to AWS standards.", 400),
    ),
)
"""What KMS can answer to any call."""

STS_ALWAYS = (
    *of(THROTTLED, "Throttled", ("Throttling", "Rate exceeded", 400)),
    *of(SERVER_ERROR, "Throttled", ("InternalFailure", "An internal failure occurred.", 500)),
    SILENCE,
    *of(DENIED, "AccessDenied", ("AccessDenied", "User is not authorized to perform: sts:…", 403)),
    *of(INPUT, "InvalidInput", ("ValidationError", "1 validation error detected", 400)),
    *of(
        UNEXPECTED,
        "Unexpected",
        ("IncompleteSignature", "The request signature does not conform to AWS standards.", 403),
    ),
)
"""What STS can answer to any call."""

IAM_ALWAYS = (
    *of(THROTTLED, "Throttled", ("Throttling", "Rate exceeded", 400)),
    *of(SERVER_ERROR, "Throttled", ("InternalFailure", "An internal failure occurred.", 500)),
    SILENCE,
    *of(DENIED, "AccessDenied", ("AccessDenied", "User is not authorized to perform: iam:…", 403)),
    *of(NOT_FOUND, "Unexpected", ("NoSuchEntity", "The role cannot be found.", 404)),
    *of(INPUT, "Unexpected", ("InvalidInput", "Invalid input", 400)),
)
"""What IAM can answer to any call; the restores ask it only for what they can do without."""

KEY_STATES = (
    *of(KEY, "KeyNotUsable", ("DisabledException", "arn:aws:kms:… is disabled.", 400)),
    *of(STATE, "KeyNotUsable", ("KMSInvalidStateException", "It is pending deletion.", 400)),
)
"""What KMS answers where a key cannot serve."""

NO_SNAPSHOT = of(
    NOT_FOUND, "InvalidInput", ("InvalidSnapshot.NotFound", "The snapshot does not exist.", 400)
)
NO_INSTANCE = of(
    NOT_FOUND,
    "InvalidInput",
    ("InvalidInstanceID.NotFound", "The instance ID does not exist", 400),
)
NO_VOLUME = of(
    NOT_FOUND, "InvalidInput", ("InvalidVolume.NotFound", "The volume does not exist.", 400)
)
NO_GROUP = of(
    NOT_FOUND, "InvalidInput", ("InvalidGroup.NotFound", "The security group does not exist", 400)
)
INSTANCE_STATE = of(
    STATE, "Throttled", ("IncorrectInstanceState", "The instance is not in a valid state", 400)
)
VOLUME_STATE = of(
    STATE, "Throttled", ("IncorrectState", "The volume is not in a valid state.", 400)
)
VOLUME_KEY = of(
    KEY, "KeyNotUsable", ("CustomerKeyHasBeenRevoked", "The key has been revoked.", 400)
)
TAGS_FULL = of(LIMIT, "InvalidInput", ("TagLimitExceeded", "The limit is 50 tags.", 400))
TAGS_BUSY = of(STATE, "Throttled", ("ConcurrentTagAccess", "Try again.", 400))
TOKEN_TAKEN = of(
    CONFLICT,
    "AlreadyExists",
    ("IdempotentParameterMismatch", "The token was used with other parameters.", 400),
)
NO_DB_SNAPSHOT = of(NOT_FOUND, "InvalidInput", ("DBSnapshotNotFound", "DBSnapshot not found", 404))
NO_DB_INSTANCE = of(NOT_FOUND, "InvalidInput", ("DBInstanceNotFound", "DBInstance not found", 404))
DB_SNAPSHOT_STATE = of(
    STATE, "ResourceFailed", ("InvalidDBSnapshotState", "It is not in a valid state.", 400)
)
DB_INSTANCE_STATE = of(
    STATE, "Throttled", ("InvalidDBInstanceState", "It is not in a valid state.", 400)
)
DB_KEY = of(
    KEY, "KeyNotUsable", ("KMSKeyNotAccessibleFault", "The KMS key is not accessible.", 400)
)
