"""Put the stages in a row: source text in, findings out. The only module that knows them all."""

import re
from collections.abc import Callable
from datetime import date
from typing import NamedTuple

from ingest import areas, deadline, frames, kind, meta, milestones, name, outline, quantities, tables, text, verdict, wordless
from ingest.finding import Deliverable, Finding
from ingest.outline import Outline
from ingest.quantities import Quantity
from ingest.text import Paragraph

_CLAUSES = re.compile(r"[^，。；！？…|]+")
_CHILD = re.compile(r"其中")
_FRONT_LINES = 12


class Reading(NamedTuple):
    """Hold all that was read from one source text; `places` and `kinds` go with the sections.

    A place is the offsets of the heading in the source; a kind is what the heading announces (plan, past, context, open).
    """

    source: str
    about: meta.Meta
    area: areas.Area | None
    sections: tuple[outline.Section, ...]
    places: tuple[tuple[int, int], ...]
    kinds: tuple[str, ...]
    findings: tuple[Finding, ...]
    deliverables: tuple[Deliverable, ...]


class Overrides(NamedTuple):
    """Hold what the caller knows better than the document."""

    title: str | None = None
    area: str | None = None
    level: str | None = None
    period: tuple[date, date] | None = None


class _Sentence(NamedTuple):
    paragraph: Paragraph
    frame: frames.Frame
    section: int
    titles: tuple[str, ...]


def read(source: str, overrides: Overrides = Overrides(), progress: Callable[[int], None] = lambda _: None) -> Reading:
    """Read a source text: infer what it is, outline it, and judge, name and date each of its numbers.

    `progress` is told how many paragraphs are done, one at a time.
    """
    paragraphs = outline.split(text.paragraphs(source))
    outlined = outline.read(paragraphs)
    about, area = _about(paragraphs, outlined, overrides)
    period = (about.start, about.end)
    findings: list[Finding] = []
    deliverables: list[Deliverable] = []
    state: str | None = None
    at = 0
    while at < len(paragraphs):
        if outlined.roles[at] == "table":
            last = at
            while last + 1 < len(paragraphs) and outlined.roles[last + 1] == "table":
                last += 1
            found = _table(paragraphs[at : last + 1], outlined.homes[at], period)
            if found is not None:
                findings += found
                progress(last + 1 - at)
                at = last + 1
                continue
        if at in {section.paragraph for section in outlined.sections if section.style != "run_in"}:
            state = None
        sentences, state = _sentences(paragraphs[at], at, outlined, state, period)
        findings += _heading_numbers(paragraphs[at], outlined, at)
        for sentence in sentences:
            rows, phrases = _read_sentence(sentence, period)
            findings += rows
            deliverables += phrases
        progress(1)
        at += 1
    places = tuple(_place(paragraphs[section.paragraph], section.start, section.end) for section in outlined.sections)
    kinds = tuple(_zone(outlined, section.paragraph, period)[0][0] for section in outlined.sections)
    return Reading(source, about, area, outlined.sections, places, kinds, tuple(findings), tuple(deliverables))


def _about(paragraphs: list[Paragraph], outlined: Outline, overrides: Overrides) -> tuple[meta.Meta, areas.Area | None]:
    front = [item.text for item, home in zip(paragraphs, outlined.homes, strict=True) if home < 0][:_FRONT_LINES]
    front = front or [item.text for item in paragraphs[:1]]
    body = "\n".join(item.text for item in paragraphs)
    about = meta.infer(front, [section.title for section in outlined.sections], body)
    area = areas.infer("\n".join(line for line in front if len(line) <= 80), body)
    if overrides.area:
        area = areas.by_code(overrides.area) or area
    if overrides.level and area:
        area = area._replace(level=overrides.level)
    start, end = overrides.period or (about.start, about.end)
    return about._replace(title=overrides.title or about.title, start=start, end=end), area


def _place(paragraph: Paragraph, start: int, end: int) -> tuple[int, int]:
    """Give the place in the source of a stretch of a paragraph."""
    return paragraph.offsets[start], paragraph.offsets[max(start, end - 1)] + 1


def _zone(outlined: Outline, at: int, period: tuple[date, date]) -> tuple[tuple[str, str], tuple[str, ...]]:
    if outlined.roles[at] in {"contents", "furniture"}:
        return ("context", "页眉页脚、目录"), ()
    path = outline.path(outlined, outlined.homes[at])
    if not path:
        return (("context", "第一个标题之前") if _headed(outlined) else ("open", "")), ()
    if any(outline.is_context(section.title) for section in path):
        return ("context", path[-1].title), ()
    titles = [section.title for section in path]
    return frames.of_path(titles, period, [section.style for section in path]), tuple(titles)


