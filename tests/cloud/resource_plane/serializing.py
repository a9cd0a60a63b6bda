"""What moto's serializer need not look for.

moto looks in an answer for every member of its shape, under several names, and whether its value is
to be changed: most of what a call takes that lists much. An answer of the plane's own is in
botocore's shape: each member is in it under its name or not at all.
"""

from __future__ import annotations

from typing import Any

from moto.core.serialize import ResponseSerializer


def install() -> None:
    """Lets moto's serializers take an answer in botocore's shape as it is."""
    ResponseSerializer._serialize_type_structure = _structure


def _structure(
    serializer: ResponseSerializer, serialized: Any, value: Any, shape: Any, key: str
) -> None:
    if type(value) is not dict or not value.keys() <= shape.members.keys():
        _moto_structure(serializer, serialized, value, shape, key)
        return
    wrapper = serializer.MAP_TYPE() if key else serialized
    changed = _changed(serializer)
    for name, member in shape.members.items():
        member.parent = shape
        if name in changed:
            serializer._serialize_structure_member(wrapper, value, member, name)
        elif value.get(name) is not None:
            serializer._serialize(wrapper, value[name], member, name)
    if key:
        serializer._default_serialize(serialized, wrapper, shape, key)


def _changed(serializer: ResponseSerializer) -> set[str]:
    """The members whose values moto may change, or make of none, by a path that ends so."""
    picker = serializer._value_picker
    if not hasattr(picker, "changed"):
        paths = getattr(picker, "response_transformers", ())
        picker.changed = {path.rpartition(".")[2] for path in paths}
    return picker.changed


_moto_structure = ResponseSerializer._serialize_type_structure
