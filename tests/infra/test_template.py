"""The restore stack: a function is what its folder is called; a step may only assume roles."""

import json

import pytest
from cloudformation import INFRA, template

SOURCE, TARGET = {"Ref": "AssumeSourceRoles"}, {"Ref": "AssumeTargetRoles"}
RECORD = {"Ref": "AssumeRecordRoles"}

READS, RECORDS = {"Ref": "ReadRecords"}, {"Ref": "WriteRecords"}
DECRYPTS, ENCRYPTS = {"Ref": "DecryptFromBucket"}, {"Ref": "EncryptIntoBucket"}

# flows.md, "Who does what, with which key": the roles that each step works in. Planning also reads
# what was recorded of instances that cannot be asked.
STEPS = {
    "PlanRestore": [SOURCE, TARGET, READS, DECRYPTS],
    "ShareSnapshot": [SOURCE],
    "CopySnapshot": [SOURCE, TARGET],
    "ReencryptCopy": [TARGET],
    "CreateInstance": [TARGET],
    "CreateAndAttachVolumes": [TARGET],
    "WaitUntilAvailable": [SOURCE, TARGET],
    "CleanUp": [SOURCE, TARGET],
}


STARTS, KEEPS = {"Ref": "StartRestores"}, {"Ref": "KeepRecoveries"}

MAY = {
    **STEPS,
    "StartRestore": [STARTS],
    "Recover": [KEEPS, DECRYPTS, ENCRYPTS],
    "RecordDrill": [{"Ref": "KeepEvidence"}, DECRYPTS, ENCRYPTS],
    "RecordSettings": [RECORD, RECORDS, DECRYPTS, ENCRYPTS],
}
"""What each function may do: what starts restores and runs plans assumes no role."""


@pytest.fixture(scope="module")
def stack():
    return template("template")


def of_type(stack, kind):
    return {
        name: resource["Properties"]
        for name, resource in stack["Resources"].items()
        if resource["Type"] == kind
    }


def folder(name):
    """`PlanRestore` as its folder is called: `plan-restore`."""
    return "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in name)[1:]


def test_the_functions_are_the_steps_and_what_is_around_them(stack):
    assert of_type(stack, "AWS::Serverless::Function").keys() == MAY.keys()


@pytest.mark.parametrize("name", MAY)
def test_a_function_is_built_from_its_folder(stack, name):
    function = of_type(stack, "AWS::Serverless::Function")[name]

    assert function["CodeUri"] == f"../target/lambda/{folder(name)}/"
    assert (INFRA.parent / "functions" / folder(name) / "Cargo.toml").is_file()


@pytest.mark.parametrize("name", MAY)
def test_a_function_runs_on_amazon_linux_2023_and_logs_json(stack, name):
    of_all = stack["Globals"]["Function"]
    function = of_type(stack, "AWS::Serverless::Function")[name]
    # What a function says of itself comes before what is said of all, property by property
    # (SAM, "Globals section of the template").
    logging = of_all["LoggingConfig"] | function.get("LoggingConfig", {})
    whole = of_all | function | {"LoggingConfig": logging}

    assert (whole["Runtime"], whole["Handler"]) == ("provided.al2023", "bootstrap")
    assert whole["Architectures"] == [{"Ref": "Architecture"}]
    assert whole["LoggingConfig"]["LogFormat"] == "JSON"


def test_the_architecture_is_arm64_unless_the_other_is_asked_for(stack):
    parameter = stack["Parameters"]["Architecture"]

    assert (parameter["Default"], parameter["AllowedValues"]) == ("arm64", ["arm64", "x86_64"])


@pytest.mark.parametrize("name", MAY)
def test_a_function_may_do_what_its_work_takes_and_nothing_else(stack, name):
    function = of_type(stack, "AWS::Serverless::Function")[name]

    assert function["Policies"] == MAY[name]
    assert "Role" not in function


