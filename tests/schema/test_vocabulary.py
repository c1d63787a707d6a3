"""The vocabularies, and units split into multiplier and base."""

from decimal import Decimal

import pytest

from schema.vocabulary import BASE_UNITS, MULTIPLIERS, MULTIPLIERS_EN, UNITS, VOCABULARIES, parse_unit


@pytest.mark.parametrize(
    ("code", "base", "multiplier"),
    [
        ("亿元", "元", 10**8),
        ("万元", "元", 10**4),
        ("千元", "元", 10**3),
        ("百万元", "元", 10**6),
        ("千万元", "元", 10**7),
        ("百亿元", "元", 10**10),
        ("千亿元", "元", 10**11),
        ("万亿元", "元", 10**12),
        ("亿美元", "美元", 10**8),
        ("万人", "人", 10**4),
        ("万人次", "人次", 10**4),
        ("万平方米", "平方米", 10**4),
        ("亿立方米", "立方米", 10**8),
        ("万千瓦", "千瓦", 10**4),
        ("万千瓦时", "千瓦时", 10**4),
        ("亿千瓦时", "千瓦时", 10**8),
        ("万吨标准煤", "吨标准煤", 10**4),
        ("万吨/日", "吨/日", 10**4),
        ("千瓦", "千瓦", 1),
        ("千瓦时", "千瓦时", 1),
        ("千克", "千克", 1),
        ("千米", "千米", 1),
        ("元/平方米", "元/平方米", 1),
        ("万元/人", "元/人", 10**4),
        ("微克/立方米", "微克/立方米", 1),
        ("%", "%", 1),
        ("‰", "‰", 1),
        ("个百分点", "个百分点", 1),
        ("个", "个", 1),
        ("万个", "个", 10**4),
        ("个月", "个月", 1),
        ("工作日", "工作日", 1),
        ("万", "", 10**4),
        ("亿", "", 10**8),
        ("", "", 1),
    ],
)
def test_a_printed_unit_is_split_into_multiplier_and_base(code: str, base: str, multiplier: int) -> None:
    unit = parse_unit(code)
    assert unit is not None
    assert (unit.code, unit.base_unit, unit.multiplier) == (code, base, multiplier)


@pytest.mark.parametrize("code", ["光年", "百分点", "万光年", "元万", " 元", "元 ", "万万元", "kg", "％", "亩/"])
def test_what_is_not_in_the_vocabulary_is_no_unit(code: str) -> None:
    assert parse_unit(code) is None


def test_every_listed_unit_parses_to_itself() -> None:
    assert [unit for unit in UNITS if parse_unit(unit.code) != unit] == []
    assert len({unit.code for unit in UNITS}) == len(UNITS)


def test_every_multiplier_before_a_base_unit_is_understood() -> None:
    for prefix, factor in MULTIPLIERS.items():
        for base in BASE_UNITS:
            unit = parse_unit(prefix + base)
            assert unit is not None
            if prefix + base not in BASE_UNITS:
                assert (unit.base_unit, unit.multiplier) == (base, factor)


def test_multipliers_are_the_powers_that_their_characters_spell() -> None:
    digits = {"十": 10, "百": 100, "千": 1000, "万": 10_000, "亿": 100_000_000}
    for prefix, factor in MULTIPLIERS.items():
        product = 1
        for character in prefix:
            product *= digits[character]
        assert factor == product
    assert set(MULTIPLIERS) == set(MULTIPLIERS_EN)


def test_the_english_multipliers_mean_the_same() -> None:
    words = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
    for prefix, label in MULTIPLIERS_EN.items():
        product = Decimal(1)
        for word in label.split():
            product *= words.get(word) or Decimal(word)
        assert product == MULTIPLIERS[prefix], label


@pytest.mark.parametrize("name", VOCABULARIES)
def test_every_code_is_unique_and_fully_described(name: str) -> None:
    terms = VOCABULARIES[name]
    assert len({term.code for term in terms}) == len(terms)
    for term in terms:
        assert term.label_en.isascii()
        assert term.definition
        assert term.label or term.code == ""