def _headed(outlined: Outline) -> bool:
    return any(section.style in {"part", "chapter", "cn", "plain"} for section in outlined.sections)


def _sentences(paragraph: Paragraph, at: int, outlined: Outline, state: str | None, period: tuple[date, date]) -> tuple[list[_Sentence], str | None]:
    zone, titles = _zone(outlined, at, period)
    framed, state = frames.read(paragraph.text, outlined.bodies[at], zone, state, period)
    return [_Sentence(paragraph, frame, outlined.homes[at], titles) for frame in framed], state


def _heading_numbers(paragraph: Paragraph, outlined: Outline, at: int) -> list[Finding]:
    """List the numbers of a heading: they name, they do not promise."""
    return [
        _finding(paragraph, one, outlined.homes[at], verdict.Verdict("name", "heading", "标题里的数字", 0.9))
        for one in quantities.find(paragraph.text[: outlined.bodies[at]])
    ]


def _finding(paragraph: Paragraph, one: Quantity, section: int, judged: verdict.Verdict) -> Finding:
    start, end = _place(paragraph, one.start, one.end)
    return Finding(
        start, end, paragraph.text[one.left : one.right], judged.kind, judged.rule, judged.reason, judged.confidence, section,
        one.comparator, None if one.form == "date" else one.value, one.upper, one.unit,
    )  # fmt: skip


def _read_sentence(sentence: _Sentence, period: tuple[date, date]) -> tuple[list[Finding], list[Deliverable]]:
    """Judge each number of a sentence, then name and date its targets in order."""
    body, frame = sentence.paragraph.text, sentence.frame
    numbers = quantities.find(body[: frame.end], frame.start)
    around = [verdict.place(body, one, (frame.start, frame.end), frame.kind) for one in numbers]
    judged = [verdict.judge(body, one, place) for one, place in zip(numbers, around, strict=True)]
    targets = [one for one, each in zip(numbers, judged, strict=True) if each.kind in {"target", "unsure"}]
    topic = name.topic_of(sentence.titles[-1]) if sentence.titles else ""
    places = [(one, *place.clause) for one, place, each in zip(numbers, around, judged, strict=True) if each.kind in {"target", "unsure"}]
    names = iter(name.sentence(body, places, topic))
    rows: list[Finding] = []
    base: Quantity | None = None
    for one, place, each in zip(numbers, around, judged, strict=True):
        row = _finding(sentence.paragraph, one, sentence.section, each)
        if each.kind in {"target", "unsure"}:
            row = _describe(sentence, row, one, next(names), place, targets, rows, period)
            if base is not None and base.unit in {"", one.unit}:
                row = row._replace(baseline=base.value)
        base = one if each.kind == "baseline" else None
        rows.append(row)
    return rows + _promises(sentence, period), _phrases(sentence, rows, period)


def _describe(
    sentence: _Sentence, row: Finding, one: Quantity, named: name.Name, around: verdict.Place, targets: list[Quantity],
    rows: list[Finding], period: tuple[date, date],
) -> Finding:  # fmt: skip
    """Fill in what a target is: kind, direction, commitment, deadline, and the whole that it is a part of."""
    body, opens = sentence.paragraph.text, sentence.frame.opens
    kind_ = kind.kind(named, one)
    spans = [(found.start(), min(found.end(), one.left)) for found in _CLAUSES.finditer(body, opens, one.left)]
    clauses = [body[start:end] for start, end in spans]
    holding = [(clause, any(start <= other.start < end for other in targets)) for clause, (start, end) in zip(clauses, spans, strict=True)]
    until = min((other.left for other in targets if other.left >= one.right), default=around.clause[1])
    after = body[one.right : min(until, around.clause[1])]
    due = deadline.find([*clauses[:-1], "".join(clauses[-1:]) + "#" + after], sentence.titles, period)
    return row._replace(
        name=named.name, action=named.action, kind=kind_, direction=kind.direction(named, one, kind_), commitment=kind.commitment(holding),
        due_on=due.on, precision=due.precision, basis=due.basis, parent=_parent(body[opens : one.left], rows, one),
    )  # fmt: skip


def _parent(sentence: str, rows: list[Finding], one: Quantity) -> int | None:
    """Find the indicator that 其中 makes this a part of: the last one of the same unit before 其中, else the last one."""
    found = list(_CHILD.finditer(sentence))
    if not found or re.search(r"[。；]", sentence[found[-1].end() :]):
        return None
    wholes = [row for row in rows if row.verdict in {"target", "unsure"} and row.parent is None]
    same = [row for row in wholes if row.unit == one.unit]
    return (same or wholes)[-1].start if wholes else None


