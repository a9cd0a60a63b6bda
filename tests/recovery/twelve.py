"""The recovery of twelve restores: arranged, recovered, and every target checked."""

from __future__ import annotations

import sys
from collections.abc import Mapping

from restore.cloud import Cloud
from restore.report import Result, print_summary, print_table

from recovery import scenes, table
from recovery.check import Before, call_findings, target_findings
from recovery.deployed import Deployed
from recovery.plan import network_map, plan
from recovery.run import Tell, recover
from recovery.scenes import WAVES


def twelve(cloud: Cloud, tell: Tell, targets: Mapping[str, int]) -> bool:
    """Recovers them; whether all of it is as it should be, the targets of the plan met among it.

    `targets` are `rtoMinutes` and `rpoMinutes` in the place of the plan's own.
    """
    parts = []
    with cloud.at_once():
        for part in scenes.arranged(cloud, WAVES):
            tell(f"arranged {part.wave}: {part.flow}")
            parts.append(part)
    before, deployed = Before.taken(cloud), Deployed.on(cloud)
    recovered = recover(deployed, plan(parts, network_map(cloud)) | targets, tell)
    print()
    table.print_table(recovered.outcome, {it.path: it.flow for it in parts}, sys.stdout)
    told = {it["path"]: it for it in recovered.outcome["restores"]}
    parts = [it.told(told[it.path]["restoreId"]) for it in parts if it.path in told]
    targets = [
        Result(f"{part.wave} {part.flow}", told[part.path].get("seconds") or 0, findings)
        for part, findings in target_findings(deployed, recovered.arn, parts, before)
    ]
    findings = [*recovered.findings(), *call_findings(cloud, parts, before)]
    whole = Result("the recovery", recovered.seconds, findings)
    for result in [whole, *(it for it in targets if not it.ok)]:
        print()
        print_table(result, sys.stdout)
    print_summary(targets, sys.stdout)
    return whole.ok and all(it.ok for it in targets)
