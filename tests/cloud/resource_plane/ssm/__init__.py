"""Systems Manager: commands that are run in instances, and the instances that can run them.

moto runs every command of every document in every instance, at once and with success. Here

* `nodes` says which instances are managed nodes, by `agents` and `network`; `host_management` is
  what makes them so without a profile;
* `documents` finds the document that a command is of, and reads its parameters;
* `sending` and `invocations` are SendCommand and what becomes of it in each instance;
* `access` says what a caller has to be allowed;
* `constraints` refuses values that the API model does not admit.

Work that a test may set the duration of, or have fail (see `steering`). An ordered ending matches
by `account`, `region`, `instance`, `tag:KEY` (the value of a tag of the instance) and:

| kind | further facts | states it may be told to end in |
| --- | --- | --- |
| `ssm-agent` (from each boot) | | `absent`: no agent runs in the instance until its next boot |
| `ssm-command` | `command` (its id), `document` | those of `invocations.ENDINGS` |

`Success` has what the command wrote to standard output as its message, `Failed` its exit code and
what it wrote to standard error: "3: no such table". The consistency `commands` is how long after
SendCommand its invocations are not there yet.
"""

from resource_plane.ssm import (
    access,
    constraints,
    host_management,
    invocations,
    sending,
    serving,
)

__all__ = ["access", "constraints", "host_management", "invocations", "sending", "serving"]
