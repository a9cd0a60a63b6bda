"""EC2: snapshots, volumes, instances and images as AWS handles them.

moto's backends keep the resources, in classes here that extend moto's own; key pairs, launch
templates and most of networks are moto's as they are. The packages `snapshots`, `volumes`,
`instances` and `images` hold the rules by resource; around them:

* `transitions` applies what has become due since the last call, before any other rule;
* `late` hides what AWS would not show yet;
* `quotas` and `room` say how much there may be, and can be;
* `dry_run` and `parameters` answer before anything is done;
* `find` looks resources up and refuses as AWS does what is not there;
* `filters` and `pages` are how every describe call selects and pages, and `listing` holds those
  that are moto's to the same;
* `idempotency` makes a client token do its work once;
* `ebs_keys` says which KMS key a volume or snapshot is under, and who may use it;
* `route_tables`, `endpoints`, `addresses` and `security_groups` are what is not moto's of networks.

What stacks make of EC2 is in the package `cloudformation`.

Work that a test may set the duration of, or have fail (see `steering`). An ordered failure
matches by `account`, `region`, `id` (that of the resource where no other is told) and:

| kind | further facts | states it may be told to end in |
| --- | --- | --- |
| `snapshot` | `volume` | `error` |
| `snapshot-copy` | `source`, `sourceRegion` | `error` |
| `snapshot-tier` | `snapshot` | `failed` |
| `volume` | `snapshot` | `error`; `deleted`, which makes it disappear |
| `volume-modification` | `volume` | `failed` |
| `instance` (launch and start) | | `terminated`, `stopped`; the message is "Code: text" |
| `instance-status` | `instance`, `tag:KEY` (of the instance) | `impaired` |
| `image` | `instance`, `source` | `failed` |

What takes time and cannot fail: `attachment`, `detachment`, `volume-initialization`,
`volume-optimization`, `volume-deletion`, `instance-stop`, `instance-termination`.
"""

import importlib

# In the order in which rules on every action nest, the outermost first.
for _module in (
    "transitions",
    "dry_run",
    "parameters",
    "listing",
    "late",
    "tag_calls",
    "ebs_defaults",
    "regions",
    "route_tables",
    "endpoints",
    "addresses",
    "security_groups",
    "snapshots.making",
    "snapshots.copying",
    "snapshots.sharing",
    "snapshots.tiers",
    "snapshots.describing",
    "snapshots.deleting",
    "volumes.making",
    "volumes.attaching",
    "volumes.describing",
    "volumes.status",
    "volumes.deleting",
    "volumes.modifying",
    "images.registering",
    "images.copying",
    "images.describing",
    "instances.launching",
    "instances.launch_access",
    "instances.changing_state",
    "instances.attributes",
    "instances.profiles",
    "instances.describing",
    "instances.status",
):
    importlib.import_module(f"resource_plane.ec2.{_module}")
