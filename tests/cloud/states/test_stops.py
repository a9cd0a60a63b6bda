"""A test stops an execution at a state, however short that is."""

THREE = {
    "First": {"Type": "Pass", "Next": "Second"},
    "Second": {"Type": "Pass", "Next": "Third"},
    "Third": {"Type": "Pass", "End": True},
}


def test_an_execution_is_stopped_as_soon_as_it_enters_the_state(states):
    ended = states.ended(states.start(f"{states.create(THREE)}#stop at Second"))

    assert ended.status == "ABORTED"
    entered = [
        event["stateEnteredEventDetails"]["name"]
        for event in states.events(ended.arn, "PassStateEntered")
    ]
    assert entered == ["First", "Second"]
    assert len(states.events(ended.arn, "ExecutionAborted")) == 1


def test_an_execution_that_never_enters_the_state_is_not_stopped(states):
    ended = states.ended(states.start(f"{states.create(THREE)}#stop at Fourth"))

    assert ended.status == "SUCCEEDED"
