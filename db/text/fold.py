"""Fold text for search: width, case and traditional characters are the same; then one token a character."""

import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from importlib.resources import files

_TABLE = (files("db.text") / "traditional.txt").read_text("utf-8").split()
SIMPLIFIED = str.maketrans({pair[0]: pair[1] for pair in _TABLE})
"""Traditional to simplified, character by character, from OpenCC (tests.db.opencc_table writes it, a test compares)."""

MARK = "ㄅ"
"""A letter for the tokenizer, beyond the characters that stand for themselves."""

_PLAIN_FROM, _PLAIN_TO = "一", "鿌"
"""The common Chinese characters."""


@lru_cache(maxsize=16384)
def fold_character(character: str) -> str:
    """Fold one character (NFKC, case, traditional to simplified); the result may be longer than one character."""
    return unicodedata.normalize("NFKC", character).casefold().translate(SIMPLIFIED)


def fold(text: str) -> str:
    """Fold text character by character, so that a place in the result can be traced back to the text."""
    return "".join(map(fold_character, unicodedata.normalize("NFC", text)))


def tokens(text: str) -> str:
    """Spell folded text as one token a character, so that a phrase of tokens is a substring, of any length.

    ASCII letters and digits and the common Chinese characters stand for themselves; all else, which the
    tokenizer would drop, is written as its code point. No token contains a space, so that one text holds another
    exactly if its tokens, with a space at either end, hold the other's.
    """
    return " ".join(map(_token, fold(text)))


def spelling(texts: Iterable[str | None]) -> str:
    """Spell what a search looks through; a line break stands between texts, so that no word spans two."""
    return f" {tokens(chr(10).join(filter(None, texts)))} "


def grams(spelled: str) -> str:
    """Turn a spelling into what the search index holds: each character with the next, and the last one alone.

    A pair costs as much to look up as a character and is some thousand times rarer, so that a word of two frequent
    characters is not looked for among the places of both. A code point gets a mark at either end that stands for
    nothing else, so that no token is the beginning of another character's.
    """
    characters = _marked(spelled)
    return " ".join(map("".join, zip(characters, [*characters[1:], ""], strict=True)))


def phrases(query: str) -> str:
    """Turn a query into an FTS5 expression that asks for every word of it as a substring."""
    return " AND ".join(map(_phrase, query.split()))


def _phrase(word: str) -> str:
    *pairs, last = grams(tokens(word)).split()
    return f'"{" ".join(pairs)}"' if pairs else f'"{last}"*'


def ranges(text: str, query: str) -> list[list[int]]:
    """Find where the words of a query stand in a text: sorted, merged [start, end) offsets in characters of `text`."""
    text = unicodedata.normalize("NFC", text)
    folded = [fold_character(character) for character in text]
    origin = [index for index, piece in enumerate(folded) for _ in piece]
    haystack = "".join(folded)
    marked = set()
    for word in map(fold, query.split()):
        start = haystack.find(word)
        while start >= 0:
            marked.update(origin[start : start + len(word)])
            start = haystack.find(word, start + 1)
    found: list[list[int]] = []
    for index in sorted(marked):
        if found and found[-1][1] == index:
            found[-1][1] = index + 1
        else:
            found.append([index, index + 1])
    return found


def _marked(spelled: str) -> list[str]:
    return [f"{MARK}{token}{MARK}" if len(token) > 1 else token for token in spelled.split()]


def _begins_plainly(pair: str) -> bool:
    return _PLAIN_FROM <= pair[0] <= _PLAIN_TO


@lru_cache(maxsize=16384)
def _token(character: str) -> str:
    plain = (character.isascii() and character.isalnum()) or _begins_plainly(character)
    return character if plain else f"u{ord(character):04x}"
