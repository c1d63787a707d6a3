import sys
from types import FrameType

import pytest

from ingest import pipeline


def calls(part: str, count: int) -> int:
    """Count the calls that reading one long paragraph takes, of Python and of built-in functions."""
    source = "浑南区2026年工作安排\n\n一、重点任务\n\n" + part * count + "。\n"
    total = 0

    def counted(_: FrameType, event: str, __: object) -> None:
        nonlocal total
        total += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(counted)
    try:
        pipeline.read(source)
    finally:
        sys.setprofile(before)
    return total


@pytest.mark.parametrize(
    "part",
    [
        "新增企业60家，增长5%，",
        "5个，",
        "5%、",
        "三个",
        "建设学校3所和",
        "其中外资5个，",
        "新增企业60家；",
        "新增企业60家。",
        "居民收入增长与经济增长同步，",
        "启动甲园建设，",
    ],
)
def test_work_grows_with_the_length_of_a_sentence_not_with_its_square(part: str) -> None:
    calls(part, 200)  # what is kept from one reading to the next is kept
    assert calls(part, 800) < 2.5 * calls(part, 400)
