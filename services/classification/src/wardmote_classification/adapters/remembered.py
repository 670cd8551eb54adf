"""A pile-on judged once: the model's reading of a text is used again for copies that say the same, within one council and one hour.

Rules and fast path run on every copy all the same. Nothing goes unread: what a copy says is equal word for word to what the model read,
and what it has otherwise, a greeting, a name, a handle, a link, the model reads by itself. There it sees more than in the whole: "Rot In
Hell" where the name stands moved a long letter's logit by no more than names do, and by itself stood apart from all of them. How near
the fast path's votes of two copies are guards nothing: a copy without its full stops is further off than one with such a name.
"""

import time
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray
from prometheus_client import CollectorRegistry, Counter

from wardmote_classification.adapters.line_assessor import Instruments
from wardmote_classification.adapters.line_model import Reading, Word
from wardmote_classification.adapters.sameness import Wording, wording_of
from wardmote_kernel.identity import TenantId
from wardmote_kernel.taxonomy import Outcome
from wardmote_runtime.tenancy import current_tenant

LONGEST_TEXT = 4_000
"""Characters of a text whose reading is kept; copies of longer ones are rare, and each would take 100 kB."""

MOST_TEXTS, MOST_COUNCILS = 256, 16
"""Kept of one council, and councils: 10 MB for letters of ordinary length, 100 MB at the worst."""

MOST_SECONDS = 3_600.0
"""How long a reading is used."""

_MARKS = np.dtype([("word", "i4"), ("first", "i4"), ("last", "i4"), ("insulting", "f4"), ("deciding", "f4")])


def remembering(instruments: Instruments, registry: CollectorRegistry) -> Instruments:
    """The same instruments, with a memory before the model. Only for work that runs in a council's scope."""
    return replace(instruments, model=RememberingReader(instruments, ReadingsCounted(registry), Memory()))


class ReadingsCounted:
    """How often the memory saved the model's work."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._readings = Counter(
            "wardmote_readings", "Texts judged, by whether the model read them or an earlier reading was used again.", ["result"],
            registry=registry,
        )  # fmt: skip

    def count(self, *, is_reused: bool) -> None:
        self._readings.labels("reused" if is_reused else "read").inc()


@dataclass(frozen=True, slots=True)
class Kept:
    """What the model said of a text, without the text."""

    reading: Reading
    """Its words left out; they are in ``marks``."""
    marks: NDArray[Any]
    """The model's marks by number of the text's word and by place within it."""
    fringe: int
    """Hash of the fringe that was read with it."""
    has_clear_fringe: bool
    """Whether the fringe is known to have had no part in it."""
    read_at: float


class Memory:
    """Readings by council. What was not asked for longest goes first. Safe to share between threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self._lock = Lock()
        self._councils: OrderedDict[TenantId, OrderedDict[bytes, Kept]] = OrderedDict()

    def find(self, tenant: TenantId, key: bytes) -> Kept | None:
        with self._lock:
            texts = self._councils.get(tenant, OrderedDict())
            kept = texts.get(key)
            if kept is None:
                return None
            if self.clock() - kept.read_at > MOST_SECONDS:
                del texts[key]
                return None
            texts.move_to_end(key)
            self._councils.move_to_end(tenant)
            return kept

    def keep(self, tenant: TenantId, key: bytes, kept: Kept) -> None:
        with self._lock:
            texts = self._councils.setdefault(tenant, OrderedDict())
            texts[key] = kept
            texts.move_to_end(key)
            self._councils.move_to_end(tenant)
            if len(texts) > MOST_TEXTS:
                texts.popitem(last=False)
            if len(self._councils) > MOST_COUNCILS:
                self._councils.popitem(last=False)


class RememberingReader:
    """Stands before the transformer, as one."""

    def __init__(self, instruments: Instruments, counted: ReadingsCounted, memory: Memory) -> None:
        self._with = instruments
        self._counted = counted
        self._memory = memory

    def read(self, texts: Sequence[str]) -> list[Reading]:
        """A reading of each text, in their order, for the current council."""
        return [self._one(current_tenant(), text) for text in texts]

    def _one(self, tenant: TenantId, text: str) -> Reading:
        wording = wording_of(text)
        kept = self._memory.find(tenant, wording.key)
        # Without an earlier text of these words there is nothing to save yet, and the fringe is not read apart.
        has_clear_fringe = not wording.fringe or (kept is not None and self._is_clear(wording.fringe))
        if kept is not None and (kept.fringe == hash(wording.fringe) or (kept.has_clear_fringe and has_clear_fringe)):
            self._counted.count(is_reused=True)
            return _reading_of(kept, wording)
        reading = self._with.model.read([text])[0]
        self._counted.count(is_reused=False)
        is_better = has_clear_fringe or kept is None or not kept.has_clear_fringe
        if is_better and wording.places and len(text) <= LONGEST_TEXT:
            marks = _marks_of(reading, wording)
            entry = Kept(replace(reading, words=()), marks, hash(wording.fringe), has_clear_fringe, self._memory.clock())
            self._memory.keep(tenant, wording.key, entry)
        return reading

    def _is_clear(self, fringe: str) -> bool:
        """Whether the fringe, read by itself, is on the clear side of the line and no threat."""
        reading, calibration = self._with.model.read([fringe])[0], self._with.calibration
        score = calibration.of_abuse(reading.logits, self._with.fast.one(fringe), has_rule=False, has_threat_rule=False)
        threat = calibration.of_heads(reading.logits)["T2"]
        return calibration.line.side(score, threat, has_rule=False, has_threat_rule=False) is Outcome.NOT_ABUSE


def _marks_of(reading: Reading, wording: Wording) -> NDArray[Any]:
    """The marks that lie in a word, by its number: those on the fringe and on stops say nothing of another copy."""
    starts = [start for start, _ in wording.places]
    found = []
    for mark in reading.words:
        number = bisect_right(starts, mark.start) - 1
        if number >= 0 and mark.end <= wording.places[number][1]:
            found.append((number, mark.start - starts[number], mark.end - starts[number], mark.insulting, mark.deciding))
    return np.array(found, dtype=_MARKS)


def _reading_of(kept: Kept, wording: Wording) -> Reading:
    """The reading with its marks at the places of this copy's words."""
    words = []
    for number, first, last, insulting, deciding in kept.marks.tolist():
        start = wording.places[number][0]
        words.append(Word(start + first, start + last, insulting, deciding))
    return replace(kept.reading, words=tuple(words))
