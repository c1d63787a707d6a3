"""Score the reader against the labelled passages.

Run as `python -m bench.read.score [--split development] [--verbose]`.

A passage is text with labels in braces, {figures:verdict …}: `{60:t ge 项 I 以函代证事项 @2026-06-30}` is a target
(t) with comparator, unit (- for none), kind (Level, Increment, Growth rate, Share, liMit, Duration), name and, where it
is not the end of the plan's period, its due date; `p`, `b`, `n` are a past result, a baseline, a name, date or size.
With --source and --plan a plan file is compared with what is read from its source text.
"""

import argparse
import json
import re
import time
from collections import Counter
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from ingest import pipeline
from ingest.finding import Finding
from ingest.language import numerals
from ingest.layout import text

HERE = Path(__file__).parent
KINDS = {"L": "level", "I": "increment", "G": "growth_rate", "S": "share", "M": "limit", "D": "duration"}
VERDICTS = {"t": "target", "p": "past", "b": "baseline", "n": "name"}
LABEL = re.compile(r"\{([^{}:]+(?::\d+)?):([tpbn])(?: ([^{}]*))?\}")
FIELDS = ("comparator", "value", "unit", "deadline", "kind", "name")
SIMILAR = 0.75


class Label(NamedTuple):
    """Hold the label of one number, by its place in the passage without labels."""

    start: int
    figures: str
    verdict: str
    comparator: str = ""
    unit: str = ""
    kind: str = ""
    name: str = ""
    due: date | None = None
    value: Decimal | None = None
    upper: Decimal | None = None


def passage(path: Path) -> tuple[str, list[Label], pipeline.Overrides]:
    """Read a labelled passage: the text without labels, the labels, and what the first line says of the plan."""
    head, _, marked = path.read_text("utf-8").partition("\n")
    years = re.findall(r"20\d\d", head)
    period = (date(int(years[0]), 1, 1), date(int(years[-1]), 12, 31))
    plain, labels, at = "", [], 0
    for found in LABEL.finditer(marked):
        plain += marked[at : found.start()]
        labels.append(_label(len(plain), found, period[1]))
        plain += found[1]
        at = found.end()
    return plain + marked[at:], labels, pipeline.Overrides(period=period)


def _label(start: int, found: re.Match[str], end: date) -> Label:
    figures, verdict = found[1], VERDICTS[found[2]]
    if not found[3]:
        return Label(start, figures, verdict)
    body, _, due = found[3].partition(" @")
    comparator, unit, kind, name = body.split(" ", 3)
    value, upper = _value(figures)
    return Label(
        start, figures, verdict, comparator, "" if unit == "-" else unit, KINDS[kind], name,
        date.fromisoformat(due) if due else end, value, upper,
    )  # fmt: skip


SPOKEN = {"三分之二": "66.67", "三分之一": "33.33", "八成": "80", "五成": "50", "半": "0.5", "百分之十二": "12"}


def _value(figures: str) -> tuple[Decimal | None, Decimal | None]:
    figures = text.fold(figures)
    if figures in SPOKEN:
        return Decimal(SPOKEN[figures]), None
    parts = re.findall(r"\d[\d,]*(?:\.\d+)?", figures)
    if not parts:
        return numerals.read(figures), None
    numbers = [Decimal(part.replace(",", "")) for part in parts]
    return numbers[0], numbers[1] if len(numbers) > 1 else None


def bigrams(words: str) -> Counter[str]:
    """Count the pairs of characters of a name, without quotes and punctuation."""
    plain = re.sub(r"[^\w%]", "", text.fold(words))
    return Counter(plain[at : at + 2] for at in range(max(1, len(plain) - 1)))


def similar(one: str, other: str) -> float:
    """Compare two names: 1 for the same words, 0 for none in common (Dice coefficient of character pairs)."""
    left, right = bigrams(one), bigrams(other)
    return 2 * sum((left & right).values()) / (sum(left.values()) + sum(right.values()))


def compare(
    labels: Iterable[Label], findings: Iterable[Finding], source: str, tally: Counter[str], faults: list[str]
) -> None:
    """Count hits, misses and false alarms, and the right fields of the hits."""
    # 100% 的 100 and its label begin at the same character; signs before the figures (≥90) belong to the label only.
    wanted = {label.start + len(re.match(r"[≥≤><]?", label.figures).group()): label for label in labels}  # type: ignore[union-attr]
    found = {row.start: row for row in findings if row.value is not None or row.words is None}
    tally["numbers"] += len(wanted)
    tally["other"] += sum(label.verdict != "target" for label in wanted.values())
    for start, label in wanted.items():
        row = found.get(start)
        here = (
            source[max(0, start - 18) : start]
            + "["
            + label.figures
            + "]"
            + source[start + len(label.figures) : start + len(label.figures) + 14]
        )
        here = here.replace("\n", "/")
        got = row.verdict if row else "not seen"
        if label.verdict != "target":
            tally["verdict"] += got == label.verdict
            if got == "target":
                tally["false"] += 1
                faults.append(f"FALSE  {here}  rule {row.rule if row else ''}")
            elif got == "unsure":
                faults.append(f"UNSURE {here}")
            continue
        if row is None or got != "target":
            tally["missed"] += 1
            faults.append(f"MISSED {here}  {got} {row.rule if row else ''}")
            continue
        tally["hit"] += 1
        tally["verdict"] += 1
        for field, right, shown in _fields(label, row):
            tally[field] += right
            if not right:
                faults.append(f"{field:10} {here}  {shown}")
    for start, row in found.items():
        if start not in wanted and row.verdict == "target" and row.value is not None:
            tally["false"] += 1
            faults.append(f"UNLABELLED TARGET {source[max(0, start - 18) : start + 12]!r} {row.rule}")


