"""Readings used again for copies: only within a council, only for the same words, and never past a threat."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

import pytest
from prometheus_client import CollectorRegistry
from wardmote_classification.adapters.calibration import Calibration
from wardmote_classification.adapters.line_assessor import MOTIVATIONS, TYPES, Instruments, LineAssessor
from wardmote_classification.adapters.line_model import Reading, Word
from wardmote_classification.adapters.preparation import prepared
from wardmote_classification.adapters.remembered import (
    LONGEST_TEXT,
    MOST_COUNCILS,
    MOST_SECONDS,
    MOST_TEXTS,
    Memory,
    ReadingsCounted,
    RememberingReader,
    remembering,
)
from wardmote_classification.adapters.rule_assessor import RuleAssessor
from wardmote_classification.domain.line import Line

from wardmote_kernel.taxonomy import TargetRole, ThreatLevel
from wardmote_rules.rule_pass import RulePass
from wardmote_runtime.tenancy import NoTenant, tenant_scope

MARLBROOK, EASTMERE = UUID(int=1), UUID(int=2)
HEADS = ("abuse", "hate", *TYPES, *MOTIVATIONS, "T1", "T2", "T3")
LINE = Line(clear=0.25, abuse=0.75, threat_lane=0.3, heads=dict.fromkeys(HEADS, 0.5))
WEIGHTS = {"model": 1.0, "fast": 0.0, "rule": 0.0, "rule-threat": 0.0, "bias": 0.0}
LETTER = "Please keep Holt library open. My mother walks there every day."


@dataclass
class WatchfulModel:
    """Finds abuse where the word "pig" is, a threat where "soon" is, and remembers what it was asked."""

    asked: list[str] = field(default_factory=list)

    def read(self, texts: Sequence[str]) -> list[Reading]:
        self.asked += texts
        return [self._reading(text) for text in texts]

    def _reading(self, text: str) -> Reading:
        words, at = [], 0
        for word in text.split():
            at = text.index(word, at)
            words.append(Word(at, at + len(word.rstrip(".,!")), -3.0, 3.0 if word.startswith("library") else -3.0))
            at += len(word)
        logits = dict.fromkeys(HEADS, -6.0) | {"abuse": 4.0 if "pig" in text else -4.0, "T2": 2.0 if "soon" in text else -6.0}
        return Reading(logits, tuple(words), 0.0)


class SilentFast:
    def one(self, text: str) -> dict[str, float]:
        return {"abuse": 0.0}


@pytest.fixture
def model() -> WatchfulModel:
    return WatchfulModel()


@pytest.fixture
def instruments(model: WatchfulModel) -> Instruments:
    return Instruments(model, SilentFast(), Calibration(WEIGHTS, dict.fromkeys(HEADS, (1.0, 0.0)), LINE, "c1"), "m1")


@dataclass
class Seconds:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Bench:
    reader: RememberingReader
    model: WatchfulModel
    seconds: Seconds
    registry: CollectorRegistry

    def read(self, text: str, council: UUID = MARLBROOK) -> Reading:
        with tenant_scope(council):
            return self.reader.read([prepared(text).text])[0]

    def times(self, text: str, council: UUID = MARLBROOK) -> int:
        """How many texts the model read for this one."""
        before = len(self.model.asked)
        self.read(text, council)
        return len(self.model.asked) - before

    def counted(self, result: str) -> float | None:
        return self.registry.get_sample_value("wardmote_readings_total", {"result": result})


@pytest.fixture
def bench(instruments: Instruments, model: WatchfulModel) -> Bench:
    seconds, registry = Seconds(), CollectorRegistry()
    return Bench(RememberingReader(instruments, ReadingsCounted(registry), Memory(seconds)), model, seconds, registry)


def test_a_copy_with_other_stops_blanks_and_capitals_is_not_read_again(bench: Bench) -> None:
    assert bench.times(LETTER) == 1
    assert bench.times(LETTER.upper().replace(".", "!!\n")) == 0
    assert (bench.counted("read"), bench.counted("reused")) == (1.0, 1.0)


def test_the_marks_stand_at_the_words_of_the_copy(bench: Bench) -> None:
    bench.read(LETTER)
    copy = "PLEASE,   keep Holt\n\nLIBRARY open!! My mother: walks there every day"
    text = prepared(copy).text
    words = bench.read(copy).words
    assert [text[word.start : word.end] for word in words] == text.replace(",", "").replace("!!", "").replace(":", "").split()
    assert [text[word.start : word.end] for word in words if word.deciding > 0] == ["library"]
    assert len(bench.model.asked) == 1


def test_the_same_text_at_another_council_is_read_anew(bench: Bench) -> None:
    assert [bench.times(LETTER, council) for council in (MARLBROOK, EASTMERE, MARLBROOK, EASTMERE)] == [1, 1, 0, 0]


@pytest.mark.parametrize("clause", [" I will see you soon.", " Pig.", " \N{RAT}", " She walks there at 7."])
def test_one_more_clause_is_always_read(bench: Bench, clause: str) -> None:
    bench.read(LETTER)
    assert bench.times(LETTER + clause) == 1


def test_a_greeting_and_a_name_are_read_by_themselves(bench: Bench) -> None:
    bench.read(LETTER)
    assert bench.times("Dear Cllr Holt,\n" + LETTER + "\nKind regards,\nAnna Green") == 1
    assert bench.model.asked[-1] == "dear cllr holt,\nkind regards,\nanna green"
    assert (bench.counted("read"), bench.counted("reused")) == (1.0, 1.0)


@pytest.mark.parametrize("fringe", ["Dear old pig,\n{}", "{}\nKind regards,\nSee You Soon", "@pig {}"])
def test_a_greeting_name_or_handle_that_is_not_clear_by_itself_brings_the_whole_before_the_model(bench: Bench, fringe: str) -> None:
    bench.read(LETTER)
    text = fringe.format(LETTER)
    reading = bench.read(text)
    assert bench.model.asked[-1] == prepared(text).text
    assert max(reading.logits["abuse"], reading.logits["T2"]) > 0
    assert bench.times(LETTER) == 0
    assert bench.read(LETTER).logits == dict.fromkeys(HEADS, -6.0) | {"abuse": -4.0}


def test_what_an_insulting_greeting_brought_about_is_not_said_of_the_letter_alone(bench: Bench) -> None:
    assert bench.read("Dear old pig,\n" + LETTER).logits["abuse"] == 4.0
    assert bench.read(LETTER).logits["abuse"] == -4.0


def test_letters_with_a_name_each_are_read_whole_twice_and_then_by_their_names(bench: Bench) -> None:
    letters = [LETTER + f"\nKind regards,\n{name}" for name in ("Anna Green", "Tom Iqbal", "Wei Zhang", "Siobhan O'Leary")]
    assert [bench.times(letter) for letter in letters] == [1, 2, 1, 1]
    assert bench.counted("reused") == 2.0


def test_a_reading_is_used_for_an_hour(bench: Bench) -> None:
    bench.read(LETTER)
    bench.seconds.now = MOST_SECONDS
    assert bench.times(LETTER) == 0
    bench.seconds.now += 1
    assert bench.times(LETTER) == 1


def test_what_was_not_asked_for_longest_makes_room_and_only_in_its_own_council(bench: Bench) -> None:
    bench.read("Keep it open.", EASTMERE)
    for number in range(MOST_TEXTS):
        bench.read(f"Letter {number}")
    bench.read("Letter 0")
    bench.read("One letter more")
    assert [bench.times("Letter 0"), bench.times("Letter 2"), bench.times("Letter 1"), bench.times("Keep it open.", EASTMERE)] == [
        0,
        0,
        1,
        0,
    ]


def test_councils_that_have_gone_quiet_make_room(bench: Bench) -> None:
    for number in range(MOST_COUNCILS + 1):
        bench.read(LETTER, UUID(int=number + 1))
    assert bench.times(LETTER, UUID(int=MOST_COUNCILS + 1)) == 0
    assert bench.times(LETTER, UUID(int=1)) == 1


def test_very_long_texts_and_texts_without_a_word_are_not_kept(bench: Bench) -> None:
    assert [bench.times(text) for text in ("no " * LONGEST_TEXT, "no " * LONGEST_TEXT, "@cllr_holt", "@cllr_holt")] == [1, 1, 1, 1]


def test_rules_find_a_threat_in_every_copy_and_the_model_reads_them_once(instruments: Instruments, model: WatchfulModel) -> None:
    assessor = LineAssessor(RuleAssessor(RulePass.load()), remembering(instruments, CollectorRegistry()))
    with tenant_scope(MARLBROOK):
        for text in ("I will kill you, councillor Holt.", "I WILL KILL YOU, councillor Holt!!"):
            judgement = assessor.assess(text, TargetRole.COUNCILLOR)
            assert any(found.threat is ThreatLevel.T3 or found.is_danger for found in judgement.findings)
    assert len(model.asked) == 1


async def test_the_council_reaches_the_thread_that_judges(bench: Bench) -> None:
    async def judged(council: UUID) -> None:
        with tenant_scope(council):
            await asyncio.to_thread(bench.reader.read, [LETTER])

    await asyncio.gather(judged(MARLBROOK), judged(EASTMERE))
    assert len(bench.model.asked) == 2
    await asyncio.gather(judged(MARLBROOK), judged(EASTMERE))
    assert len(bench.model.asked) == 2


def test_without_a_council_nothing_is_read_or_kept(bench: Bench) -> None:
    with pytest.raises(NoTenant):
        bench.reader.read([LETTER])
