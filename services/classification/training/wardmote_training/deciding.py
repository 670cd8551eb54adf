"""Which words decide: those in which the abusive half of a contrast pair differs from the legitimate one."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from difflib import SequenceMatcher

from wardmote_training.example import Example, Spans

_ALIKE = 0.55
"""Below this share of like words the halves are two texts, and what differs says nothing."""

_WORD = re.compile(r"\w+|[^\w\s]+")


def mark(examples: Sequence[Example]) -> list[Example]:
    """The same examples; halves of close pairs with their deciding words. A legitimate half has none."""
    halves: dict[str, list[Example]] = defaultdict(list)
    for example in examples:
        if example.pair:
            halves[example.pair].append(example)
    return [replace(example, deciding=_deciding(example, halves[example.pair])) if example.pair else example for example in examples]


def _deciding(example: Example, halves: Sequence[Example]) -> Spans | None:
    others = [half for half in halves if half.labels["abuse"] != example.labels["abuse"]]
    if not others:
        return None
    words, other = list(_WORD.finditer(example.text)), [word.group().lower() for word in _WORD.finditer(others[0].text)]
    matcher = SequenceMatcher(None, [word.group().lower() for word in words], other, autojunk=False)
    if matcher.ratio() < _ALIKE:
        return None
    if example.labels["abuse"] == 0.0:
        return ()
    changed = [(first, last) for kind, first, last, _, _ in matcher.get_opcodes() if kind != "equal" and last > first]
    return tuple((words[first].start(), words[last - 1].end()) for first, last in changed) or None
