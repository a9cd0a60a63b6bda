"""The Map state itself: its fields, its Map Run, its output."""

from ministack.services import stepfunctions as states

from control_plane import limits
from control_plane.maps import items, results, writer
from control_plane.maps.processor import Processor
from control_plane.maps.run import MapRun, Tolerated


def mend() -> None:
    """Takes distributed Map states over; those in inline mode stay ministack's."""
    execute = states._execute_map
    list_machines = states._list_state_machines

    def execute_as_distributed(state_def, raw_input, execution, ctx):
        config = _processor(state_def).get("ProcessorConfig") or {}
        if config.get("Mode") != "DISTRIBUTED":
            return execute(state_def, raw_input, execution, ctx)
        return states._with_retry_and_catch(
            state_def, raw_input, ctx, lambda: _run(state_def, raw_input, execution, ctx)
        )

    states._execute_map = execute_as_distributed
    states._list_state_machines = lambda request: Processor.unlisted(list_machines(request))


def _run(state_def: dict, raw_input, execution: dict, ctx: dict) -> tuple:
    _refuse_what_is_not_served(state_def)
    name = ctx["State"]["Name"]
    effective = states._apply_input_path(state_def, raw_input, ctx)
    evaluated = items.Evaluated(state_def, raw_input, effective, ctx)
    concurrency = int(evaluated.number("MaxConcurrency") or 0)
    tolerated = _tolerated(evaluated)
    given = None if "ItemReader" in state_def else items.given(evaluated)

    started = {"mapStateStartedEventDetails": {"length": len(given.values) if given else 0}}
    states._add_event(execution, "MapStateStarted", started)
    label = state_def.get("Label") or Processor.default_label(execution, name)
    processor = Processor.of(execution, label, _processor(state_def), ctx)
    run = MapRun(execution, processor, concurrency, tolerated)
    try:
        inputs = items.read(evaluated) if given is None else given
        run.run(items.selected(evaluated, inputs))
        # Written before a Map Run fails, too (as recorded): what has succeeded and what was never
        # started is known then.
        written = writer.write(evaluated, run) if _writes(state_def) else None
        run.raise_if_exceeded()
        result = written or _collected(state_def, run)
    except states._ExecutionError as error:
        run.fail(error)
        states._add_event(execution, "MapStateFailed")
        raise
    run.succeed()
    states._add_event(execution, "MapStateSucceeded")
    return _output(evaluated, result), states._next_or_end(state_def)


def _writes(state_def: dict) -> bool:
    return "Resource" in (state_def.get("ResultWriter") or {})


def _collected(state_def: dict, run: MapRun) -> list:
    """The children's results, where they are the state's own."""
    form = (state_def.get("ResultWriter") or {}).get("WriterConfig") or {}
    result = results.transformed(run.children, form.get("Transformation", "COMPACT"))
    limits.hold(result)
    return result


def _output(evaluated: items.Evaluated, result):
    state_def, raw_input, ctx = evaluated.state_def, evaluated.raw_input, evaluated.ctx
    if evaluated.is_jsonata:
        output = states._apply_jsonata_output(
            state_def, raw_input, ctx, result=result, default=result
        )
        states._apply_state_assign(state_def, raw_input, ctx, result=result)
        return output
    selected = states._apply_result_selector(state_def, result)
    output = states._apply_result_path(state_def, raw_input, selected)
    return states._apply_output_path(state_def, output, ctx)


def _tolerated(evaluated: items.Evaluated) -> Tolerated:
    count = evaluated.number("ToleratedFailureCount")
    percentage = evaluated.number("ToleratedFailurePercentage")
    if count is not None and count < 0:
        evaluated.fail("ToleratedFailureCount cannot be negative.")
    if percentage is not None and not 0 <= percentage <= 100:
        evaluated.fail("ToleratedFailurePercentage must be between 0 and 100.")
    return Tolerated(None if count is None else int(count), percentage)


def _processor(state_def: dict) -> dict:
    return state_def.get("ItemProcessor") or state_def.get("Iterator") or {}


def _refuse_what_is_not_served(state_def: dict) -> None:
    config = _processor(state_def).get("ProcessorConfig") or {}
    if "ItemBatcher" in state_def or config.get("ExecutionType") != "STANDARD":
        raise states._ExecutionError(
            "States.Runtime",
            "Not served by this control plane: a distributed Map with an ItemBatcher, or with "
            "children of another type than STANDARD.",
        )
