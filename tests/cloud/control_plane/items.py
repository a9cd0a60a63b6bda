"""A conditional write is one: what its condition holds of an item is so when the item is written.

Its condition "must be satisfied in order for a conditional update to succeed"
(BC:dynamodb.UpdateItemInput.ConditionExpression): of several that ask at once that nobody has
written yet, one succeeds. ministack looks at the item and writes it as two steps; executions are
threads there, so that two of them could both take the same lease.
"""

import functools
import threading

from ministack.services import dynamodb

OF_ITEMS = (
    "_put_item",
    "_get_item",
    "_delete_item",
    "_update_item",
    "_query",
    "_scan",
    "_batch_write_item",
    "_batch_get_item",
    "_transact_write_items",
    "_transact_get_items",
    "_execute_statement",
    "_batch_execute_statement",
    "_execute_transaction",
)

_serving = threading.RLock()
"""Held while items are read or written; a batch writes them by the same functions."""


def mend() -> None:
    """Serves one operation on items at a time."""
    for name in OF_ITEMS:
        setattr(dynamodb, name, _in_turn(getattr(dynamodb, name)))


def _in_turn(operation):
    @functools.wraps(operation)
    def operation_in_turn(*args, **kwargs):
        with _serving:
            return operation(*args, **kwargs)

    return operation_in_turn