def _fields(label: Label, row: Finding) -> Iterable[tuple[str, bool, str]]:
    yield "comparator", row.comparator == label.comparator, f"{row.comparator}, not {label.comparator}"
    yield (
        "value",
        (row.value, row.upper) == (label.value, label.upper),
        f"{row.value} {row.upper}, not {label.value} {label.upper}",
    )
    yield "unit", row.unit == label.unit, f"{row.unit}, not {label.unit}"
    yield "deadline", row.due_on == label.due, f"{row.due_on}, not {label.due}"
    yield "kind", row.kind == label.kind, f"{row.kind}, not {label.kind} ({label.name})"
    yield "name", similar(row.name, label.name) >= SIMILAR, f"{row.name}, not {label.name}"


def report(title: str, tally: Counter[str]) -> str:
    """Write the scores of one split as a line."""
    hit = tally["hit"]
    precision, recall = hit / max(1, hit + tally["false"]), hit / max(1, hit + tally["missed"])
    f1 = 2 * precision * recall / max(1e-9, precision + recall)
    fields = " ".join(f"{field} {tally[field] / max(1, hit):.3f}" for field in FIELDS)
    return (
        f"{title}: {tally['numbers']} numbers, {tally['other']} not targets; "
        f"precision {precision:.3f} recall {recall:.3f} F1 {f1:.3f}; "
        f"verdict {tally['verdict'] / max(1, tally['numbers']):.3f}; {fields}"
    )


def split(name: str) -> tuple[Counter[str], list[str]]:
    """Score every passage of a split."""
    tally, faults = Counter[str](), list[str]()
    for path in sorted((HERE / name).glob("*.txt")):
        source, labels, overrides = passage(path)
        before = len(faults)
        compare(labels, pipeline.read(source, overrides).findings, source, tally, faults)
        faults[before:] = [f"{path.stem[:8]} {fault}" for fault in faults[before:]]
    return tally, faults


def bundled(source: Path, plan: Path) -> tuple[Counter[str], list[str]]:
    """Score what is read from a source text against its annotated plan file."""
    document: dict[str, Any] = json.loads(plan.read_text("utf-8"), parse_float=Decimal, parse_int=Decimal)
    due = {item["id"]: date.fromisoformat(item["due_on"]) for item in document["deadlines"]}
    content = source.read_text("utf-8")
    labels = []
    for item in document["indicators"]:
        start, end = int(item["source"]["start"]), int(item["source"]["end"])
        target = item["target"]
        labels.append(Label(
            start, content[start:end], "target", target["comparator"], target["unit"] or "", item["kind"], item["name"],
            due[item["deadline_id"]], target["value"], target.get("upper"),
        ))  # fmt: skip
    tally, faults = Counter[str](), list[str]()
    compare(labels, pipeline.read(content).findings, content, tally, faults)
    return tally, faults


def speed(characters: int = 30_000) -> float:
    """Time, in seconds, the reading of a report of some length put together from the passages."""
    whole = "\n".join(passage(path)[0] for path in sorted((HERE / "development").glob("*.txt")))
    whole = (whole * (characters // len(whole) + 1))[:characters]
    begin = time.perf_counter()
    pipeline.read(whole)
    return time.perf_counter() - begin


def main() -> None:
    """Print the scores, and with --verbose every fault."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--split", choices=["development", "held_out", "both"], default="both")
    parser.add_argument("--source", type=Path, help="source text of an annotated plan")
    parser.add_argument("--plan", type=Path, help="its plan file")
    parser.add_argument("--verbose", action="store_true", help="list every fault")
    options = parser.parse_args()
    results = [(name, *split(name)) for name in ("development", "held_out") if options.split in {name, "both"}]
    if options.source and options.plan:
        results.append((options.plan.stem, *bundled(options.source, options.plan)))
    for title, tally, faults in results:
        print(report(title, tally))
        if options.verbose:
            print("\n".join(faults))
    print(f"30,000 characters in {speed():.2f} s")


if __name__ == "__main__":
    main()
