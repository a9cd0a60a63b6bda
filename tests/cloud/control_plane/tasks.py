"""The task that is under way, for what has to know in whose name it calls.

ministack hands the ARN of a resource and its arguments on to whoever calls it, but not whose
execution it is.
"""

import random
import string
from contextvars import ContextVar
from dataclasses import dataclass

from ministack.core.arn import parse_arn
from ministack.services import stepfunctions as states


@dataclass
class Task:
    """A Task state that an execution is in."""

    state_def: dict
    raw_input: object
    execution: dict
    ctx: dict
    assumes: str | None = None
    """The ARN of the role that its `Credentials` name, once they are evaluated."""

    @property
    def machine_arn(self) -> str:
        """The state machine; a child of a Map Run is of the one that the Map state is in."""
        return self.execution["stateMachineArn"].split("/")[0]

    @property
    def role_arn(self) -> str:
        """The state machine's role."""
        return states._state_machines[self.execution["stateMachineArn"]]["roleArn"]

    @property
    def account(self) -> str:
        """The account of that role."""
        return parse_arn(self.role_arn).account_id

    @property
    def role_name(self) -> str:
        """The name of that role."""
        return self.role_arn.rsplit("/", 1)[-1]

    @property
    def session_arn(self) -> str:
        """Who calls: a session of the role, one for each execution."""
        session = self.execution.setdefault("session", session_name())
        return f"arn:aws:sts::{self.account}:assumed-role/{self.role_name}/{session}"


under_way: ContextVar[Task | None] = ContextVar("the task that is under way", default=None)


def mend() -> None:
    """Notes each task that is entered."""
    execute = states._execute_task

    def execute_known(state_def, raw_input, execution, ctx):
        if "stateMachineArn" not in (execution or {}):  # a state that TestState runs by itself
            return execute(state_def, raw_input, execution, ctx)
        token = under_way.set(Task(state_def, raw_input, execution, ctx))
        try:
            return execute(state_def, raw_input, execution, ctx)
        finally:
            under_way.reset(token)

    states._execute_task = execute_known


def session_name() -> str:
    """A name as Step Functions gives its sessions: 32 letters that mean nothing."""
    return "".join(random.choices(string.ascii_letters, k=32))
