"""The live view of a recovery: a line for each wave, under one for the preflight."""

from __future__ import annotations

from dataclasses import dataclass, field

from restore.live import BAR, CYAN, ERASE_BELOW, GREEN, RED, Live

from recovery.progress import Progress, Stage

NAME = 14

MANY = 100
"""Restores whose numbers take the room of a bar."""


@dataclass
class LiveWaves(Live):
    """Shows how far a recovery is.

    On a terminal all its lines are rewritten in place; elsewhere a stage has a line when it begins,
    when another tenth of it is done or another restore has failed, and when it is over.
    """

    _lines: int = 0
    """How many there are above the cursor to rewrite."""
    _told: dict[str, object] = field(default_factory=dict)

    def show(self, narrative: Progress) -> None:
        """Writes how far it is, if that is news."""
        self._shown += 1
        if self.is_terminal:
            lines = [self._stage(it) for it in narrative.stages]
            up = f"\x1b[{self._lines}A" if self._lines else ""
            self.stream.write(up + ERASE_BELOW + "".join(f"{line}\n" for line in lines))
            self._lines = len(lines)
        else:
            for stage in narrative.stages:
                tenths = stage.done * 10 // max(stage.restores, 1)
                news = (tenths, stage.failed, stage.is_over)
                if stage.began and self._told.get(stage.name) != news:
                    self._told[stage.name] = news
                    self.stream.write(f"{self._stage(stage)}\n")
        self.stream.flush()

    def _stage(self, stage: Stage) -> str:
        return self._line(self._mark(stage), _words(stage), self._took(stage), _colour(stage))

    def _mark(self, stage: Stage) -> str:
        if stage.is_over:
            return "x" if _colour(stage) == RED else "+"
        if not stage.began:
            return "."
        return "|/-\\"[self._shown % 4] if self.is_terminal else "-"


def _colour(stage: Stage) -> int:
    if stage.failed or (stage.is_over and stage.done < stage.restores):
        return RED
    return GREEN if stage.is_over else CYAN


def _words(stage: Stage) -> str:
    done = round(BAR * stage.done / max(stage.restores, 1))
    bar = f"[{'#' * done}{'.' * (BAR - done)}] " if stage.restores < MANY else ""
    waiting = stage.restores - stage.done - stage.running
    counts = {
        "not begun" if stage.is_over else "waiting": waiting,
        "running": stage.running,
        "succeeded": stage.succeeded,
        "failed": stage.failed,
    }
    told = ", ".join(f"{count} {what}" for what, count in counts.items() if count)
    return f"{stage.name:<{NAME}} {bar}{told}"
