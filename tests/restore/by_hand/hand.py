"""Somebody who restores by hand."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

import boto3

from restore.arrange import Scene
from restore.cloud import Cloud, Role
from restore.place import Place


@dataclass(frozen=True)
class Hand:
    """Somebody who restores by hand: the clients of both roles, and the restore's tags."""

    cloud: Cloud
    scene: Scene

    @property
    def request(self) -> dict[str, Any]:
        """What is asked for."""
        return self.scene.request

    @property
    def key(self) -> str:
        """The target key."""
        return self.request["target"]["kmsKeyId"]

    def restoring(self, service: str, region: str | None = None) -> Any:
        """A client under the restore role, in the target's Region unless another is named."""
        return self._client(self.cloud.restore_role, service, region or self.scene.target.region)

    def sharing(self, service: str) -> Any:
        """A client under the source role."""
        return self._client(self.cloud.source_role, service, self.scene.source.region)

    def tags(self, source: str, **asked: str) -> list[dict[str, str]]:
        """What everything made for the restore carries."""
        ours = {"restore:id": self.scene.restore_id, "restore:step": "by-hand"}
        carried = ours | {"restore:source": source} | asked
        return [{"Key": key, "Value": value} for key, value in carried.items()]

    def outcome(self, flow: str, **target: Any) -> dict[str, Any]:
        """What the execution would say."""
        place = {"accountId": self.scene.target.account, "region": self.scene.target.region}
        began = "2026-11-23T12:00:00.000Z"
        return {
            "restoreId": self.scene.restore_id,
            "flow": flow,
            "status": "RESTORED",
            "target": place | target,
            "timeline": [{"step": "by-hand", "startedAt": began, "finishedAt": began}],
            "cleanedUp": [],
            "upAt": began,
            "recoveryPoint": None,
            "left": [],
            "notRestored": [],
        }

    def _client(self, role: Role, service: str, region: str) -> Any:
        sts = self.cloud.client("sts", Place("123456789012", region))
        session = sts.assume_role(
            RoleArn=role.arn,
            RoleSessionName=f"hand-{secrets.token_hex(4)}",
            ExternalId=role.external_id,
        )["Credentials"]
        return boto3.client(
            service,
            region_name=region,
            endpoint_url=self.cloud.resources,
            aws_access_key_id=session["AccessKeyId"],
            aws_secret_access_key=session["SecretAccessKey"],
            aws_session_token=session["SessionToken"],
        )
