"""Each rule is shown an example of ours that it alone decides; the table and the rules must name the same codes."""

import re

import pytest

from ingest import verdict
from ingest.language import quantities
from ingest.layout.text import fold
from ingest.verdict_rules import RULES

EXAMPLES = {
    "date": ("plan", "在【2025年】6月建成"),
    "label": ("plan", "建设【5】G基站"),
    "document-number": ("plan", "办好第【3】届博览会"),
    "document-number-after": ("plan", "引进世界【500】强企业"),
    "ordinal": ("plan", "推进化工园【二期】工程"),
    "grade": ("plan", "健全【三级】联动机制"),
    "model": ("plan", "建设【500千伏】变电站"),
    "structure": ("plan", "抓好【六个】方面的工作"),
    "deeds-counted": ("plan", "办好【10件】民生实事"),
    "delegates": ("plan", "经【237名】人大代表票决"),
    "list-counted": ("plan", "安排十方面【32项】内容"),
    "indicators-counted": ("plan", "提出【20项】约束性指标"),
    "indicators-of": ("plan", "预期性指标【19项】"),
    "tally": ("plan", "做强东城、西城【两个】区域增长极"),
    "scope": ("plan", "在【14个】镇新建幼儿园20所"),
    "years": ("plan", "连续【九年】开展普查"),
    "one": ("plan", "建设【一支】队伍"),
    "two-sides": ("plan", "打通【三环】堵点"),
    "age": ("plan", "为【65岁以上】老人体检"),
    "age-group": ("plan", "覆盖【3岁】儿童"),
    "bracketed-old": ("plan", "完成“营收增长【8%】，税收增长一成，全面实现年初定下的各项预期数”的任务"),
    "baseline-from": ("plan", "由【77%】提高到80%"),
    "baseline-bracket": ("plan", "比重提高到8%（2022年为【5.3%】）"),
    "compared": ("plan", "赤字规模5万亿元、比上年增加【1万亿元】"),
    "baseline-base": ("plan", "在【30%】左右的基础上继续提高"),
    "baseline-original": ("plan", "由原来的【26名】扩充"),
    "margin-past-place": ("past", "增速高于全省平均【2个百分点】"),
    "threshold": ("plan", "引进【10亿元以上】的工业项目8个"),
    "threshold-counted": ("plan", "【20户以上】自然村通路率100%"),
    "threshold-grade": ("plan", "培育【百亿元】级企业"),
    "threshold-grade-unit": ("plan", "建成2个【千亿级】园区"),
    "round-name": ("plan", "实施【千亿斤】粮食产能提升行动"),
    "threshold-of": ("plan", "其中【10亿元以上】的3家"),
    "threshold-money": ("plan", "培育超【百亿元】企业5家"),
    "size-of": ("plan", "推进总投资【30亿元】的临港项目"),
    "size-unit-of": ("plan", "推进【200亩】的临港物流园"),
    "size-each": ("plan", "每家面积不少于【200平方米】"),
    "size-alone": ("plan", "建成党群服务中心，面积【1200平方米】"),
    "size-this": ("open", "该项目占地【260亩】"),
    "effect": ("plan", "项目达产后年产值【50亿元】"),
    "effect-capacity": ("plan", "可年产减速机【30万台】"),
    "size-capacity": ("plan", "推进年产【10万吨】竹纤维项目"),
    "size-power": ("plan", "推进【40万千瓦】风电项目"),
    "size-name": ("plan", "加快东方集团【7万吨】锌基合金项目"),
    "size-bracket": ("plan", "加快临港项目（总投资【30亿元】）建设"),
    "quoted-name": ("plan", "落实“民营经济【32条】”"),
    "policy-count": ("plan", "落实稳增长【35条】政策"),
    "circle": ("plan", "打造【15分钟】便民生活圈"),
    "circle-name": ("past", "【15分钟】便民生活圈全面建成"),
    "clock": ("plan", "新增【24小时】自助图书馆"),
    "condition": ("plan", "确保40家企业产值实现【两位数】增长"),
    "context": ("context", "资金缺口达【3亿元】"),
    "restated": ("plan", "确定【4.5%】左右的增长目标，兼顾了需要与可能"),
    "restated-why": ("plan", "增长目标为【5%】左右，是综合考虑各方面因素提出的"),
    "restated-that": ("plan", "就业【45万人以上】的目标，体现了就业优先"),
    "past": ("past", "增长【5%】"),
    "past-year": ("plan", "目前全市达到【30家】"),
    "done": ("plan", "已完成投资【30亿元】"),
    "done-since": ("plan", "平台所需的【300亩】用地已全部落实"),
    "year-before": ("plan", "是2020年的【1.4倍】"),
    "plan-one-item": ("plan", "用好【两个】市场"),
    "bare": ("plan", "提前布局【9710】模式"),
    "plan": ("plan", "新增企业【60家】以上"),
    "open-future": ("open", "力争新增企业【60家】"),
    "unsure": ("open", "企业【60家】"),
}


def judged(frame: str, marked: str) -> verdict.Verdict:
    start = marked.index("【")
    text = fold(marked.replace("【", "").replace("】", ""))
    number = next(one for one in quantities.find(text) if one.left <= start + 6 and one.right > start)
    return verdict.judge(text, number, verdict.place(text, number, (0, len(text)), frame))


@pytest.mark.parametrize("code", [rule.code for rule in RULES])
def test_each_rule_decides_its_example(code: str) -> None:
    frame, marked = EXAMPLES[code]
    found = judged(frame, marked)
    assert found.rule == code
    assert (found.kind, found.reason, found.confidence) == next(
        (rule.verdict, rule.reason, rule.confidence) for rule in RULES if rule.code == code
    )


def test_the_table_has_no_example_of_a_rule_that_is_gone() -> None:
    assert set(EXAMPLES) == {rule.code for rule in RULES}


def test_codes_are_unique_and_reasons_are_said() -> None:
    codes = [rule.code for rule in RULES]
    assert len(codes) == len(set(codes))
    assert all(re.search("[一-鿿]", rule.reason) and 0 < rule.confidence < 1 for rule in RULES)


@pytest.mark.parametrize(
    ("frame", "marked", "kind"),
    [
        ("plan", "重点实验室达到【80家以上】、研发机构达到30家以上", "target"),
        ("plan", "引进产业项目【20个以上】，其中外资5个", "target"),
        ("plan", "完成投资【400亿元以上】，带动就业", "target"),
        ("plan", "引导【100家】企业设立研发机构", "target"),
        ("plan", "出口保持【两位数】增长", "target"),
        ("past", "新增就业【52.3万人】，完成全年目标", "past"),
        ("plan", "城镇新增就业【1.1万人以上】，失业率控制在3%以内", "target"),
        ("plan", "改造老旧小区【300个】、老旧管网3500公里", "target"),
    ],
)
def test_neighbours_of_a_rule_are_left_alone(frame: str, marked: str, kind: str) -> None:
    assert judged(frame, marked).kind == kind


def test_the_base_unit_of_an_unknown_unit_is_itself() -> None:
    assert verdict.base_unit("万平方米") == "平方米"
    assert verdict.base_unit("没有") == "没有"
