"""Read one sentence: classify its numbers, describe its targets, find its commitments without a number and milestones."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from ingest import deadline, milestones, verdict
from ingest.finding import Deliverable, Finding, finding, place
from ingest.language import kind, name, quantities, topic, wordless
from ingest.language.frames import Frame
from ingest.language.quantities import Quantity
from ingest.layout.text import Paragraph

_CLAUSES = re.compile(r"[^，。；！？…|]+")
_OPENING = re.compile(r"[^。：]{0,800}")
_CHILD = re.compile(r"其中")
_REACH, _CLAUSES_BACK, _ROWS_BACK = 800, 40, 100
"""Maximum distance searched before a number: in characters, clauses and findings. Without a limit, time would grow quadratically."""
_PROMISED = frozenset({"target", "unsure"})
_WORDLESS = verdict.Verdict("target", "wordless", "没有数字的承诺（同步、下达任务、方向）", 0.8)


class Sentence(NamedTuple):
    """A sentence in context: paragraph, frame, index of its section, headings above it, the plan's period."""

    paragraph: Paragraph
    frame: Frame
    section: int
    titles: tuple[str, ...]
    period: tuple[date, date]


def read(sentence: Sentence) -> tuple[list[Finding], list[Deliverable]]:
    """Classify every number of a sentence, name and date its targets, and collect what has no number."""
    text, frame = sentence.paragraph.text, sentence.frame
    numbers = quantities.find(text[: frame.end], frame.start)
    around = [verdict.place(text, one, (frame.start, frame.end), frame.kind) for one in numbers]
    judged = [verdict.judge(text, one, each) for one, each in zip(numbers, around, strict=True)]
    promised = [at for at, each in enumerate(judged) if each.kind in _PROMISED]
    targets = [numbers[at] for at in promised]
    starts = [one.start for one in targets]
    owner = topic.of_title(sentence.titles[-1]) if sentence.titles else ""
    names = dict(
        zip(promised, name.sentence(text, [(numbers[at], *around[at].clause) for at in promised], owner), strict=True)
    )
    rows: list[Finding] = []
    for at, (one, each) in enumerate(zip(numbers, judged, strict=True)):
        row = finding(sentence.paragraph, one, sentence.section, each)
        if at in names:
            row = _describe(sentence, row, one, names[at], around[at].clause[1], targets, starts, rows)
            if at and judged[at - 1].kind == "baseline" and numbers[at - 1].unit in {"", one.unit}:
                row = row._replace(baseline=numbers[at - 1].value)
        rows.append(row)
    return rows + _promises(sentence), _deliverables(sentence, rows)


def _due(sentence: Sentence, clauses: Sequence[str]) -> deadline.Due:
    found = _OPENING.match(sentence.paragraph.text) if sentence.frame.opens > 0 else None
    opening = found.group() if found else ""
    return deadline.find(clauses, opening, sentence.titles, sentence.period)


def _describe(
    sentence: Sentence,
    row: Finding,
    one: Quantity,
    named: name.Name,
    stop: int,
    targets: list[Quantity],
    starts: list[int],
    rows: list[Finding],
) -> Finding:
    """Set the fields of a target: kind, direction, commitment, deadline and parent."""
    text, opens = sentence.paragraph.text, max(sentence.frame.opens, one.left - _REACH)
    spans = _clauses_before(text, opens, one.left)
    clauses = [text[start:end] for start, end in spans]
    holding = [bisect_left(starts, start) < bisect_left(starts, end) for start, end in spans]
    following = bisect_left(targets, one.right, key=_left)
    until = min([stop, *(other.left for other in targets[following : following + 1])])
    own = "".join(clauses[-1:]) + "#" + text[one.right : until]
    due = _due(sentence, [*clauses[:-1], own])
    kind_ = kind.kind(named, one)
    return row._replace(
        name=named.name,
        action=named.action,
        kind=kind_,
        direction=kind.direction(named, one, kind_),
        commitment=kind.commitment(list(zip(clauses, holding, strict=True))),
        due_on=due.on,
        precision=due.precision,
        basis=due.basis,
        parent=_parent(text[opens : one.left], rows, one),
    )


def _left(one: Quantity) -> int:
    return one.left


@lru_cache(maxsize=8)
def _clauses(text: str) -> tuple[tuple[int, int], ...]:
    return tuple(found.span() for found in _CLAUSES.finditer(text))


def _clauses_before(text: str, since: int, until: int) -> list[tuple[int, int]]:
    """List the last clauses of a paragraph between two offsets; clauses that cross an offset are truncated."""
    spans = _clauses(text)
    first, last = bisect_right(spans, (since, since)), bisect_left(spans, (until, 0))
    near = spans[max(first - 1, last - _CLAUSES_BACK, 0) : last]
    cut = [(max(start, since), min(end, until)) for start, end in near]
    return [(start, end) for start, end in cut if start < end]


def _parent(before: str, rows: list[Finding], one: Quantity) -> int | None:
    """Find the parent of a target after 其中: the last one with the same unit, otherwise the last one."""
    found = list(_CHILD.finditer(before))
    if not found or re.search(r"[。；]", before[found[-1].end() :]):
        return None
    wholes = [row for row in rows[-_ROWS_BACK:] if row.verdict in _PROMISED and row.parent is None]
    same = [row for row in wholes if row.unit == one.unit]
    return (same or wholes)[-1].start if wholes else None


def _promises(sentence: Sentence) -> list[Finding]:
    """Collect the commitments without a number in a sentence about the plan."""
    if sentence.frame.kind != "plan":
        return []
    result = []
    for phrase in wordless.find(sentence.paragraph.text, sentence.frame.start, sentence.frame.end):
        start, end = place(sentence.paragraph, phrase.start, phrase.end)
        due = _due(sentence, [sentence.paragraph.text[max(sentence.frame.opens, phrase.end - _REACH) : phrase.end]])
        result.append(
            Finding(
                start, end, phrase.words, *_WORDLESS, sentence.section, phrase.comparator, words=phrase.words, name=phrase.name,
                kind="growth_rate" if phrase.comparator == "relative" else "level", direction=kind.better(phrase.name),
                due_on=due.on, precision=due.precision, basis=due.basis,
            )
        )  # fmt: skip
    return result


def _deliverables(sentence: Sentence, rows: list[Finding]) -> list[Deliverable]:
    """Collect the milestones in a sentence about the plan, from its clauses without a target."""
    if sentence.frame.kind not in {"plan", "open"} or sentence.section < 0:
        return []
    text, offsets = sentence.paragraph.text, sentence.paragraph.offsets
    promised = {row.start for row in rows if row.verdict in _PROMISED}
    clauses = list(_CLAUSES.finditer(text, sentence.frame.start, sentence.frame.end))
    result = []
    for at, clause in enumerate(clauses):
        if promised.intersection(offsets[clause.start() : clause.end()]):
            continue
        for phrase in milestones.find(text, *clause.span()):
            due = _due(sentence, [each.group() for each in clauses[max(0, at + 1 - _CLAUSES_BACK) : at + 1]])
            commitment = kind.commitment([(clause.group(), True)])
            where = place(sentence.paragraph, phrase.start, phrase.end)
            result.append(
                Deliverable(
                    *where, phrase.name, phrase.action, sentence.section, commitment, due.on, due.precision, due.basis
                )
            )
    return result
