"""The live view: a line for each finished task, and under them the one that is under way."""

from __future__ import annotations

import os
import shutil
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol, TextIO

from restore.narrative import Chapter, Narrative

WIDTH = 80
"""What the lines fit into, and less where the terminal is narrower."""
BAR = 12
GREEN, RED, CYAN = 32, 31, 36
ERASE_BELOW = "\r\x1b[J"
ONE_UP = "\x1b[1A"
HOUR = timedelta(hours=1)


def _now() -> datetime:
    return datetime.now(UTC)


class Lasting(Protocol):
    """What lasts for a while."""

    @property
    def began(self) -> datetime | None:
        """When it began, if it has."""

    @property
    def ended(self) -> datetime | None:
        """When it ended, if it has."""


@dataclass
class Live:
    """Shows a narrative on `stream`.

    On a terminal the task under way is rewritten in place; elsewhere a plain line is written
    whenever there is something new to say of it.
    """

    stream: TextIO
    is_terminal: bool
    colour: bool
    width: int = WIDTH
    now: Callable[[], datetime] = _now
    """Until when what has not ended has lasted."""
    _finished: int = 0
    """How many chapters have their last line."""
    _said: tuple[str, str] = ("", "")
    """What the last plain line said, and of which task."""
    _shown: int = 0

    @classmethod
    def on(cls, stream: TextIO) -> Live:
        """The view that fits the stream and the environment (https://no-color.org)."""
        is_terminal = stream.isatty() and os.environ.get("TERM") != "dumb"
        columns = shutil.get_terminal_size((WIDTH, 24)).columns
        return cls(
            stream,
            is_terminal,
            colour=is_terminal and not os.environ.get("NO_COLOR"),
            width=min(WIDTH, columns),
        )

    def show(self, narrative: Narrative) -> None:
        """Writes what is new since it was last shown."""
        self._shown += 1
        for chapter in narrative.chapters[self._finished :]:
            if not chapter.is_over:
                self._under_way(chapter, narrative.state or chapter.state)
                break
            self._finish(chapter)
        self.stream.flush()

    def _finish(self, chapter: Chapter) -> None:
        self._finished += 1
        mark, colour = ("x", RED) if chapter.error else ("+", GREEN)
        looks = f"{chapter.turns} looks, " if chapter.turns > 1 else ""
        self._write(self._line(mark, chapter.state, f"{looks}{self._took(chapter)}", colour))
        if chapter.error:
            self._write(self._wrapped(chapter.error))

    def _under_way(self, chapter: Chapter, state: str) -> None:
        right = f"{_percent(chapter, bar=self.is_terminal)}{self._took(chapter)}"
        if self.is_terminal:
            line = self._line("|/-\\"[self._shown % 4], state, right, CYAN)
            words = self._cut(f"      {chapter.waiting_for}")
            self.stream.write(f"{ERASE_BELOW}{line}\n{words}\r{ONE_UP}")
            return
        news = (chapter.state, f"{chapter.waiting_for}{chapter.percent}")
        if news != self._said:
            self._said = news
            self._write(self._line("-", state, right, CYAN))
            if chapter.waiting_for:
                self._write(self._wrapped(chapter.waiting_for))

    def _write(self, text: str) -> None:
        self.stream.write(f"{ERASE_BELOW if self.is_terminal else ''}{text}\n")

    def _line(self, mark: str, left: str, right: str, colour: int) -> str:
        room = max(self.width - len(right) - 5, 0)
        text = f"{left if len(left) <= room else left[: room - 1] + '…':<{room}}"
        mark = f"\x1b[{colour}m{mark}\x1b[0m" if self.colour else mark
        return f"  {mark} {text} {right}"

    def _took(self, told: Lasting) -> str:
        """How long it has lasted: in seconds, and from an hour on in hours and minutes."""
        if told.began is None:
            return ""
        took = max((told.ended or self.now()) - told.began, timedelta())
        if took < HOUR:
            return f"{took.total_seconds():.1f} s"
        return f"{took // HOUR}:{took % HOUR // timedelta(minutes=1):02} h"

    def _wrapped(self, text: str) -> str:
        return textwrap.indent("\n".join(textwrap.wrap(text, self.width - 6)), " " * 6)

    def _cut(self, text: str) -> str:
        return text if len(text) <= self.width else f"{text[: self.width - 1]}…"


def _percent(chapter: Chapter, bar: bool) -> str:
    if chapter.percent is None:
        return ""
    done = round(BAR * chapter.percent / 100)
    drawn = f"[{'#' * done}{'.' * (BAR - done)}] " if bar else ""
    return f"{drawn}{chapter.percent:.0f} %  "
