"""Whoever deploys a template with IAM resources must say so.

CloudFormation/using-iam-template: without `CAPABILITY_IAM`, or `CAPABILITY_NAMED_IAM` where a
resource has a name of its own, AWS answers InsufficientCapabilitiesException. moto asks for none.
"""

from __future__ import annotations

from typing import Any

import yaml
from moto.cloudformation.utils import yaml_tag_constructor

from resource_plane.error import AwsError
from resource_plane.frame import Call, Proceed, rule

NAMES = {
    "AWS::IAM::Group": "GroupName",
    "AWS::IAM::InstanceProfile": "InstanceProfileName",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::IAM::Role": "RoleName",
    "AWS::IAM::User": "UserName",
}
WITHOUT_NAMES = {"AWS::IAM::AccessKey", "AWS::IAM::Policy", "AWS::IAM::UserToGroupAddition"}


class _TemplateLoader(yaml.SafeLoader):
    """Reads YAML with CloudFormation's short forms, such as `!Ref`."""


def _short(loader: Any, suffix: str, node: Any) -> Any:
    return yaml_tag_constructor(loader, f"!{suffix}", node)


_TemplateLoader.add_multi_constructor("!", _short)


@rule("cloudformation", "CreateStack", "UpdateStack", "CreateChangeSet")
def with_capabilities(call: Call, proceed: Proceed) -> Any:
    """Refuses a template with IAM resources that nobody has acknowledged."""
    needed = _needed(call.params.get("TemplateBody"))
    given = set(call.params.get("Capabilities") or ())
    if needed and not given & needed:
        least = "CAPABILITY_IAM" if "CAPABILITY_IAM" in needed else "CAPABILITY_NAMED_IAM"
        raise AwsError(
            "InsufficientCapabilitiesException", f"Requires capabilities : [{least}]", 400
        )
    return proceed()


def _needed(template: str | None) -> set[str]:
    """The capabilities of which one must be given; none if the template makes no IAM resource."""
    try:
        read = yaml.load(template or "{}", Loader=_TemplateLoader)
        resources = list(read.get("Resources", {}).values())
        kinds = [(one["Type"], one.get("Properties") or {}) for one in resources]
    except (yaml.YAMLError, AttributeError, KeyError, TypeError):
        return set()  # moto refuses what is no template.
    if any(kind in NAMES and NAMES[kind] in properties for kind, properties in kinds):
        return {"CAPABILITY_NAMED_IAM"}
    if any(kind in NAMES or kind in WITHOUT_NAMES for kind, _ in kinds):
        return {"CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"}
    return set()
