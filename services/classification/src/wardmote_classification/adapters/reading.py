"""Hints about a text that make a person's reading needful: what is quoted in it, and whether it is English at all."""

import re
from collections.abc import Sequence

FEWEST_WORDS = 6
"""Shorter texts give no hint of their language."""

_WELSH_WORDS = (
    "a ac aeth ag am ar at ble byddai bydd chi chwi cyngor cynghorydd dim diolch dros dydd ddim dych dydy ei ein eich eu efo fel fi fod fy "
    "fydd ffordd gan gyda gael gwneud hefyd hi hyn hynny i iawn mae maen mewn mynd nac neu ni nid nhw oedd oes os pan pam paid rwyf rwy "
    "rydw rydym sydd syn wedi wnaeth wrth y yn yng ym yr yw"
)
_WELSH = frozenset(_WELSH_WORDS.split()) - {"a", "am", "at", "i", "y"}
"""Common Welsh words that are not English ones too."""

LEAST_WELSH = 0.2
"""Of common Welsh words: the share from which on a text that is not English counts as Welsh."""

LEAST_SHARE = 0.15
"""Of common English words. Of 1,980 English messages in letters, voicemails, posts and dialect six have less, and all in Welsh."""

_COMMON_WORDS = (
    "about after again all am and any are as at back be because been before but by can could day did do does dont down even every "
    "for from get go going got had has have he her here him his how i if im in into is it its just know last like lot me more my need "
    "never no not now of off on one only or our out over people please put see she should so some still than that the their them then "
    "there they this time to told too up us very want was way we well were what when where which who why will with would year you your "
    "u ur ye yer aye em"
)
_COMMON = frozenset(_COMMON_WORDS.split())
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_QUOTED = re.compile(r"[\"“][^\"”]{2,2000}[\"”]|(?<!\w)['‘][^'’]{2,600}(?:(?<=\w)['’](?=\w)[^'’]{1,600}){0,40}['’](?!\w)")


def quotations(text: str) -> list[tuple[int, int]]:
    """Where the text quotes, as half-open ranges. Marks around the whole text quote nothing."""
    return [found.span() for found in _QUOTED.finditer(text) if found.group() != text.strip()]


def is_quoted(start: int, end: int, quoted: Sequence[tuple[int, int]]) -> bool:
    """Whether a range lies inside one of the quotations."""
    return any(begin <= start and end <= finish for begin, finish in quoted)


def looks_welsh(text: str) -> bool:
    """Whether enough of the words are common Welsh ones, marks over letters or not. Asked of a text that does not look English."""
    words = [
        found.group().lower().replace("ŵ", "w").replace("ŷ", "y").replace("â", "a").replace("ô", "o") for found in _WORD.finditer(text)
    ]
    return bool(words) and sum(word.split("'")[0].split("’")[0] in _WELSH for word in words) >= LEAST_WELSH * len(words)


def looks_english(text: str) -> bool:
    """Whether enough of the words are common English ones. Too few words to tell counts as English."""
    words = [found.group().lower().replace("'", "").replace("’", "") for found in _WORD.finditer(text)]
    if len(words) < FEWEST_WORDS:
        return True
    return sum(word in _COMMON for word in words) >= LEAST_SHARE * len(words)
