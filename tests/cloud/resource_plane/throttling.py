"""How often AWS lets itself be called: token buckets (EC2API/ec2-api-throttling).

Each API action of an account in a Region has a bucket of its own, from which a call takes a token;
it refills steadily. Three actions of EC2 take tokens for each instance besides. A call that finds
no token is refused before it is authorised, and dry runs take tokens like other calls.

The buckets by name (`requestRates` of the settings): an action's own (`ec2:RunInstances`), with
`/instances` behind it the one for its instances, else that of its group: `ec2:describing`,
`ec2:unfiltered` (calls of a few describing actions that give neither filter nor page; each action
has a second bucket for them), `ec2:changing`, `rds`, `kms`. EC2's sizes are AWS's. RDS publishes
none, and those of KMS depend on the Region and the kind of key and lie far above what a restore or
this plane could reach: theirs are for a test to set.

Calls of an account's administrator take no tokens: they are the hand of a test or a person that
arranges and looks, which a real account would not have. Where waits are shortened, a restore calls
oftener in a second than it would on AWS; `pace` says how many seconds' tokens come in one. All
buckets are full again when a test sets any.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from resource_plane import progress, settings
from resource_plane.error import AwsError
from resource_plane.reset import on_reset

if TYPE_CHECKING:
    from resource_plane.call import Call

READING = ("Describe", "Get", "List", "Search")
UNFILTERED = {
    "DescribeInstances",
    "DescribeInstanceStatus",
    "DescribeNetworkInterfaces",
    "DescribeSecurityGroups",
    "DescribeSnapshots",
    "DescribeSpotInstanceRequests",
    "DescribeVolumes",
}

RATES = {
    "ec2:describing": (100, 20),
    "ec2:unfiltered": (50, 10),
    "ec2:changing": (50, 5),
    "ec2:CopyImage": (100, 1),
    "ec2:CreateSnapshot": (100, 5),
    "ec2:CreateSnapshots": (100, 5),
    "ec2:CreateTags": (100, 10),
    "ec2:CreateVolume": (100, 5),
    "ec2:DeleteSnapshot": (100, 5),
    "ec2:DeleteVolume": (100, 5),
    "ec2:ModifySnapshotAttribute": (100, 5),
    "ec2:RunInstances": (5, 2),
    "ec2:StartInstances": (5, 2),
    "ec2:TerminateInstances": (100, 5),
    "ec2:RunInstances/instances": (1000, 2),
    "ec2:StartInstances/instances": (1000, 2),
    "ec2:StopInstances/instances": (1000, 20),
    "ec2:TerminateInstances/instances": (1000, 20),
}
"""The sizes of EC2's buckets, and the tokens that come each second (EC2API/ec2-api-throttling)."""

for _name, (_size, _refill) in RATES.items():
    settings.declare_rate(_name, _size, _refill)

REFUSALS = {
    "ec2": ("RequestLimitExceeded", "Request limit exceeded.", 503),
    # KMS/throttling.
    "kms": (
        "ThrottlingException",
        "You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.",
        400,
    ),
    # SSM/CommonErrors.
    "ssm": ("ThrottlingException", "Rate exceeded", 400),
}
OTHERWISE = ("Throttling", "Rate exceeded", 400)
"""How services refuse with the query protocol's common error (RDS/CommonErrors)."""


@dataclass
class _Bucket:
    tokens: float
    filled: float
    """When, on the clock of `progress`."""


_buckets: dict[tuple[str, str, str], _Bucket] = {}


def admit(call: Call) -> None:
    """Takes the tokens that a call costs, or refuses it, which costs none."""
    if call.caller.administrator:
        return
    needed = [(name, tokens) for name, tokens in _costs(call).items() if _rate(call, name)]
    buckets = [(_filled(call, name), tokens) for name, tokens in needed]
    if any(bucket.tokens < tokens for bucket, tokens in buckets):
        raise AwsError(*REFUSALS.get(call.service, OTHERWISE))
    for bucket, tokens in buckets:
        bucket.tokens -= tokens


def _costs(call: Call) -> dict[str, int]:
    """The tokens that a call costs, by bucket."""
    costs = {call.operation: 1}
    bounded = call.params.keys() & {"Filters", "MaxResults", "NextToken"}
    if call.service == "ec2" and call.action in UNFILTERED and not bounded:
        costs = {f"{call.operation}/unfiltered": 1}
    if f"{call.operation}/instances" in RATES:
        named = call.params.get("InstanceIds")
        count = call.params.get("MaxCount", 1) if named is None else len(named)
        costs[f"{call.operation}/instances"] = count
    return costs


def _rate(call: Call, name: str) -> dict[str, float] | None:
    """The size and refill of a bucket: its own, or its group's."""
    rates = settings.rates()
    if name in rates:
        return rates[name]
    if call.service != "ec2":
        return rates.get(call.service)
    if name.endswith("/unfiltered"):
        return rates["ec2:unfiltered"]
    if name.endswith("/instances"):
        return None
    group = "describing" if call.action.startswith(READING) else "changing"
    return rates[f"ec2:{group}"]


def _filled(call: Call, name: str) -> _Bucket:
    """The bucket as it is now; at first it is full."""
    rate, now = _rate(call, name), progress.clock()
    key = (call.account, call.region, name)
    bucket = _buckets.setdefault(key, _Bucket(rate["size"], now))
    come = (now - bucket.filled) * rate["refill"] * settings.pace()
    bucket.tokens = min(rate["size"], bucket.tokens + come)
    bucket.filled = now
    return bucket


@on_reset
def fill_all() -> None:
    """Fills all buckets."""
    _buckets.clear()
