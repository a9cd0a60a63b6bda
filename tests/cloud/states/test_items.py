"""Tasks of several executions that write an item of DynamoDB under a condition at once."""

import uuid

import pytest

AT_ONCE = 12
LARGE = {"L": [{"N": str(number)} for number in range(5000)]}
"""It takes a while to read an item with this: time for others to come between."""


@pytest.fixture
def table(states):
    """The client, and the name of a table with one item that nobody has taken."""
    items = states.session.client("dynamodb", endpoint_url=states.endpoint)
    name = f"test-{uuid.uuid4().hex[:12]}"
    items.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    items.put_item(TableName=name, Item={"id": {"S": "one"}, "large": LARGE})
    return items, name


def test_of_writes_at_once_under_one_condition_one_succeeds(states, table):
    items, name = table
    machine = states.create({"Take": update(name, "attribute_not_exists(holder)")})

    begun = [states.start(machine, {"holder": str(number)}) for number in range(AT_ONCE)]
    ended = [states.ended(execution) for execution in begun]

    succeeded = [number for number, it in enumerate(ended) if it.status == "SUCCEEDED"]
    refused = {it.error for it in ended if it.status != "SUCCEEDED"}
    assert len(succeeded) == 1
    assert refused == {"DynamoDB.ConditionalCheckFailedException"}
    item = items.get_item(TableName=name, Key={"id": {"S": "one"}}, ConsistentRead=True)["Item"]
    assert item["holder"] == {"S": str(succeeded[0])}


def update(table, condition):
    """A Task state that writes who holds the item, under this condition."""
    return {
        "Type": "Task",
        "Resource": "arn:aws:states:::dynamodb:updateItem",
        "Arguments": {
            "TableName": table,
            "Key": {"id": {"S": "one"}},
            "UpdateExpression": "SET holder = :holder",
            "ConditionExpression": condition,
            "ExpressionAttributeValues": {":holder": {"S": "{% $states.input.holder %}"}},
        },
        "End": True,
    }
