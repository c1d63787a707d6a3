"""Normalise a source text to paragraphs for the grammar. Every character keeps its offset in the source (code points)."""

import re
import unicodedata
from collections.abc import Iterable
from functools import cache, lru_cache
from typing import NamedTuple

from opencc import OpenCC

_PUNCTUATION = str.maketrans({
    ";": "；", "?": "？", "!": "！", "(": "（", ")": "）", "﹙": "（", "﹚": "）", "「": "“", "」": "”", "『": "“", "』": "”",
    "〝": "“", "〞": "”", "∼": "～", "〜": "～", "~": "～", "–": "—", "―": "—", "─": "—", "−": "-", "﹣": "-", "％": "%",
    "﹪": "%", "∶": ":", "：": "：", "，": "，", "；": "；", "？": "？", "！": "！", "（": "（", "）": "）", "～": "～", "－": "-",
    "○": "〇", "◯": "〇",
})  # fmt: skip
"""Maps punctuation to its Chinese form, so that rules need only one form."""

_CLAUSE_COMMA = re.compile(r",(?!\d{3}(?!\d))|(?<!\d),")
_CLAUSE_COLON = re.compile(r":(?!\d)|(?<!\d):")
_TERMINAL = "。！？；：…|"
_CONTINUES = re.compile(r"[，、。；：）”%的是和与及]|是：")
_HEADED = re.compile(
    r"[一二三四五六七八九十]{1,3}、|（[一二三四五六七八九十]{1,3}）|\d{1,2}[.、．](?!\d)|第[一二三四五六七八九十百]+[章节篇部条]|#|\||附[件表录]|[-*•·●■◆] ?|——|表\d"
)
_WRAP_SHARE = 0.3
_WRAP_LINES = 8


class Paragraph(NamedTuple):
    """One folded paragraph. `offsets[i]` is the offset of `text[i]` in the source; `parted` is whether a blank line precedes it."""

    text: str
    offsets: tuple[int, ...]
    parted: bool = False


@cache
def _converter() -> OpenCC:
    return OpenCC("t2s")


@lru_cache(maxsize=16384)
def fold_character(character: str) -> str:
    """Fold one character to half width, simplified Chinese and Chinese punctuation. The result is always one character."""
    if character.isascii():
        return character.translate(_PUNCTUATION)
    known = character.translate(_PUNCTUATION)
    if known != character or character in "：，；？！（）～":
        return known
    wide = unicodedata.normalize("NFKC", character)
    if len(wide) == 1 and character not in "…﹏":
        character = wide
    if "㐀" <= character <= "鿿" or "豈" <= character <= "﫿":
        simple = _converter().convert(character)
        return simple if len(simple) == 1 else character
    return character


def fold(text: str) -> str:
    """Fold a text character by character. The result has the same length."""
    folded = "".join(map(fold_character, text))
    folded = _CLAUSE_COMMA.sub("，", folded)
    return _CLAUSE_COLON.sub("：", folded)


def _lines(text: str) -> Iterable[tuple[int, int]]:
    at = 0
    for line in text.splitlines(keepends=True):
        yield at, at + len(line.rstrip())
        at += len(line)


def _strip(folded: str, start: int, end: int) -> list[int]:
    """List the offsets of a line that are kept: all except spaces that are not between Latin words."""
    keep: list[int] = []
    for at in range(start, end):
        character = folded[at]
        if character.isspace() or unicodedata.category(character) in {"Cf", "Cc"}:
            nearest = folded[at + 1] if at + 1 < end else ""
            if (
                keep
                and folded[keep[-1]].isascii()
                and folded[keep[-1]].isalpha()
                and nearest.isascii()
                and nearest.isalnum()
            ):
                keep.append(at)
            continue
        keep.append(at)
    return keep


def _wrap_width(lengths: list[int]) -> int:
    """Return the width at which a typesetter broke lines, or a width that no line has."""
    if len(lengths) < _WRAP_LINES:
        return max(lengths, default=0) + 1
    width = sorted(lengths)[int(len(lengths) * 0.9)]
    close = sum(1 for length in lengths if width - 3 <= length <= width + 3)
    # Real paragraphs differ in length; lines that a page cut are alike.
    return width - 4 if close >= _WRAP_SHARE * len(lengths) and width <= 70 else max(lengths) + 1


def _joins(before: str, after: str, width: int) -> bool:
    if _HEADED.match(after) or before[-1] in _TERMINAL or before[0] == "#":
        return False
    if _CONTINUES.match(after) or before[-1] in "，、（“":
        return True
    if before[-1].isdigit() and not after[0].isdigit() and len(before) > 40:
        return True
    if before[-1].isascii() and before[-1].isalpha() and after[0].isdigit():
        return True
    return len(before) >= width


def paragraphs(source: str) -> list[Paragraph]:
    """Split a source text into folded paragraphs. Lines that a page layout or a web editor broke are joined."""
    folded = fold(source)
    lines: list[tuple[list[int], bool]] = []
    blank = False
    for start, end in _lines(source):
        keep = _strip(folded, start, end)
        if keep:
            lines.append((keep, blank))
            blank = False
        else:
            blank = True
    width = _wrap_width([len(keep) for keep, _ in lines])
    result: list[tuple[list[int], bool]] = []
    last = 0
    for keep, parted in lines:
        if result and not parted:
            before = "".join(folded[at] for at in result[-1][0][:1] + result[-1][0][-60:])
            after = "".join(folded[at] for at in keep[:12])
            if _joins(before, after, width if last >= width else 10**9):
                result[-1][0].extend(keep)
                last = len(keep)
                continue
        result.append((list(keep), parted))
        last = len(keep)
    return [
        Paragraph("".join(folded[at] if not folded[at].isspace() else " " for at in keep), tuple(keep), parted)
        for keep, parted in result
    ]
