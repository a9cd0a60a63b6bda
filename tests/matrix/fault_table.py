"""The fault matrix as it is printed: call, class, outcome."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from matrix.fault_answers import KINDS, Answer
from matrix.fault_cases import Sites, paths_of
from matrix.fault_expected import RESTORED
from matrix.fault_outcomes import rule
from matrix.fault_run import Refusal, Result
from matrix.fault_sites import Site

LEGEND = (
    "cells: refused once / forever; ok: restored as asked; ok*: restored, what is left is told; "
    "else the name it fails by; '=': by the same path as another cell of its call; "
    "'!': not as it has to be; '.': not in this sample"
)

Cell = tuple[Site, Answer]


def table(sites: Sites, results: Iterable[Result]) -> Iterator[str]:
    """One line for each call and kind of answer."""
    shown = _shown(results)
    for heading, of in (("", sites.own), ("after a failure, ", sites.own_failed)):
        function = None
        for site in of:
            if site.function != function:
                function = site.function
                yield f"{heading}{function}"
            yield f"  {site}"
            yield from _row(site, shown)


def _row(site: Site, shown: dict[Cell, dict[str, str]]) -> Iterator[str]:
    cells = []
    for path, answers in paths_of(site).items():
        tried = any((site, answer) in shown for answer in answers)
        for answer in sorted(answers, key=lambda it: KINDS.index(it.kind)):
            cell = shown.get((site, answer))
            once, forever = (_short(it.status) for it in _ends(site, answer))
            if cell:
                ends = "/".join(cell.get(often, "=") for often in ("once", "forever"))
            else:
                ends = f"{once}/{forever} =" if tried else "."
            cells.append((answer.kind, f"{answer.kind} {answer.code}: {ends} [{path}]"))
    cells.sort(key=lambda it: KINDS.index(it[0]))
    yield from (f"    {words}" for _, words in cells)


def _ends(site: Site, answer: Answer) -> tuple:
    found = rule(site, answer)
    return found.once, found.forever


def _shown(results: Iterable[Result]) -> dict[Cell, dict[str, str]]:
    """What was seen of each cell that was tried."""
    shown: dict[Cell, dict[str, str]] = defaultdict(dict)
    for result in results:
        for refusal in result.fault.reports:
            cell = shown[refusal.site, refusal.answer]
            word = _word(result)
            cell[_often(refusal)] = word
            if refusal.times is None and _met_once(result, refusal):
                # Then it is the same restore as one that is refused once.
                cell.setdefault("once", word)
    return shown


def _often(refusal: Refusal) -> str:
    return "forever" if refusal.times is None else "once"


def _met_once(result: Result, refusal: Refusal) -> bool:
    counts = dict(zip(result.fault.refusals, result.fired, strict=False))
    return counts.get(refusal) == 1


def _word(result: Result) -> str:
    word = _short(result.fault.expected.status) + ("*" if result.left else "")
    return f"{word}!" if result.problems else word


def _short(status: str) -> str:
    return "ok" if status == RESTORED else status


def counts(results: Iterable[Result]) -> str:
    """How many restores and refusals, and how many of them as they have to be."""
    results = list(results)
    good = sum(not it.problems for it in results)
    refusals = [(it, not result.problems) for result in results for it in result.fault.reports]
    met = Counter(_often(it) for it, _ in refusals)
    return (
        f"{len(results)} restores, {good} as they have to be; refusals: {met['once']} once, "
        f"{met['forever']} forever, {sum(ok for _, ok in refusals)} of {len(refusals)} as expected"
    )
