"""CloudFormation templates as data: `!Ref x` is `{"Ref": "x"}`, `!If […]` is `{"If": […]}`."""

from pathlib import Path

import yaml

INFRA = Path(__file__).resolve().parents[2] / "infra"


class Loader(yaml.SafeLoader):
    """Reads the short forms of intrinsic functions."""


def _tag(loader, name, node):
    match node:
        case yaml.ScalarNode():
            value = loader.construct_scalar(node)
        case yaml.SequenceNode():
            value = loader.construct_sequence(node, deep=True)
        case _:
            value = loader.construct_mapping(node, deep=True)
    return {name: value}


Loader.add_multi_constructor("!", _tag)


def template(name):
    """The template `infra/<name>.yaml`."""
    return yaml.load((INFRA / f"{name}.yaml").read_text(), Loader)


def as_list(value):
    """What IAM lets be written as one thing or as a list of them, as a list."""
    return value if isinstance(value, list) else [value]