@pytest.mark.parametrize(
    ("output", "role"), [("SourceRoleTrust", SOURCE), ("TargetRoleTrust", TARGET)]
)
def test_a_member_role_is_told_to_trust_exactly_who_assumes_it(stack, output, role):
    separator, told = stack["Outputs"][output]["Value"]["Join"]

    assert separator == ","
    assert told == [{"GetAtt": f"{name}Role.Arn"} for name, roles in MAY.items() if role in roles]


def test_settings_are_recorded_by_roles_that_are_named_and_trust_that_function_alone(stack):
    [statement] = of_type(stack, "AWS::IAM::ManagedPolicy")["AssumeRecordRoles"]["PolicyDocument"][
        "Statement"
    ]

    assert [name for name, roles in MAY.items() if RECORD in roles] == ["RecordSettings"]
    assert stack["Outputs"]["RecordRoleTrust"]["Value"] == {"GetAtt": "RecordSettingsRole.Arn"}
    assert stack["Parameters"]["RecordRoleArns"]["Default"] == ""
    named, nobody = statement["Resource"]["If"][1:]
    assert statement["Resource"]["If"][0] == "NamesRecordRoles"
    assert (statement["Action"], named) == ("sts:AssumeRole", {"Ref": "RecordRoleArns"})
    assert nobody["Sub"].endswith(":role/${AWS::StackName}-no-recording")


def test_the_state_machine_may_invoke_exactly_the_functions(stack):
    policy = of_type(stack, "AWS::IAM::ManagedPolicy")["InvokeFunctions"]["PolicyDocument"]

    assert policy["Statement"] == [
        {
            "Effect": "Allow",
            "Action": "lambda:InvokeFunction",
            "Resource": [{"GetAtt": f"{name}.Arn"} for name in (*STEPS, "RecordDrill")],
        }
    ]


def test_the_conditions_hide_nothing_that_the_control_plane_could_deploy(stack):
    """Each with what it decides; no resource is left out anywhere."""
    assert stack["Conditions"].keys() == {
        "CallsValidationFunctions",  # which functions a policy names
        "CrossesAccounts",  # which roles a policy names
        "DecryptsPlans",  # which keys a policy names
        "ExpiresEvidence",  # whether rules of a bucket are enabled
        "StartsOnAlarms",  # whether a rule is enabled
        "StartsOnHealthEvents",  # whether a rule is enabled
        "StartsOnSchedule",  # whether a rule is enabled
        "HasBucketKey",  # what a bucket is encrypted under, and which keys policies name
        "NamesRecordRoles",  # which roles a policy names
        "ReadsOtherPlans",  # which objects a policy names
        "RecordsSettings",  # whether a rule is enabled
        "RunsCommands",  # which roles a policy names
        "RunsLocally",  # whether functions are told of an endpoint
    }
    assert [name for name, it in stack["Resources"].items() if "Condition" in it] == []


def test_an_endpoint_is_set_only_where_one_is_given(stack):
    variables = stack["Globals"]["Function"]["Environment"]["Variables"]

    assert variables == {
        "AWS_ENDPOINT_URL": {
            "If": ["RunsLocally", {"Ref": "LocalEndpointUrl"}, {"Ref": "AWS::NoValue"}]
        }
    }
    assert stack["Parameters"]["LocalEndpointUrl"]["Default"] == ""


def test_every_end_but_success_starts_the_clean_up(stack):
    rule = of_type(stack, "AWS::Events::Rule")["RestoreEnded"]
    detail = rule["EventPattern"]["detail"]

    assert detail["stateMachineArn"] == [{"Ref": "Restore"}]
    # BC:stepfunctions.ExecutionStatus, less RUNNING, SUCCEEDED and what only redrive leads to.
    assert detail["status"] == ["ABORTED", "FAILED", "TIMED_OUT"]
    [target] = rule["Targets"]
    assert target["Arn"] == {"Ref": "CleanUpAfterRestore"}
    # DescribeExecution, which the clean-up asks, may say for a while that it still runs.
    template = target["InputTransformer"]["InputTemplate"]
    assert template == '{"executionArn": <executionArn>, "waitForItsEnd": true}'
    assert target["DeadLetterConfig"] == {"Arn": {"GetAtt": "UndeliveredEvents.Arn"}}


