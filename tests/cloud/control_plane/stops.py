"""An execution is stopped by a test as soon as it enters a state, however short that is.

StartExecution of `ARN#stop at STATE` (the suffix by which Step Functions Local names a test case)
starts an execution that is stopped, as by StopExecution, when it enters STATE for the first time.
A function that the state calls still runs to its end, as on AWS, and its answer is not heard.
"""

from ministack.services import stepfunctions as states

STOP_AT = "stop at "
CAUSE = "stopped by a test"


def mend() -> None:
    """Looks at every state that is entered."""
    add_event = states._add_event

    def add_event_and_stop(execution, event_type, details=None):
        add_event(execution, event_type, details)
        case = execution.get("testCase") or ""
        if case.startswith(STOP_AT) and event_type.endswith("StateEntered"):
            entered = details["stateEnteredEventDetails"]["name"]
            if entered == case.removeprefix(STOP_AT) and execution["status"] == "RUNNING":
                arn = execution["executionArn"]
                states._stop_execution({"executionArn": arn, "cause": CAUSE})

    states._add_event = add_event_and_stop
