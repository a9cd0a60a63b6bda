"""A test stops an execution in a task, however short that is."""


def test_an_execution_is_stopped_in_the_task_whose_answer_is_not_heard(states):
    machine = states.create(
        {
            "First": states.task({}, Next="Second"),
            "Second": states.task({}, Next="Third"),
            "Third": states.task({}, End=True),
        }
    )

    ended = states.ended(states.start(f"{machine}#stop in Second"))

    assert (ended.status, ended.description["cause"]) == ("ABORTED", "stopped by a test")
    entered = states.events(ended.arn, "TaskStateEntered")
    assert [it["stateEnteredEventDetails"]["name"] for it in entered] == ["First", "Second"]
    assert len(states.events(ended.arn, "ExecutionAborted")) == 1


def test_an_execution_that_never_comes_to_the_task_is_not_stopped(states):
    machine = states.create({"First": states.task({}, End=True)})

    ended = states.ended(states.start(f"{machine}#stop in Second"))

    assert ended.status == "SUCCEEDED"


def test_an_execution_can_be_refused_something_before_it_is_stopped(states):
    tried_again = [{"ErrorEquals": ["States.TaskFailed"], "IntervalSeconds": 1}]
    machine = states.create(
        {
            "First": states.task({}, Next="Second", Retry=tried_again),
            "Second": states.task({}, End=True),
        }
    )

    ended = states.ended(
        states.start(f"{machine}#Name.OfError 1 times in First and stop in Second")
    )

    assert ended.status == "ABORTED"
    assert len(states.events(ended.arn, "TaskFailed")) == 1
