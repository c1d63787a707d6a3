"""Run all stages: source text in, findings out. No other module uses all of them."""

import re
from collections.abc import Callable
from datetime import date
from typing import NamedTuple

from ingest import areas, indicators, leftover, verdict
from ingest.finding import Deliverable, Finding, finding, place
from ingest.language import frames, quantities, sentences
from ingest.language.sentences import Sentence
from ingest.layout import meta, outline, text
from ingest.layout.outline import Outline
from ingest.layout.text import Paragraph

_FRONT_LINES = 12
_PLANNING = re.compile(r"(?:实事|计划|方案|要点|安排|清单|规划|纲要|任务)[^，：]{0,8}$")


class Reading(NamedTuple):
    """The result of reading one source text. `places` and `kinds` are parallel to `sections`.

    A place is the (start, end) of the heading in the source, in code points. A kind is the class from the heading (plan, past, context, open).
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
    """Values from the caller that override those in the document."""

    title: str | None = None
    area: str | None = None
    level: str | None = None
    period: tuple[date, date] | None = None


NO_OVERRIDES = Overrides()


def read(source: str, overrides: Overrides = NO_OVERRIDES, progress: Callable[[int], None] = lambda _: None) -> Reading:
    """Read a source text: infer its metadata, find its outline, and classify, name and date every number.

    `progress` is called with the number of paragraphs done since the last call.
    """
    paragraphs = outline.split(text.paragraphs(source))
    outlined = outline.read(paragraphs)
    about, area = _about(paragraphs, outlined, overrides)
    period = (about.start, about.end)
    findings: list[Finding] = []
    deliverables: list[Deliverable] = []
    state: str | None = None
    headed = {section.paragraph for section in outlined.sections if section.style != "run_in"}
    at = 0
    while at < len(paragraphs):
        if outlined.roles[at] == "table":
            last = at
            while last + 1 < len(paragraphs) and outlined.roles[last + 1] == "table":
                last += 1
            found = indicators.read(paragraphs[at : last + 1], outlined.homes[at], period)
            if found is not None:
                findings += found
                progress(last + 1 - at)
                at = last + 1
                continue
        if at in headed:
            state = None
        framed, state = _sentences(paragraphs[at], at, outlined, state, about)
        findings += _heading_numbers(paragraphs[at], outlined, at)
        for sentence in framed:
            rows, phrases = sentences.read(sentence)
            findings += rows
            deliverables += phrases
        progress(1)
        at += 1
    findings = _with_leftovers(source, paragraphs, outlined, findings)
    places = tuple(place(paragraphs[section.paragraph], section.start, section.end) for section in outlined.sections)
    kinds = tuple(_zone(outlined, section.paragraph, about)[0][0] for section in outlined.sections)
    return Reading(source, about, area, outlined.sections, places, kinds, tuple(findings), tuple(deliverables))


def _with_leftovers(
    source: str, paragraphs: list[Paragraph], outlined: Outline, findings: list[Finding]
) -> list[Finding]:
    """Add the digits that no stage read as a number, so that every one is accounted for; sorted by offset."""
    listed = [False] * len(source)
    for row in findings:
        listed[row.start : row.end] = [True] * (row.end - row.start)
    rest = [row for at, one in enumerate(paragraphs) for row in leftover.find(one, outlined.homes[at], listed)]
    return sorted([*findings, *rest], key=lambda row: row.start)


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


def _zone(outlined: Outline, at: int, about: meta.Meta) -> tuple[tuple[str, str], tuple[str, ...]]:
    if outlined.roles[at] in {"contents", "furniture"}:
        return ("context", "页眉页脚、目录"), ()
    period = (about.start, about.end)
    path = outline.path(outlined, outlined.homes[at])
    if not path and _headed(outlined):
        return ("context", "第一个标题之前"), ()
    if not path:
        # A list of 实事 without headings plans by its title; a news report says what it is only sentence by sentence.
        return ("open", about.title if _PLANNING.search(about.title) else ""), ()
    if any(outline.is_context(section.title) for section in path):
        return ("context", path[-1].title), ()
    titles = [section.title for section in path]
    return frames.of_path(titles, period, [section.style for section in path]), tuple(titles)


def _headed(outlined: Outline) -> bool:
    return any(section.style in {"part", "chapter", "cn", "plain"} for section in outlined.sections)


def _sentences(
    paragraph: Paragraph, at: int, outlined: Outline, state: str | None, about: meta.Meta
) -> tuple[list[Sentence], str | None]:
    zone, titles = _zone(outlined, at, about)
    period = (about.start, about.end)
    framed, state = frames.read(paragraph.text, outlined.bodies[at], zone, state, period)
    return [Sentence(paragraph, frame, outlined.homes[at], titles, period) for frame in framed], state


def _heading_numbers(paragraph: Paragraph, outlined: Outline, at: int) -> list[Finding]:
    """List the numbers of a heading. They are part of names, not targets."""
    return [
        finding(paragraph, one, outlined.homes[at], verdict.Verdict("name", "heading", "标题里的数字", 0.9))
        for one in quantities.find(paragraph.text[: outlined.bodies[at]])
    ]
