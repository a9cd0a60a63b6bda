"""What a distributed Map runs over: its items, each as the input of a child."""

import json
from dataclasses import dataclass

from ministack.services import s3
from ministack.services import stepfunctions as states

from control_plane import limits


@dataclass
class Evaluated:
    """A Map state with what its fields are evaluated against."""

    state_def: dict
    raw_input: object
    effective: object
    """The input after `InputPath`, for a state in JSONPath."""
    ctx: dict

    @property
    def is_jsonata(self) -> bool:
        """Whether its fields are in JSONata."""
        return states._state_query_language(self.state_def, self.ctx) == "JSONata"

    def number(self, field: str) -> float | None:
        """The number in this field: a number, an expression, or in JSONPath a path to one."""
        path = self.state_def.get(f"{field}Path")
        if path is not None and not self.is_jsonata:
            value = states._resolve_path_or_ctx(path, self.effective, self.ctx)
            if not states._is_num(value):
                kind = "float" if field == "ToleratedFailurePercentage" else "integer"
                self.fail(
                    f'The {field}Path field refers to value "{value}" which is not a valid {kind}: '
                    f"{path}"
                )
            return value
        if field not in self.state_def:
            return None
        if self.is_jsonata:
            return states._jsonata_state_field(
                self.state_def, field, "number", self.raw_input, self.ctx
            )
        return self.state_def[field]

    def arguments(self, resource: dict) -> dict:
        """The evaluated arguments of an `ItemReader` or a `ResultWriter`."""
        if self.is_jsonata:
            return self.template(resource.get("Arguments") or {})
        return states._resolve_params_obj(
            resource.get("Parameters") or {}, self.effective, self.ctx
        )

    def template(self, value, ctx: dict | None = None):
        """`value` with its JSONata expressions evaluated."""
        return states._apply_jsonata_template(value, self.raw_input, ctx or self.ctx)

    def fail(self, cause: str):
        """Ends the execution: the definition cannot be run with this input."""
        name = self.ctx["State"]["Name"]
        raise states._ExecutionError(
            "States.Runtime", f"An error occurred while executing the state '{name}'. {cause}"
        )


@dataclass
class Items:
    """The items, and where they come from, as the context object says it in `Map.Item.Source`."""

    values: list
    source: str


def given(evaluated: Evaluated) -> Items:
    """The items in the state's input (SFN/input-output-itemspath, and `Items` in JSONata)."""
    state_def = evaluated.state_def
    if evaluated.is_jsonata and "Items" in state_def:
        values = states._jsonata_state_field(
            state_def, "Items", "array", evaluated.raw_input, evaluated.ctx
        )
    else:
        path = "$" if evaluated.is_jsonata else state_def.get("ItemsPath", "$")
        values = states._resolve_path_or_ctx(path, evaluated.effective, evaluated.ctx)
        if not isinstance(values, list):
            evaluated.fail("The items of a Map state must be an array.")
    return Items(values, "STATE_DATA")


def read(evaluated: Evaluated) -> Items:
    """The items in S3 that the `ItemReader` names (SFN/input-output-itemreader).

    Whatever is wrong with them is `States.ItemReaderFailed`. AWS's causes are documented no
    further; that for what is not an array is recorded from it.
    """
    reader = evaluated.state_def["ItemReader"]
    arguments = evaluated.arguments(reader)
    config = reader.get("ReaderConfig") or {}
    config = evaluated.template(config) if evaluated.is_jsonata else config
    where = f"s3://{arguments.get('Bucket')}/{arguments.get('Key', arguments.get('Prefix', ''))}"
    if _is_empty(arguments):
        raise _unreadable(f"{where} is empty.")
    resolved = {**reader, "ReaderConfig": config, "Parameters": arguments, "Arguments": None}
    try:
        values = states._read_map_items(resolved, evaluated.effective, evaluated.ctx)
    except states._ExecutionError:
        raise
    except Exception as error:
        raise _unreadable(f"{where} is not the dataset it should be: {error}") from None
    if not isinstance(values, list):
        raise _unreadable("Attempting to map over non-iterable node.")
    return Items(values, where)


def selected(evaluated: Evaluated, items: Items) -> list[str]:
    """Each child's input: its item, or what `ItemSelector` makes of it, as JSON.

    An input over 256 KiB is refused before any child is started, as every state's and execution's
    (SFN/service-quotas); AWS's pages on the Map state do not say when it finds out.
    """
    inputs = []
    for index, value in enumerate(items.values):
        item = {"Index": index, "Value": value, "Source": items.source}
        chosen = _select(evaluated, value, {**evaluated.ctx, "Map": {"Item": item}})
        limits.hold(chosen)
        inputs.append(json.dumps(chosen, ensure_ascii=False, separators=(",", ":")))
    return inputs


def _select(evaluated: Evaluated, value, ctx: dict):
    selector = evaluated.state_def.get("ItemSelector") or evaluated.state_def.get("Parameters")
    if not selector:
        return value
    if evaluated.is_jsonata:
        return evaluated.template(selector, ctx)
    return states._resolve_params_obj(selector, evaluated.effective, ctx)


def _is_empty(arguments: dict) -> bool:
    bucket = s3._buckets.get(arguments.get("Bucket")) or {"objects": {}}
    found = bucket["objects"].get(arguments.get("Key"))
    return found is not None and not found["size"]


def _unreadable(cause: str) -> Exception:
    return states._ExecutionError("States.ItemReaderFailed", cause)
