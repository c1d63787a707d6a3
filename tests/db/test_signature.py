"""Signatures of departments: a name that is there is never overlooked."""

import json

from hypothesis import given
from hypothesis import strategies as st

from db.signature import BITS, of_list, signature

NAMES = st.lists(st.text(min_size=1), max_size=9)


@given(names=NAMES, others=NAMES)
def test_a_signature_has_the_bits_of_each_of_its_names(names: list[str], others: list[str]) -> None:
    whole = of_list(json.dumps([*names, None, *others]))
    assert whole == signature(names) | signature(others) == signature([*others, *names])
    assert all(signature([name]) & whole for name in names)
    assert 0 <= whole < 1 << BITS < 1 << 63


def test_a_signature_is_the_same_in_every_process_and_tells_names_apart() -> None:
    assert signature(["统计局"]) == 1 << 34  # stores hold it
    assert of_list("[null]") == signature([]) == 0
    assert len({signature([f"{name}局"]) for name in "甲乙丙丁戊己庚辛"}) > 4
