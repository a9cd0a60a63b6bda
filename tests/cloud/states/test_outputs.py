"""`Output` is heeded wherever JSONata allows it."""


def test_succeed_gives_its_output(states):
    ended = states.run(
        {"Done": {"Type": "Succeed", "Output": "{% $states.input.n + 1 %}"}}, {"n": 1}
    )

    assert ended.output == 2


def test_succeed_without_output_gives_its_input(states):
    assert states.run({"Done": {"Type": "Succeed"}}, {"n": 1}).output == {"n": 1}


def choice(**state):
    rule = {"Condition": "{% $states.input.n > 5 %}", "Output": "rule", "Next": "Done"}
    return {
        "Choice": {"Type": "Choice", "Choices": [rule], "Default": "Done", **state},
        "Done": {"Type": "Pass", "End": True},
    }


def test_a_choice_that_falls_through_gives_its_output(states):
    assert states.run(choice(Output="default"), {"n": 1}).output == "default"


def test_a_choice_whose_rule_matches_gives_the_rules_output(states):
    assert states.run(choice(Output="default"), {"n": 9}).output == "rule"


def test_a_choices_output_sees_the_variables_of_before_its_assign(states):
    assigned = {"Type": "Pass", "Assign": {"n": "before"}, "Next": "Choice"}
    fallthrough = choice(Assign={"n": "after"}, Output="{% $n %}")

    ended = states.run({"Assigned": assigned, **fallthrough}, {"n": 1})

    assert ended.output == "before"