def test_every_start_and_every_end_is_announced(stack):
    rule = of_type(stack, "AWS::Events::Rule")["RestoreStatusChanged"]
    detail = rule["EventPattern"]["detail"]

    assert detail["stateMachineArn"] == [{"Ref": "Restore"}]
    # BC:stepfunctions.ExecutionStatus, less what only redrive leads to.
    assert detail["status"] == ["RUNNING", "SUCCEEDED", "FAILED", "ABORTED", "TIMED_OUT"]
    [target] = rule["Targets"]
    assert target["Arn"] == {"Ref": "AnnounceRestore"}
    assert target["DeadLetterConfig"] == {"Arn": {"GetAtt": "UndeliveredEvents.Arn"}}


def test_no_event_starts_anything_unless_a_parameter_says_so(stack):
    events = of_type(stack, "AWS::Serverless::Function")["StartRestore"]["Events"]

    assert stack["Parameters"]["StartOnRequests"]["Default"] == "DISABLED"
    for parameter in ("StartOnAlarms", "HealthRestore", "ScheduledRestore"):
        assert stack["Parameters"][parameter]["Default"] == ""
    states = {name: event["Properties"]["State"] for name, event in events.items()}
    assert states == {
        "Requested": {"Ref": "StartOnRequests"},
        "AlarmWentOff": {"If": ["StartsOnAlarms", "ENABLED", "DISABLED"]},
        "HealthIssue": {"If": ["StartsOnHealthEvents", "ENABLED", "DISABLED"]},
        "Scheduled": {"If": ["StartsOnSchedule", "ENABLED", "DISABLED"]},
    }


def test_what_cannot_be_started_is_kept_and_told(stack):
    function = of_type(stack, "AWS::Serverless::Function")["StartRestore"]
    kept = {"GetAtt": "FailedStarts.Arn"}

    failures = function["EventInvokeConfig"]["DestinationConfig"]["OnFailure"]
    assert failures == {"Type": "SQS", "Destination": kept}
    for event in function["Events"].values():
        assert event["Properties"]["DeadLetterConfig"] == {"Arn": kept}
    alarm = of_type(stack, "AWS::CloudWatch::Alarm")["AStartHasFailed"]
    assert alarm["Dimensions"] == [
        {"Name": "QueueName", "Value": {"GetAtt": "FailedStarts.QueueName"}}
    ]
    assert alarm["AlarmActions"] == [{"Ref": "News"}]


def test_settings_are_recorded_where_a_parameter_says_so_and_what_is_not_is_told(stack):
    function = of_type(stack, "AWS::Serverless::Function")["RecordSettings"]
    kept = {"GetAtt": "UnrecordedSettings.Arn"}

    assert stack["Parameters"]["RecordSettingsOf"]["Default"] == ""
    due = function["Events"]["Due"]["Properties"]
    assert due["State"] == {"If": ["RecordsSettings", "ENABLED", "DISABLED"]}
    assert due["DeadLetterConfig"] == {"Arn": kept}
    failures = function["EventInvokeConfig"]["DestinationConfig"]["OnFailure"]
    assert failures == {"Type": "SQS", "Destination": kept}
    alarm = of_type(stack, "AWS::CloudWatch::Alarm")["SettingsAreNotRecorded"]
    assert alarm["Dimensions"] == [
        {"Name": "QueueName", "Value": {"GetAtt": "UnrecordedSettings.QueueName"}}
    ]
    assert alarm["AlarmActions"] == [{"Ref": "News"}]


