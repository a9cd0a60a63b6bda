"""A function is told how to log."""

VARIABLES = ["AWS_LAMBDA_LOG_FORMAT", "AWS_LAMBDA_LOG_LEVEL"]


def told(states, function):
    task = {"Type": "Task", "Resource": function, "Arguments": {"environment": VARIABLES}}
    return states.run({"Task": {**task, "End": True}}).output


def test_a_function_learns_its_log_format_and_level(states):
    settings = {"LogFormat": "JSON", "ApplicationLogLevel": "DEBUG", "SystemLogLevel": "WARN"}
    function = states.create_function("logs-as-told", LoggingConfig=settings)

    assert told(states, function) == dict(zip(VARIABLES, ["JSON", "DEBUG"], strict=True))


def test_a_function_is_not_told_a_level_that_was_not_set(states):
    function = states.create_function("logs-json", LoggingConfig={"LogFormat": "JSON"})

    assert told(states, function)["AWS_LAMBDA_LOG_LEVEL"] is None
