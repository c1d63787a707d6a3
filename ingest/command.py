"""The command `plan-indicators read`: convert a document to a plan file and a review page."""

import json
import re
import sys
from contextlib import nullcontext
from datetime import date
from pathlib import Path

import click

from ingest import areas, leftover, pipeline, plan, report, review, workbook
from ingest.decode import Unreadable, load
from ingest.decode.limits import check_size
from ingest.layout.columns import Wrong
from schema.vocabulary import LEVELS, codes

_PERIOD = re.compile(r"(\d{4})(?:[-—–](\d{4}))?")
_BAR_FROM = 200


def _period(_: click.Context, __: click.Parameter, value: str | None) -> tuple[date, date] | None:
    if value is None:
        return None
    found = _PERIOD.fullmatch(value)
    if found is None or int(found[2] or found[1]) < int(found[1]) or int(found[1]) == 0:
        raise click.BadParameter("must be a year or two years, such as 2026 or 2026-2030")
    return date(int(found[1]), 1, 1), date(int(found[2] or found[1]), 12, 31)


def _area(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    if value is not None and areas.by_code(value) is None:
        raise click.BadParameter("must be a six-digit code of GB/T 2260, such as 210112, or 100000 for the country")
    return value


@click.command("read")
@click.argument(
    "files", nargs=-1, required=True, metavar="FILE...", type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--title", help="Title of the plan. Default: the title in the document.")
@click.option("--id", "plan_id", help="Id of the plan, a slug such as hunnan-2021. Default: area code and years.")
@click.option("--area", callback=_area, help="GB/T 2260 code of the area. Default: the area named in the document.")
@click.option("--period", callback=_period, help="Years of the plan: 2026 or 2026-2030.")
@click.option("--level", type=click.Choice(codes(LEVELS)), help="Level of the issuing government.")
@click.option(
    "--review",
    "reviewed",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Corrections: the reviewed .xlsx, or the .json downloaded from the review page.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="Plan file to write; the other files get the same name. For several FILEs: an existing directory.",
)
def read(
    files: tuple[Path, ...], title: str | None, plan_id: str | None, area: str | None, period: tuple[date, date] | None,
    level: str | None, reviewed: Path | None, output: Path | None,
) -> None:  # fmt: skip
    """Read plans from documents: text, Markdown, HTML, .docx, .pdf, .xlsx, .csv.

    For each FILE this writes a plan file (NAME.plan.json), a review page (NAME.review.html) and a review workbook
    (NAME.review.xlsx). Correct the page or the workbook, then run the command again with --review. If the document is
    not plain UTF-8 text, its text is also written (NAME.source.txt); all offsets refer to it. No data is sent anywhere.
    """
    if len(files) > 1 and (reviewed or plan_id or title):
        raise click.UsageError("--review, --id and --title need a single FILE.")
    if len(files) > 1 and output is not None and not output.is_dir():
        raise click.UsageError("With several FILEs, --output must be an existing directory.")
    overrides = pipeline.Overrides(title, area, level, period)
    faulty = False
    for file in files:
        try:
            _one(file, overrides, plan_id, reviewed, output)
        except (Unreadable, OSError) as error:
            click.echo(f"{file}: {error}", err=True)
            faulty = True
        except Wrong as error:
            raise click.ClickException(f"{reviewed}: {error}.") from error
    sys.exit(1 if faulty else 0)


def _one(
    file: Path, overrides: pipeline.Overrides, plan_id: str | None, reviewed: Path | None, output: Path | None
) -> None:
    decoded = load(file)
    count = decoded.text.count("\n")
    shown = _is_terminal() and count > _BAR_FROM
    with click.progressbar(length=count, label=file.name, file=sys.stderr) if shown else nullcontext() as bar:
        reading = pipeline.read(decoded.text, overrides, bar.update if bar is not None else _silent)
    if reviewed is not None:
        reading = review.apply(reading, *_corrections(reviewed))
    target = _target(file, output)
    stem = target.name.removesuffix(".json").removesuffix(".plan")
    document = plan.build(reading, plan_id)
    target.write_text(json.dumps(document, ensure_ascii=False, indent=2) + "\n", "utf-8")
    target.with_name(f"{stem}.review.html").write_text(report.write(reading), "utf-8")
    target.with_name(f"{stem}.review.xlsx").write_bytes(workbook.write(reading))
    if not decoded.same:
        target.with_name(f"{stem}.source.txt").write_bytes(decoded.text.encode("utf-8", "surrogatepass"))
    _tell(reading, target)


def _is_terminal() -> bool:
    return sys.stderr.isatty()


def _silent(_: int) -> None:
    """Show no progress."""


def _corrections(reviewed: Path) -> tuple[str, list[dict[str, object]]]:
    check_size(reviewed.stat().st_size, review.LARGEST)
    content = reviewed.read_bytes()
    return workbook.read(content) if content.startswith(b"PK") else review.from_json(content)


def _target(file: Path, output: Path | None) -> Path:
    if output is None:
        return file.with_name(f"{file.stem}.plan.json")
    return output / f"{file.stem}.plan.json" if output.is_dir() else output


def _tell(reading: pipeline.Reading, target: Path) -> None:
    """Print a summary: title, area, period, and counts of numbers, targets, unsure ones and milestones."""
    counts = {code: sum(row.verdict == code for row in reading.findings) for code in ("target", "unsure")}
    numbers = sum(row.words is None and row.rule != leftover.WORD for row in reading.findings)
    area = reading.area
    click.echo(
        f"{reading.about.title}: {area.name + ' ' + area.code if area else 'area not found; use --area'}, {reading.about.start} to {reading.about.end}"
    )
    click.echo(
        f"{numbers} numbers: {counts['target']} targets, {counts['unsure']} unsure; {len(reading.deliverables)} milestones. {target}"
    )