def _promises(sentence: _Sentence, period: tuple[date, date]) -> list[Finding]:
    """Collect the promises without a number of a sentence of the plan."""
    if sentence.frame.kind != "plan":
        return []
    result = []
    for phrase in wordless.find(sentence.paragraph.text, sentence.frame.start, sentence.frame.end):
        start, end = _place(sentence.paragraph, phrase.start, phrase.end)
        due = deadline.find([sentence.paragraph.text[sentence.frame.start : phrase.end]], sentence.titles, period)
        growth = phrase.comparator == "relative"
        named = name.Name(phrase.name, None, None, 0, "after")
        one = Quantity(0, 0, 0, 0, verdict.ZERO, None, "", "eq", "quantity", "arabic")
        result.append(Finding(
            start, end, phrase.words, "target", phrase.comparator, "没有数字的承诺（同步、下达任务、方向）", 0.8, sentence.section,
            phrase.comparator, words=phrase.words, name=phrase.name, kind="growth_rate" if growth else "level",
            direction=kind.direction(named, one, "level"), due_on=due.on, precision=due.precision, basis=due.basis,
        ))  # fmt: skip
    return result


def _phrases(sentence: _Sentence, rows: list[Finding], period: tuple[date, date]) -> list[Deliverable]:
    """Collect the milestones of a sentence of the plan, from its clauses without a target."""
    if sentence.frame.kind not in {"plan", "open"} or sentence.section < 0:
        return []
    body, result = sentence.paragraph.text, []
    clauses = list(_CLAUSES.finditer(body, sentence.frame.start, sentence.frame.end))
    held = [sentence.paragraph.offsets[found.start()] for found in clauses]
    for place, found in enumerate(clauses):
        until = held[place + 1] if place + 1 < len(held) else 10**12
        if any(held[place] <= row.start < until and row.verdict in {"target", "unsure"} for row in rows):
            continue
        for phrase in milestones.find(body, found.start(), found.end()):
            due = deadline.find([each.group() for each in clauses[: place + 1]], sentence.titles, period)
            start, end = _place(sentence.paragraph, phrase.start, phrase.end)
            result.append(Deliverable(start, end, phrase.name, phrase.action, sentence.section, kind.commitment([(found.group(), True)]), due.on, due.precision, due.basis))
    return result


def _table(lines: list[Paragraph], section: int, period: tuple[date, date]) -> list[Finding] | None:
    """Read a table of indicators; None if it is a table of something else, to be read as text."""
    entries = tables.read([line.text for line in lines], period[0].year)
    if entries is None:
        return None
    result: list[Finding] = []
    taken: set[int] = set()
    bases: dict[int, tables.Entry] = {entry.row: entry for entry in entries if entry.role == "baseline"}
    whole: int | None = None
    for entry in entries:
        line = lines[entry.row]
        start, end = _place(line, entry.start, entry.end)
        taken.add(start)
        if entry.role == "baseline":
            judged = verdict.Verdict("baseline", "table-baseline", "表中的基期列", 0.97)
            result.append(Finding(start, end, line.text[entry.start : entry.end], *judged, section, "eq", entry.value, None, entry.unit))
            continue
        one = Quantity(entry.start, entry.end, entry.start, entry.end, entry.value, entry.upper, entry.unit, entry.comparator, "quantity", "arabic")
        named = name.Name(entry.name, None, None, 1 if entry.growth and entry.unit == "%" else 0, "after")
        kind_ = "increment" if entry.cumulative else kind.kind(named, one)
        due = deadline.find([f"{entry.year}年"] if entry.year else [entry.due], [], period)
        base = bases.get(entry.row)
        result.append(Finding(
            start, end, line.text[entry.start : entry.end], "target", "table-target", "表中的目标列", 0.95, section, entry.comparator, entry.value, entry.upper,
            entry.unit, None, entry.name, None, kind_, kind.direction(named, one, kind_), entry.nature, None, due.on, due.precision, due.basis,
            whole if entry.child else None, base.value if base and not entry.growth else None, str(base.year) if base and base.year and not entry.growth else None,
            entry.lead, entry.others,
        ))  # fmt: skip
        whole = whole if entry.child else start
    for line in lines:
        for one in quantities.find(line.text):
            if line.offsets[one.start] not in taken:
                result.append(_finding(line, one, section, verdict.Verdict("name", "table-other", "表中其他列的数字", 0.9)))
    return sorted(result, key=lambda row: row.start)
