"""The live view: one line per task, the last one rewritten while a terminal shows it."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TextIO

from restore.narrative import Chapter, Narrative

WIDTH = 80
"""What the lines fit into, where the terminal is not narrower."""
BAR = 12


@dataclass
class Live:
    """Shows a narrative on `stream`: rewriting on a terminal, plain lines elsewhere."""

    stream: TextIO
    is_terminal: bool
    colour: bool
    width: int = WIDTH
    _written: int = 0
    """How many chapters have their final line."""
    _last_plain: str = ""
    _turn: int = field(default=0)

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
        """Writes what is new: a line for each finished task, then the one under way."""
        self._turn += 1
        for chapter in narrative.chapters[self._written :]:
            if not chapter.is_over:
                break
            self._finish(chapter)
        if narrative.end:
            return
        current = narrative.current
        if current and not current.is_over:
            self._under_way(current, narrative.state or current.state)

    def _finish(self, chapter: Chapter) -> None:
        self._written += 1
        mark, colour = ("x", 31) if chapter.error else ("+", 32)
        took = ((chapter.ended or chapter.began) - chapter.began).total_seconds()
        turns = f"{chapter.turns} looks, " if chapter.turns > 1 else ""
        self._line(mark, chapter.state, f"{turns}{took:.1f} s", colour)
        if chapter.error:
            self._note(chapter.error)

    def _under_way(self, chapter: Chapter, state: str) -> None:
        elapsed = (datetime.now(UTC) - chapter.began).total_seconds()
        progress = self._progress(chapter)
        if self.is_terminal:
            mark = "|/-\\"[self._turn % 4]
            text = self._fit(mark, state, f"{progress}{max(0.0, elapsed):.1f} s")
            self.stream.write(f"\r\x1b[2K{self._coloured(text, 36)}")
            self.stream.flush()
            return
        plain = f"{state}{progress}"
        if plain != self._last_plain:
            self._last_plain = plain
            self._line("-", state, f"{progress}{max(0.0, elapsed):.1f} s", 36)

    def _progress(self, chapter: Chapter) -> str:
        """What is waited for, and how much of it is done."""
        parts = []
        if chapter.waiting_for:
            named = chapter.waiting_for[0].rsplit("/", 1)[-1].rsplit(":", 1)[-1]
            more = len(chapter.waiting_for) - 1
            parts.append(f"{named[-24:]} and {more} more" if more else named[-24:])
        if chapter.percent is not None:
            if self.is_terminal:
                done = round(BAR * chapter.percent / 100)
                parts.append(f"[{'#' * done}{'.' * (BAR - done)}]")
            parts.append(f"{chapter.percent:.0f} %")
        return " ".join(parts) + "  " if parts else ""

    def _line(self, mark: str, left: str, right: str, colour: int) -> None:
        erase = "\r\x1b[2K" if self.is_terminal else ""
        self.stream.write(f"{erase}{self._coloured(self._fit(mark, left, right), colour)}\n")
        self.stream.flush()

    def _note(self, text: str) -> None:
        for start in range(0, len(text), self.width - 6):
            self.stream.write(f"      {text[start : start + self.width - 6]}\n")
        self.stream.flush()

    def _fit(self, mark: str, left: str, right: str) -> str:
        room = self.width - 4 - len(right)
        if room < 12:
            right = right[-(self.width - 16) :]
            room = self.width - 4 - len(right)
        shown = left if len(left) < room else f"{left[: room - 2]}…"
        return f"  {mark} {shown:<{room - 1}}{right}"

    def _coloured(self, text: str, colour: int) -> str:
        if not self.colour:
            return text
        return f"{text[:2]}\x1b[{colour}m{text[2]}\x1b[0m{text[3:]}"
