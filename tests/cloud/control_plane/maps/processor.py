"""An `ItemProcessor`, whose executions are the children of Map Runs.

Each is an execution of its own, with a history, a context object and a status: what the child sees
as `$states.context` names the child, not the parent, and has no `Map`; variables of the parent are
not seen (SFN/workflow-variables, "Variable scope"). Its ARN has the state's label beside the state
machine's name, and DescribeStateMachine takes that (BC:stepfunctions.DescribeStateMachine).
"""

import contextvars
import json
import threading
import uuid
from dataclasses import dataclass

from ministack.core.responses import json_response
from ministack.services import stepfunctions as states


@dataclass
class Processor:
    """The state machine that a distributed Map state has within it."""

    arn: str
    label: str
    role: str

    @classmethod
    def of(cls, parent: dict, label: str, definition: dict, ctx: dict) -> "Processor":
        """The processor of the Map state that `parent` is in, known from now on by its ARN."""
        machine = states._state_machines[parent["stateMachineArn"]]
        arn = f"{_machine_arn(parent)}/{label}"
        steps = {"StartAt": definition["StartAt"], "States": definition["States"]}
        states._state_machines[arn] = {
            **machine,
            "stateMachineArn": arn,
            "label": label,
            # The state machine's own language holds within, not that of the Map state.
            "definition": json.dumps({"QueryLanguage": ctx["QueryLanguage"], **steps}),
        }
        return cls(arn, label, machine["roleArn"])

    @staticmethod
    def default_label(parent: dict, state: str) -> str:
        """The label of a state that gives none: the same each time, as AWS's are."""
        return str(uuid.uuid3(uuid.NAMESPACE_URL, f"{_machine_arn(parent)}/{state}"))

    @staticmethod
    def unlisted(response: tuple) -> tuple:
        """The answer of ListStateMachines without processors, which it does not tell of."""
        machines = json.loads(response[2])
        machines["stateMachines"] = [
            machine for machine in machines["stateMachines"] if "label" not in _record(machine)
        ]
        return json_response(machines)

    def map_run_arn(self) -> str:
        """The ARN of a new Map Run."""
        return f"{self.arn.replace(':stateMachine:', ':mapRun:')}:{uuid.uuid4()}"

    def start(self, given: str, map_run: str, parent: dict) -> dict:
        """A new child with this input, as JSON. `begin` lets it run."""
        name = str(uuid.uuid4())
        started = states.now_iso()
        child = {
            "executionArn": f"{self.arn.replace(':stateMachine:', ':execution:')}:{name}",
            "stateMachineArn": self.arn,
            "name": name,
            "status": "RUNNING",
            "startDate": started,
            "stopDate": None,
            "input": given,
            "inputDetails": {"included": True},
            "output": None,
            "outputDetails": {"included": True},
            "mapRunArn": map_run,
            # A test that stops an execution in a state stops the child that is in it.
            "testCase": parent.get("testCase", ""),
            "mockAttempts": {},
            "events": [],
        }
        details = {"input": given, "roleArn": self.role}
        states._add_event(child, "ExecutionStarted", {"executionStartedEventDetails": details})
        states._executions[child["executionArn"]] = child
        return child

    @staticmethod
    def begin(child: dict) -> None:
        """Runs `child` beside the others.

        Its changes of status are events, as those of every execution of a standard workflow
        (SFN/eventbridge-integration); that page makes no exception of children.
        """
        states._emit_execution_status_event(child)
        threading.Thread(
            target=contextvars.copy_context().run,
            args=(states._run_execution, child["executionArn"]),
            daemon=True,
        ).start()


def _machine_arn(parent: dict) -> str:
    """The ARN of the state machine itself, also for a Map state within another's processor."""
    return parent["stateMachineArn"].split("/")[0]


def _record(machine: dict) -> dict:
    return states._state_machines.get(machine["stateMachineArn"]) or {}
