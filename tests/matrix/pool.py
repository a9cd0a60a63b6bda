"""Working off cases on all worlds at once."""

from __future__ import annotations

import threading
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

from local_aws.layout import LOCAL

from matrix.case import Case, Outcome, run
from matrix.world import World


def run_all(
    worlds: Iterable[World], cases: Iterable[Case], one: Callable[[World, Case], Outcome] = run
) -> list[Outcome]:
    """The outcomes of all cases, in their order."""
    worlds, cases = list(worlds), list(cases)
    pending = Pending(cases)

    def work(world: World) -> list[tuple[int, Outcome]]:
        done, flow = [], None
        while (index := pending.take(flow)) is not None:
            flow = cases[index].flow
            outcome = one(world, cases[index])
            note(f"{outcome.seconds:5.1f} s  {outcome}")
            done.append((index, outcome))
        return done

    with ThreadPoolExecutor(len(worlds)) as pool:
        done = [it for of_one in pool.map(work, worlds) for it in of_one]
    return [outcome for _, outcome in sorted(done, key=lambda it: it[0])]


def note(line: str) -> None:
    """Writes how far it is into `.local/matrix.log`: pytest says nothing until all is done."""
    LOCAL.mkdir(exist_ok=True)
    with (LOCAL / "matrix.log").open("a") as log:
        log.write(f"{time.strftime('%H:%M:%S')} {line}\n")


class Pending:
    """Cases that wait for a world, which stays with its flow while there are cases of that."""

    def __init__(self, cases: list[Case]):
        """All wait."""
        self._lock = threading.Lock()
        self._of_flow: dict[str, deque[int]] = defaultdict(deque)
        self._at_work: Counter[str] = Counter()
        for index, case in enumerate(cases):
            self._of_flow[case.flow].append(index)

    def take(self, flow: str | None) -> int | None:
        """The index of the next case for a world that comes from `flow`; None if there is none."""
        with self._lock:
            if flow and self._of_flow[flow]:
                return self._of_flow[flow].popleft()
            self._at_work[flow] -= 1
            waiting = [it for it, cases in self._of_flow.items() if cases]
            if not waiting:
                return None
            most = max(waiting, key=lambda it: len(self._of_flow[it]) / (self._at_work[it] + 1))
            self._at_work[most] += 1
            return self._of_flow[most].popleft()
