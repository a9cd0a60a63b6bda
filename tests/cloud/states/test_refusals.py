"""A test has a task refused something, before what it calls is called or after."""

TRIED_TWICE = [{"ErrorEquals": ["States.TaskFailed"], "IntervalSeconds": 1, "MaxAttempts": 2}]


def two_tasks(states):
    return states.create(
        {
            "First": states.task({"answer": 1}, Next="Second", Retry=TRIED_TWICE),
            "Second": states.task({"answer": 2}, End=True),
        }
    )


def test_a_task_that_is_refused_something_is_tried_again_and_does_not_call_what_it_calls(states):
    ended = states.ended(states.start(f"{two_tasks(states)}#Name.OfError 2 times in First"))

    assert (ended.status, ended.output) == ("SUCCEEDED", 2)
    failed = states.events(ended.arn, "TaskFailed")
    assert [it["taskFailedEventDetails"]["error"] for it in failed] == ["Name.OfError"] * 2
    assert len(states.events(ended.arn, "TaskSucceeded")) == 2


def test_one_that_is_refused_more_often_than_it_is_tried_fails_by_that_name(states):
    ended = states.ended(states.start(f"{two_tasks(states)}#Name.OfError 3 times in First"))

    assert (ended.status, ended.error) == ("FAILED", "Name.OfError")


def test_an_answer_can_be_lost_after_the_call(states):
    ended = states.ended(states.start(f"{two_tasks(states)}#Name.OfError 1 times after First"))

    assert (ended.status, ended.output) == ("SUCCEEDED", 2)
    calls = [
        event["type"]
        for kind in ("TaskScheduled", "TaskFailed", "TaskSucceeded")
        for event in states.events(ended.arn, kind)
    ]
    assert calls.count("TaskScheduled") == 3
    assert (calls.count("TaskFailed"), calls.count("TaskSucceeded")) == (1, 2)


def test_two_tasks_of_one_execution_can_each_be_refused_something(states):
    cases = "Name.OfError 1 times in First and Name.OfAnother 2 times in Second"
    machine = states.create(
        {
            "First": states.task({"answer": 1}, Next="Second", Retry=TRIED_TWICE),
            "Second": states.task({"answer": 2}, End=True, Retry=TRIED_TWICE),
        }
    )

    ended = states.ended(states.start(f"{machine}#{cases}"))

    assert (ended.status, ended.output) == ("SUCCEEDED", 2)
    failed = states.events(ended.arn, "TaskFailed")
    names = [it["taskFailedEventDetails"]["error"] for it in failed]
    assert names == ["Name.OfError", "Name.OfAnother", "Name.OfAnother"]
