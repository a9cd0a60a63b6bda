"""A task's `Credentials`: the role that the state machine's role assumes for it.

`{"RoleArn": …}` may be an expression, and is in the event by which the task is scheduled
(SFN/state-task, "Task state fields"; `taskCredentials` as recorded from AWS in LocalStack's
snapshots of 2024-12, `test_cross_account_service_lambda_invoke`). ministack does not look at it.

The role is in another account as a rule, and so on the resource plane: what a task with
`Credentials` calls has to be served there (see `elsewhere`).
"""

from ministack.services import stepfunctions as states

from control_plane import elsewhere, tasks


def mend() -> None:
    """Evaluates them at each attempt, and refuses them where they would not be heeded."""
    add_event = states._add_event
    invoke = states._invoke_resource

    def add_event_with_credentials(execution, event_type, details=None):
        task = tasks.under_way.get()
        if event_type == "TaskScheduled" and task and "Credentials" in task.state_def:
            task.assumes = _role_arn(task)
            scheduled = details["taskScheduledEventDetails"]
            told = {**scheduled, "taskCredentials": {"roleArn": task.assumes}}
            details = {"taskScheduledEventDetails": told}
        return add_event(execution, event_type, details)

    def invoke_as_told(resource, input_data):
        task = tasks.under_way.get()
        if task and task.assumes and not elsewhere.serves(resource):
            raise states._ExecutionError(
                "States.Runtime",
                f"Not served by this control plane: Credentials on a task of {resource}.",
            )
        return invoke(resource, input_data)

    states._add_event = add_event_with_credentials
    states._invoke_resource = invoke_as_told


def _role_arn(task: tasks.Task) -> str:
    given = task.state_def["Credentials"]
    if states._state_query_language(task.state_def, task.ctx) == "JSONata":
        field = "Credentials/RoleArn"
        return states._jsonata_state_field(
            {field: given["RoleArn"]}, field, "string", task.raw_input, task.ctx
        )
    effective = states._apply_input_path(task.state_def, task.raw_input, task.ctx)
    return states._resolve_params_obj(given, effective, task.ctx)["RoleArn"]
