"""Write the table that db.text.fold reads, from the installed OpenCC.

    python -m tests.db.opencc_table > db/text/traditional.txt

Each line is a traditional character and the simplified one it ends at. Characters that NFKC changes are left out: they
are folded by that first.
"""

import sys
import unicodedata
from collections.abc import Iterator

from opencc import OpenCC

PLANES = range(0x3400, 0x40000)
"""From the first Chinese character to the end of the planes that hold them."""


def pairs() -> Iterator[str]:
    """Yield the pairs in the order of code points."""
    simplify = OpenCC("t2s").convert
    for character in map(chr, PLANES):
        surrogate = unicodedata.category(character) == "Cs"
        if surrogate or unicodedata.normalize("NFKC", character) != character:
            continue
        simplified = simplify(character)
        while (further := simplify(simplified)) != simplified:  # 薴 is simplified to 苧, and that to 苎
            simplified = further
        if simplified != character:
            yield character + simplified


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    print("\n".join(pairs()))
