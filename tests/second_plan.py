"""A small invented plan with what the bundled one lacks: every comparator, observations, departments, odd text."""

from typing import Any

PLAN = "testcity-2025"
SECTION = f"{PLAN}.1"
YEAR = f"{PLAN}.due-2025-12-31"
JUNE = f"{PLAN}.due-2025-06-30"


def _indicator(number: int, name: str, target: dict[str, Any], **members: Any) -> dict[str, Any]:
    return {
        "id": f"{SECTION}.{number:02}",
        "section_id": SECTION,
        "code": f"1.{number:02}",
        "name": name,
        "kind": "level",
        "direction": "increase",
        "target": target,
        "deadline_id": YEAR,
        "due_precision": "year",
        "deadline_basis": "inherited",
        **members,
    }


def _observation(number: int, indicator: int, period: str, value: float, **members: Any) -> dict[str, Any]:
    return {
        "id": f"{SECTION}.{indicator:02}.o{number}",
        "indicator_id": f"{SECTION}.{indicator:02}",
        "time_period": period,
        "value": value,
        "recorded_at": f"2025-07-{number:02}T08:00:00+08:00",
        **members,
    }


def document() -> dict[str, Any]:
    """Return the plan as its plan file holds it."""
    return {
        "format": "plan-indicators",
        "format_version": 1,
        "plan": {
            "id": PLAN,
            "title": "测试市2025年工作计划",
            "area_code": "330100",
            "area_name": "测试市",
            "level": "city",
            "period_start": "2025-01-01",
            "period_end": "2025-12-31",
            "status": "draft",
            "source": {"url": "https://plans.example/2025"},
        },
        "deadlines": [
            {
                "id": JUNE,
                "due_on": "2025-06-30",
                "precision": "month",
                "label": "6月底前",
                "label_en": "By end of June",
            },
            {"id": YEAR, "due_on": "2025-12-31", "precision": "year", "label": "年底"},
            {
                "id": f"{PLAN}.due-2030-12-31",
                "due_on": "2030-12-31",
                "precision": "year",
                "label": "2030年",
                "beyond_period": True,
            },
        ],
        "sections": [
            {"id": SECTION, "number": "1", "title": "經濟發展"},
            {"id": f"{SECTION}.1", "parent_id": SECTION, "number": "1.1", "title": "下级"},
        ],
        "indicators": [
            _indicator(
                1,
                "地区生产总值增速",
                {"comparator": "approx", "value": 5.5, "tolerance": 0.5, "unit": "%"},
                kind="growth_rate",
            ),
            _indicator(
                2,
                "新增就业",
                {"comparator": "ge", "value": 10, "unit": "万人"},
                kind="increment",
                lead_department="市人社局",
                departments=["市教育局", "市财政局"],
                nature="binding",
                commitment="assured",
            ),
            _indicator(3, "=SUM(A1:A9)", {"comparator": "between", "value": 1, "upper": 2.5, "unit": "亿元"}),
            _indicator(4, "PM2.5浓度", {"comparator": "le", "value": 30, "unit": "微克/立方米"}, direction="decrease"),
            _indicator(
                5,
                "居民收入",
                {"comparator": "relative", "text": "与经济增长同步"},
                baseline={"value": 5.2, "period": "2024"},
            ),
            _indicator(
                6,
                "ＧＤＰ５０％",
                {"comparator": "lt", "value": 0, "unit": "项"},
                direction="decrease",
                deadline_id=JUNE,
                due_precision="month",
                deadline_basis="stated",
                parent_id=f"{SECTION}.05",
            ),
        ],
        "milestones": [
            {
                "id": f"{SECTION}.m01",
                "section_id": f"{SECTION}.1",
                "code": "1.m01",
                "name": "启动二期",
                "deadline_id": JUNE,
                "due_precision": "month",
                "deadline_basis": "stated",
                "state": "done",
                "done_on": "2025-05-01",
                "lead_department": "市发改委",
                "departments": ["市财政局"],
            }
        ],
        "observations": [
            _observation(1, 2, "2025-03", 2, unit="万人"),
            _observation(2, 2, "2025-06", 4, unit="万人", obs_status="P", note="第一行\n第二行", reported_by="人社局"),
            _observation(3, 2, "2025-06", 4.5, unit="万人", supersedes=f"{SECTION}.02.o2"),
            _observation(4, 4, "2025-Q2", 28, unit="微克/立方米"),
            _observation(5, 5, "2025-S1", 5.1),
        ],
    }
