import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ingest import command
from schema.rules import plan_file

SOURCE = "浑南区2026年工作安排\n\n一、重点任务\n\n新增企业60家。启动甲园建设。\n"


@pytest.fixture
def document(tmp_path: Path) -> Path:
    path = tmp_path / "plan.txt"
    path.write_text(SOURCE, "utf-8")
    return path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(command.read, [str(argument) for argument in arguments])


def test_a_document_becomes_a_plan_file_a_page_and_a_workbook(document: Path) -> None:
    result = run(document)
    assert result.exit_code == 0, result.output
    assert "浑南区 210112, 2026-01-01 to 2026-12-31" in result.output
    assert "1 targets, 0 unsure; 1 milestones" in result.output
    assert sorted(path.name for path in document.parent.iterdir()) == [
        "plan.plan.json",
        "plan.review.html",
        "plan.review.xlsx",
        "plan.txt",
    ]
    facts = plan_file.parse((document.parent / "plan.plan.json").read_bytes())
    assert [item["name"] for item in facts["indicators"]] == ["新增企业"]


def test_the_text_is_written_where_the_file_is_not_it(tmp_path: Path) -> None:
    path = tmp_path / "plan.txt"
    path.write_bytes(SOURCE.encode("gb18030"))
    assert run(path, "-o", tmp_path / "out.json").exit_code == 0
    assert (tmp_path / "out.source.txt").read_bytes() == SOURCE.encode()


def test_what_is_inferred_can_be_overridden(document: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    result = run(
        document,
        "--title",
        "某计划",
        "--area",
        "210100",
        "--period",
        "2026-2030",
        "--level",
        "city",
        "--id",
        "some-plan",
        "-o",
        out,
    )
    assert result.exit_code == 0, result.output
    head = json.loads(out.read_text("utf-8"))["plan"]
    assert (head["id"], head["title"], head["area_code"], head["level"], head["period_end"]) == (
        "some-plan", "某计划", "210100", "city", "2030-12-31",
    )  # fmt: skip


def test_several_documents_go_to_a_directory(document: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.md"
    other.write_text("2026年安排\n\n新增学校5所。\n", "utf-8")
    target = tmp_path / "out"
    target.mkdir()
    result = run(document, other, "-o", target)
    assert result.exit_code == 0, result.output
    assert "area not found; use --area" in result.output
    assert {path.name for path in target.glob("*.json")} == {"plan.plan.json", "other.plan.json"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--period", "今年"], "must be a year or two years"), (["--period", "2026-2025"], "must be a year or two years"), (["--period", "0000"], "must be a year or two years"),
        (["--area", "999999"], "six-digit code of GB/T 2260"), (["--level", "village"], "village"),
    ],
)  # fmt: skip
def test_a_wrong_option_is_named(document: Path, arguments: list[str], message: str) -> None:
    result = run(document, *arguments)
    assert result.exit_code == 2
    assert message in result.output


def test_options_of_one_file_are_refused_for_several(document: Path, tmp_path: Path) -> None:
    assert "need a single FILE" in run(document, document, "--id", "x").output
    assert "must be an existing directory" in run(document, document, "-o", tmp_path / "none").output


def test_a_document_that_cannot_be_read_does_not_stop_the_others(document: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.txt"
    bad.write_bytes(b"\x00\x01\x02\x03")
    result = run(bad, document)
    assert result.exit_code == 1
    assert f"{bad}: It is neither text" in result.output
    assert (tmp_path / "plan.plan.json").exists()


def test_an_empty_file_is_called_empty(tmp_path: Path) -> None:
    empty = tmp_path / "empty.txt"
    empty.touch()
    result = run(empty)
    assert (result.exit_code, result.output) == (1, f"{empty}: It is empty.\n")


def test_corrections_from_the_page_and_the_workbook_are_taken(document: Path, tmp_path: Path) -> None:
    run(document)
    page = (tmp_path / "plan.review.html").read_text("utf-8")
    sha256 = page.split('"sha256": "')[1].split('"')[0]
    corrections = tmp_path / "review.json"
    start = SOURCE.index("60")
    corrections.write_text(
        json.dumps({"format": "plan-indicators-review", "sha256": sha256, "rows": [{"start": start, "value": "61"}]})
    )
    assert run(document, "--review", corrections).exit_code == 0
    assert json.loads((tmp_path / "plan.plan.json").read_text("utf-8"))["indicators"][0]["target"]["value"] == 61
    assert run(document, "--review", tmp_path / "plan.review.xlsx").exit_code == 0
    assert json.loads((tmp_path / "plan.plan.json").read_text("utf-8"))["indicators"][0]["target"]["value"] == 61
    corrections.write_text("{}")
    result = run(document, "--review", corrections)
    assert result.exit_code == 1
    assert "review.json: it is not a review" in result.output
    corrections.write_bytes(b"PK\x03\x04")
    result = run(document, "--review", corrections)
    assert (result.exit_code, result.exception.__class__) == (1, SystemExit)


def test_progress_is_shown_on_a_terminal_for_long_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "long.txt"
    path.write_text("2026年安排\n" + "\n新增企业60家。\n" * 300, "utf-8")
    shown: list[int] = []
    monkeypatch.setattr(command.click, "progressbar", lambda **_: Bar(shown))
    monkeypatch.setattr(command, "_is_terminal", lambda: True)
    assert run(path).exit_code == 0
    assert sum(shown) == 301


class Bar:
    """Stand in for click's progress bar."""

    def __init__(self, shown: list[int]) -> None:
        self.update = shown.append

    def __enter__(self) -> "Bar":
        return self

    def __exit__(self, *_: object) -> None:
        return None
