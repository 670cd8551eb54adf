"""Ids sort by time, references can be read out, and only the canonical spelling is an id."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from wardmote_kernel.identity import PLATFORM, REFERENCE_ALPHABET, RandomIds, parse_id, uuid7
from wardmote_testkit.clock import StoppedClock

MILLISECONDS = st.integers(0, 2**48 - 1)
RANDOM_BITS = st.integers(0, 2**74 - 1)


@given(MILLISECONDS, RANDOM_BITS)
def test_an_id_is_a_version_7_uuid_of_its_time(milliseconds: int, randomness: int) -> None:
    made = uuid7(milliseconds, randomness)
    assert made.version == 7
    assert made.variant == "specified in RFC 4122"
    assert made.int >> 80 == milliseconds


@given(MILLISECONDS, RANDOM_BITS, RANDOM_BITS)
def test_two_ids_are_one_only_if_their_random_bits_are(milliseconds: int, one: int, other: int) -> None:
    assert (uuid7(milliseconds, one) == uuid7(milliseconds, other)) == (one == other)


@given(MILLISECONDS, MILLISECONDS, RANDOM_BITS, RANDOM_BITS)
def test_a_later_id_sorts_after_an_earlier_one_also_as_text(one: int, other: int, first_bits: int, second_bits: int) -> None:
    earlier, later = sorted((one, other))
    first, second = uuid7(earlier, first_bits), uuid7(later, second_bits)
    if earlier != later:
        assert first < second
        assert str(first) < str(second)


def test_ids_carry_the_time_of_the_clock_that_was_passed_in() -> None:
    clock = StoppedClock(datetime(2026, 1, 5, 9, 0, 0, 123_000, tzinfo=UTC))
    ids = RandomIds(clock)
    first = ids.new_id()
    clock.advance(timedelta(milliseconds=1))
    assert first.int >> 80 == int(datetime(2026, 1, 5, 9, 0, 0, 123_000, tzinfo=UTC).timestamp() * 1000)
    assert ids.new_id().int >> 80 == (first.int >> 80) + 1


def test_ids_of_one_moment_differ() -> None:
    ids = RandomIds(StoppedClock())
    assert len({ids.new_id() for _ in range(1000)}) == 1000


def test_references_have_no_letter_that_is_mistaken_for_a_digit() -> None:
    ids = RandomIds(StoppedClock())
    references = [ids.new_reference() for _ in range(500)]
    assert set("".join(references)) <= set(REFERENCE_ALPHABET) | {"-"}
    assert not set("O0I1") & set(REFERENCE_ALPHABET)
    assert {(len(reference), reference[4]) for reference in references} == {(9, "-")}
    assert len(set(references)) == 500


@given(st.uuids())
def test_the_canonical_spelling_of_an_id_is_read_back(value: UUID) -> None:
    assert parse_id(str(value)) == value


@given(
    st.uuids(),
    st.sampled_from([str.upper, lambda text: text.replace("-", ""), lambda text: f"{{{text}}}", lambda text: f"urn:uuid:{text}"]),
)
def test_other_spellings_of_an_id_are_not_ids(value: UUID, spelt: object) -> None:
    assert callable(spelt)
    other = spelt(str(value))
    assert parse_id(other) is None or other == str(value)


@given(st.text())
def test_what_is_read_as_an_id_is_spelt_canonically(text: str) -> None:
    parsed = parse_id(text)
    assert parsed is None or str(parsed) == text


def test_the_platform_is_no_council() -> None:
    """No id that the application makes can be it."""
    assert UUID(int=0) == PLATFORM
    assert uuid7(0, 0) != PLATFORM
