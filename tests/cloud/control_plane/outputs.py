"""`Output` is heeded on a Succeed state, and on a Choice state when no rule matches.

Both are part of the JSONata form of these states (ASL specification, "Output"); ministack passes
the state's input on instead.
"""

from ministack.services import stepfunctions as states


def mend() -> None:
    """Computes the output where ministack leaves it out."""
    apply_path = states._apply_output_path
    choose = states._execute_choice

    def output_of(state_def, data, ctx=None):
        if state_def.get("Type") == "Succeed" and _is_jsonata(state_def, ctx):
            return states._apply_jsonata_output(state_def, data, ctx, default=data)
        return apply_path(state_def, data, ctx)

    def choose_with_output(state_def, raw_input, ctx=None):
        if "Output" not in state_def or not _is_jsonata(state_def, ctx):
            return choose(state_def, raw_input, ctx)
        rules = state_def.get("Choices", [])
        if any(states._evaluate_jsonata_choice_rule(rule, raw_input, ctx) for rule in rules):
            return choose(state_def, raw_input, ctx)
        # Before the default's Assign, as AWS computes both from the variables of before.
        output = states._apply_jsonata_output(state_def, raw_input, ctx, default=raw_input)
        _, default = choose(state_def, raw_input, ctx)
        return output, default

    states._apply_output_path = output_of
    states._execute_choice = choose_with_output


def _is_jsonata(state_def: dict, ctx: dict | None) -> bool:
    return states._state_query_language(state_def, ctx) == "JSONata"
