"""When two texts say the same: every word and sign equal, in order. What copies of one message change is told apart as their fringe.

One word decides too often for anything looser. Of the council line's 2,154 contrast pairs 24 differ in a single word, and the likest two
share 96 % of their runs of three words. Of HatemojiBuild's 3,592 texts without their emoji 685 stand for both labels, so emoji are words;
ten of its texts turn on "=" or "≠" alone, so signs are too. Only marks that divide sentences, blanks and letter case do not count.
"""

import hashlib
import re
from dataclasses import dataclass

_LETTER = r"[^\W\d_]"
_NAME = rf"{_LETTER}(?:{_LETTER}|['.-])*"
"""No digit: a house, an hour or a telephone number is never part of a greeting."""

_GREETING = rf"\A\s*(?:dear|hi|hello|good (?:morning|afternoon|evening))(?:[ \t]+{_NAME}){{0,6}}[ \t]*[,:!\n–—-]"
_WISHES = r"yours (?:sincerely|faithfully|truly)|(?:kind |best |warm )?regards|best wishes|many thanks"
_LEAVE = rf"\b(?:{_WISHES})\b(?:[\s,]+{_NAME}){{0,6}}[\s,]*\Z"
_WORD = rf"{_LETTER}+(?:'{_LETTER}+)*|\d+|[^\s.,!?;:…*~()_–—-]"
_PARTS = re.compile(rf"(?P<fringe>{_GREETING}|{_LEAVE}|(?:https?://|www\.)\S+|@\w+)|(?P<word>{_WORD})")
_QUOTES = str.maketrans("‘’“”", "''\"\"")


@dataclass(frozen=True, slots=True)
class Wording:
    """What a text says, without its words: texts of one key say the same but for their fringe."""

    key: bytes
    places: tuple[tuple[int, int], ...]
    """Of each word and sign. Those of texts of one key go together one by one, each with its pair of equal length."""
    fringe: str
    """Greeting, leave with a name, handles and links, as they stand in the text."""


def wording_of(text: str) -> Wording:
    """How a prepared text is worded."""
    plain = text.translate(_QUOTES).lower()
    plain = plain if len(plain) == len(text) else text.translate(_QUOTES)  # a few letters grow when made small; places must hold
    parts = list(_PARTS.finditer(plain))
    words = [part for part in parts if part["word"]]
    key = hashlib.sha256("\0".join(part.group() for part in words).encode()).digest()
    return Wording(key, tuple(part.span() for part in words), "\n".join(part.group() for part in parts if part["fringe"]))
