"""How long an expression may take to evaluate."""

SECONDS_EACH = 0.5
AT_ONCE = 8


def counting(to):
    """Something to work on for a while."""
    return f"{{% $sum([1..{to}].($ * 2)) %}}"


def test_an_expression_without_an_end_is_ended(states):
    ended = states.run(
        {"Pass": {"Type": "Pass", "Output": "{% ($f := function() { $f() }; $f()) %}", "End": True}}
    )

    assert (ended.status, ended.error) == ("FAILED", "States.QueryEvaluationError")


def test_expressions_do_not_run_out_of_time_because_of_each_other(states):
    tried = 20_000
    alone = states.evaluate(counting(tried)).seconds
    enough = int(tried * SECONDS_EACH / alone)
    machine = states.create({"Pass": {"Type": "Pass", "Output": counting(enough), "End": True}})

    together = [states.start(machine) for _ in range(AT_ONCE)]

    assert [states.ended(it).status for it in together] == ["SUCCEEDED"] * AT_ONCE