@pytest.mark.parametrize(
    ("policy", "actions"),
    [("ReadRecords", "s3:GetObject"), ("WriteRecords", ["s3:GetObject", "s3:PutObject"])],
)
def test_records_are_all_that_their_reader_and_their_writer_see_of_the_bucket(
    stack, policy, actions
):
    document = of_type(stack, "AWS::IAM::ManagedPolicy")[policy]["PolicyDocument"]
    objects, bucket = document["Statement"]

    assert objects["Action"] == actions
    assert objects["Resource"] == {"Sub": "${Recoveries.Arn}/settings/*"}
    assert bucket["Action"] == "s3:ListBucket"
    assert bucket["Condition"] == {"StringLike": {"s3:prefix": "settings/*"}}


def test_what_a_drill_may_call_is_named_and_nothing_where_nothing_is(stack):
    policies = of_type(stack, "AWS::IAM::ManagedPolicy")

    assert stack["Parameters"]["ValidationFunctionArns"]["Default"] == ""
    assert stack["Parameters"]["CommandRoleArns"]["Default"] == ""
    calls, roles = policies["CheckDrills"]["PolicyDocument"]["Statement"]
    assert (calls["Action"], roles["Action"]) == ("lambda:InvokeFunction", "sts:AssumeRole")
    named = {"Ref": "ValidationFunctionArns"}
    assert calls["Resource"]["If"][:2] == ["CallsValidationFunctions", named]
    assert roles["Resource"]["If"][:2] == ["RunsCommands", {"Ref": "CommandRoleArns"}]


def test_evidence_is_all_that_the_function_sees_of_the_bucket(stack):
    read, write = of_type(stack, "AWS::IAM::ManagedPolicy")["KeepEvidence"]["PolicyDocument"][
        "Statement"
    ]

    assert (read["Action"], write["Action"]) == ("s3:GetObject", "s3:PutObject")
    assert read["Resource"] == write["Resource"] == {"Sub": "${Recoveries.Arn}/drills/*"}
    # What is there already it may not write over.
    assert write["Condition"] == {"Null": {"s3:if-none-match": "false"}}


def test_the_state_machines_may_hold_leases_and_look_at_their_own_executions(stack):
    policy = of_type(stack, "AWS::IAM::ManagedPolicy")["HoldLeases"]["PolicyDocument"]
    leases, executions = policy["Statement"]

    assert leases["Resource"] == {"GetAtt": "Leases.Arn"}
    assert leases["Action"] == ["dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:UpdateItem"]
    assert executions["Action"] == "states:DescribeExecution"
    machines = of_type(stack, "AWS::Serverless::StateMachine").values()
    holders = [it for it in machines if it["Role"] == {"GetAtt": "RestoreRole.Arn"}]
    assert len(executions["Resource"]) == len(holders) == 2


def test_a_clean_up_that_is_handed_over_may_be_started_and_no_other_execution(stack):
    [statement] = of_type(stack, "AWS::IAM::ManagedPolicy")["HandOverCleanUp"]["PolicyDocument"][
        "Statement"
    ]
    machines = of_type(stack, "AWS::Serverless::StateMachine")

    assert statement["Action"] == "states:StartExecution"
    name = machines["CleanUpAfterRestore"]["Name"]["Sub"]
    assert statement["Resource"]["Sub"].endswith(f":stateMachine:{name}")
    substituted = machines["Restore"]["DefinitionSubstitutions"]["CleanUpStateMachine"]
    assert substituted == {"Ref": "CleanUpAfterRestore"}
    role = stack["Resources"]["RestoreRole"]["Properties"]
    assert {"Ref": "HandOverCleanUp"} in role["ManagedPolicyArns"]


def test_the_clean_up_waits_longer_than_any_function_runs(stack):
    definition = json.loads((INFRA.parent / "statemachine" / "clean-up.asl.json").read_text())

    wait = definition["States"]["Let its last function end"]["Seconds"]
    assert wait > stack["Globals"]["Function"]["Timeout"]
