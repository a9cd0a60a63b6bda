"""A call: everything known of one request, for the rules that it meets."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from moto.core.model import OperationModel
from moto.core.responses import BaseResponse
from moto.core.utils import get_service_model

from resource_plane.injections import UNDISTURBED, Disturbance
from resource_plane.principal import Caller


@dataclass
class Call:
    """One AWS call, from its arrival to its answer."""

    service: str
    action: str
    region: str
    params: dict[str, Any]
    response: BaseResponse
    """moto's response object, which holds the request and reaches moto's backends."""
    access_key_id: str = ""
    """Of the credentials that the request was signed with."""
    caller: Caller | None = None
    disturbance: Disturbance = UNDISTURBED
    """What a test has injected into it."""
    resources: list[str] = field(default_factory=list)
    """ARNs that the call was authorised on; a rule may add those it finds out later."""
    found: dict[str, Any] = field(default_factory=dict)
    """What one rule has found out and another of the same service wants to know."""
    asked: dict[str, Any] = field(init=False)
    """The parameters as the request had them, whatever rules set later."""

    def __post_init__(self) -> None:
        """Keeps what was asked."""
        self.asked = dict(self.params)

    @property
    def account(self) -> str:
        """The account that the call works in: its caller's."""
        if self.caller is None:
            raise LookupError("the caller is not known yet")
        return self.caller.account

    @property
    def operation(self) -> str:
        """The action as policies name it, such as `ec2:CreateVolume`."""
        return f"{self.service}:{self.action}"

    @property
    def operation_model(self) -> OperationModel:
        """The API model of the operation."""
        return get_service_model(self.service).operation_model(self.action)

    def set_param(self, name: str, value: Any) -> None:
        """Gives moto's handler another value of a parameter."""
        self.params[name] = value
        if self.response.automated_parameter_parsing:
            self.response.params[name] = value
        else:
            self.response.body = json.dumps(self.params)

    def drop_param(self, name: str) -> None:
        """Keeps a parameter from moto's handler."""
        self.params.pop(name, None)
        if self.response.automated_parameter_parsing:
            self.response.params.pop(name, None)
        else:
            self.response.body = json.dumps(self.params)
