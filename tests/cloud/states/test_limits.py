"""256 KiB is the most that a state takes, gives or keeps."""

import pytest

LIMIT = 256 * 1024
CATCH_ALL = [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}]
CAUGHT = {"Caught": {"Type": "Pass", "Output": "caught", "End": True}}


def test_a_result_above_256_kib_ends_the_execution_whatever_is_caught(states):
    task = states.task({"size": LIMIT}, Catch=CATCH_ALL, End=True)

    ended = states.run({"Task": task, **CAUGHT})

    assert ended.status == "FAILED"
    assert ended.error == "States.DataLimitExceeded"


def test_a_result_of_256_kib_passes(states):
    quotes = 2
    ended = states.run({"Task": states.task({"size": LIMIT - quotes}, End=True)})

    assert ended.status == "SUCCEEDED"


@pytest.mark.parametrize("field", ["Output", "Assign"])
def test_output_and_variables_are_held_to_the_limit(states, field):
    text = "{% $pad('', 262144, 'x') %}"
    state = {"Output": text} if field == "Output" else {"Assign": {"variable": text}}

    ended = states.run({"Pass": {"Type": "Pass", "End": True, **state}})

    assert ended.error == "States.DataLimitExceeded"


def test_an_input_above_256_kib_is_refused(states):
    machine = states.create({"Pass": {"Type": "Pass", "End": True}})

    with pytest.raises(states.client.exceptions.ClientError, match="ValidationException"):
        states.start(machine, {"text": "x" * LIMIT})


def test_a_runtime_error_is_not_matched_by_states_all(states):
    unknown = {"Type": "Task", "Resource": "arn:aws:states:::nosuch:thing", "End": True}
    ended = states.run({"Task": {**unknown, "Catch": CATCH_ALL}, **CAUGHT})

    assert ended.error == "States.Runtime"


def test_a_functions_own_error_is_matched_by_states_all(states):
    task = states.task({"fail": "Restore.Unexpected"}, Catch=CATCH_ALL, End=True)

    assert states.run({"Task": task, **CAUGHT}).output == "caught"
