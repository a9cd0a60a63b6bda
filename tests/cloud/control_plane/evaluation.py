"""An expression runs out of time by its own work alone, however busy the machine is.

Step Functions ends an expression that does not come to its end with `States.QueryEvaluationError`.
ministack gives each a second on the clock on the wall, which goes on while a hundred other
executions, of which only one runs at a time here, have their turns. Counted is the time that its
own thread has worked.
"""

import time

from jsonata.timebox import Timebox


def mend() -> None:
    """Reads another clock."""
    Timebox.current_milli_time = staticmethod(lambda: round(time.thread_time() * 1000))
