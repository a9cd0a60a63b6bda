"""Errors that AWS answers with."""

from __future__ import annotations

from moto.core.exceptions import ServiceException


class AwsError(ServiceException):
    """An error with AWS's own code and message, put on the wire in the protocol of the call.

    `code` is the wire code (`DBSnapshotNotFound`) or the name of the exception's shape in the API
    model (`DBSnapshotNotFoundFault`): the model knows both. `status` is the HTTP status; left out,
    it is the one that the model gives for the code, else 400.
    """

    def __init__(self, code: str, message: str, status: int | None = None) -> None:
        """Takes the code, the message and, where the model has none, the status."""
        super().__init__(code, message)
        self.status = status

    def __str__(self) -> str:
        """Nothing where there is no message: moto tells this in the place of one."""
        return f"{self.code}: {self.message}" if self.message else ""
