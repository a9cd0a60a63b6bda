"""What recoveries and announcements may do is what AWS asks for, statement by statement.

No local control plane holds the role of a state machine against the services that its tasks call
(but for functions and Systems Manager): here the documents are held against what AWS documents.
"""

import json

import pytest
from cloudformation import INFRA, as_list, template

STATES = "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}"
EVENTS = "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}"
MANAGED_RULE = "StepFunctionsGetEventsForStepFunctionsExecutionRule"

RUN_RECOVERIES = [
    # Its one function.
    (["lambda:InvokeFunction"], [{"GetAtt": "Recover.Arn"}]),
    # The lease of a recovery is taken, read and given back.
    (
        ["dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:UpdateItem"],
        [{"GetAtt": "Leases.Arn"}],
    ),
    # SFN/stepfunctions-iam: "states:StartExecution" on the state machine that is started.
    # SFN/iam-policies-eg-dist-map: and on that which has the distributed Map, itself.
    (
        ["states:StartExecution"],
        [
            {"Ref": "Restore"},
            {"Sub": f"{STATES}:stateMachine:${{AWS::StackName}}-recovery"},
            {"Ref": "AnnounceRestore"},
        ],
    ),
    # SFN/stepfunctions-iam, "Synchronous": "states:DescribeExecution", "states:StopExecution" on
    # "execution:[[stateMachineName]]:*". SFN/iam-policies-eg-dist-map: the same of the state
    # machine that has the Map; a child's ARN has the label of its Map Run behind a slash.
    (
        ["states:DescribeExecution", "states:StopExecution"],
        [
            {"Sub": f"{STATES}:execution:${{AWS::StackName}}:*"},
            {"Sub": f"{STATES}:execution:${{AWS::StackName}}-recovery:*"},
            {"Sub": f"{STATES}:execution:${{AWS::StackName}}-recovery/*"},
        ],
    ),
    # SFN/stepfunctions-iam, "Synchronous": the rule by which Step Functions hears of the end.
    (
        ["events:PutTargets", "events:PutRule", "events:DescribeRule"],
        [{"Sub": f"{EVENTS}:rule/{MANAGED_RULE}"}],
    ),
    # SFN/iam-policies-eg-dist-map: "s3:GetObject" of an ItemReader; of a ResultWriter these four.
    (
        ["s3:GetObject", "s3:PutObject", "s3:ListMultipartUploadParts", "s3:AbortMultipartUpload"],
        [{"Sub": "${Recoveries.Arn}/recoveries/*"}],
    ),
]

ANNOUNCE = [
    # SFN/connect-eventbridge: "events:PutEvents" on the bus; no entry names any but the default.
    (["events:PutEvents"], [{"Sub": f"{EVENTS}:event-bus/default"}]),
    # SFN/connect-sns: "sns:Publish" on the topic.
    (["sns:Publish"], [{"Ref": "News"}]),
]

START_CLEAN_UP = [
    # EB/eb-use-identity-based, "Step Functions target": "states:StartExecution" by the role of a
    # rule's target.
    (["states:StartExecution"], [{"Ref": "CleanUpAfterRestore"}, {"Ref": "AnnounceRestore"}]),
]


@pytest.fixture(scope="module")
def resources():
    return template("template")["Resources"]


def statements(resources, policy):
    """The actions and resources of each statement of a policy that only allows."""
    document = resources[policy]["Properties"]["PolicyDocument"]
    assert document["Version"] == "2012-10-17"
    for it in document["Statement"]:
        assert it.keys() == {"Effect", "Action", "Resource"}
        assert it["Effect"] == "Allow"
    return [(as_list(it["Action"]), as_list(it["Resource"])) for it in document["Statement"]]


@pytest.mark.parametrize(
    ("policy", "wanted"),
    [
        ("RunRecoveries", RUN_RECOVERIES),
        ("Announce", ANNOUNCE),
        ("StartCleanUp", START_CLEAN_UP),
    ],
)
def test_a_policy_is_what_aws_asks_for_and_nothing_else(resources, policy, wanted):
    assert statements(resources, policy) == wanted


@pytest.mark.parametrize(
    ("role", "service", "policies"),
    [
        (
            "RecoveryRole",
            "states",
            [
                "RunRecoveries",
                "DecryptFromBucket",
                "EncryptIntoBucket",
                "Announce",
                "ReportExecutions",
            ],
        ),
        ("AnnounceRole", "states", ["Announce", "LookAtWhatEnded", "ReportExecutions"]),
        ("RestoreEndedRole", "events", ["StartCleanUp"]),
    ],
)
def test_a_role_has_its_policies_and_is_assumed_by_its_service_alone(
    resources, role, service, policies
):
    properties = resources[role]["Properties"]
    [trusted] = properties["AssumeRolePolicyDocument"]["Statement"]

    assert properties["ManagedPolicyArns"] == [{"Ref": it} for it in policies]
    assert trusted["Principal"] == {"Service": f"{service}.amazonaws.com"}
    assert trusted["Action"] == "sts:AssumeRole"


@pytest.mark.parametrize(
    ("machine", "role"),
    [
        ("Recovery", {"GetAtt": "RecoveryRole.Arn"}),
        ("AnnounceRestore", {"GetAtt": "AnnounceRole.Arn"}),
    ],
)
def test_a_machine_works_by_its_role_and_calls_no_service_that_the_role_may_not(
    resources, machine, role
):
    properties = resources[machine]["Properties"]
    held = [
        it["Ref"]
        for it in resources[role["GetAtt"].split(".")[0]]["Properties"]["ManagedPolicyArns"]
    ]
    may = {action for it in held for action in actions(resources, it)}

    assert properties["Role"] == role
    assert {called(properties, it) for it in resources_of_tasks(properties)} - may == set()


def actions(resources, policy):
    """The actions that a policy allows on anything."""
    document = resources[policy]["Properties"]["PolicyDocument"]
    return {action for it in document["Statement"] for action in as_list(it["Action"])}


def resources_of_tasks(properties):
    """What the tasks, readers and writers of a definition name as their resource."""
    source = (INFRA / properties["DefinitionUri"]).resolve().read_text()
    found = []

    def each(it):
        if isinstance(it, dict):
            found.extend([it["Resource"]] if "Resource" in it else [])
            for inner in it.values():
                each(inner)
        elif isinstance(it, list):
            for inner in it:
                each(inner)

    each(json.loads(source))
    return set(found)


SERVICES = {"sfn": "states"}
"""SDK services whose actions have another prefix (SFN/supported-services-awssdk)."""


def called(properties, resource):
    """The IAM action of what a task names: a function, or an API of a service."""
    stands_for = properties["DefinitionSubstitutions"][
        resource.removeprefix("${").removesuffix("}")
    ]
    if "GetAtt" in stands_for:
        return "lambda:InvokeFunction"
    service, action = stands_for["Sub"].split(":::")[1].removeprefix("aws-sdk:").split(":")[:2]
    action = action.split(".")[0]
    return f"{SERVICES.get(service, service)}:{action[0].upper()}{action[1:]}"
