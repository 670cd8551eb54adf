"""Leaves voices out: every message is judged by a model that never read its author."""

from collections.abc import Iterator, Sequence

from wardmote_training.example import Example


def folds(examples: Sequence[Example], count: int) -> Iterator[tuple[list[Example], list[Example]]]:
    """Examples to learn from and to judge, so that each voice is judged once and never learnt from then."""
    voices = sorted({example.voice for example in examples})
    for number in range(count):
        held = set(voices[number::count])
        yield [one for one in examples if one.voice not in held], [one for one in examples if one.voice in held]
