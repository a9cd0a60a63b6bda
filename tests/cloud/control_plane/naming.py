"""How the errors of AWS's own calls are named.

Step Functions names them as the AWS SDK for Java does, which gives every one the suffix
`Exception`, "even if" the API has none (SFN/supported-services-awssdk); ministack leaves out what
the API does.
"""

from ministack.services import stepfunctions as states

_prefix_sdk_error = states._prefix_sdk_error


def mend() -> None:
    """Gives every error of a service its suffix."""
    states._prefix_sdk_error = _named


def _named(service: str, code: str) -> str:
    name = _prefix_sdk_error(service, code)
    is_own = name.startswith("States.") or "." not in name
    return name if is_own or name.endswith("Exception") else f"{name}Exception"
