"""Hashed pieces: the same for a text alone and among others, and none across the end of a text."""

from hypothesis import given
from hypothesis import strategies as st
from wardmote_classification.adapters.ngrams import BUCKETS, LENGTHS, pieces_of


def of(text: str) -> list[int]:
    return sorted(int(bucket) for bucket in pieces_of([text]).buckets)


@given(st.lists(st.text(max_size=60), min_size=1, max_size=6))
def test_a_text_has_the_same_pieces_alone_and_among_others(texts: list[str]) -> None:
    together = pieces_of(texts)
    for number, text in enumerate(texts):
        assert sorted(int(bucket) for bucket in together.buckets[together.texts == number]) == of(text)


@given(st.lists(st.text(max_size=40), max_size=5))
def test_every_piece_is_a_bucket_and_of_a_text(texts: list[str]) -> None:
    pieces = pieces_of(texts)
    assert pieces.count == len(texts)
    assert all(0 <= bucket < BUCKETS for bucket in pieces.buckets)
    assert all(0 <= text < len(texts) for text in pieces.texts)


def test_case_blanks_and_curly_apostrophes_make_no_difference() -> None:
    assert of("You’re  LATE\nagain") == of("you're late again")


def test_a_sentence_has_its_runs_words_and_pairs_of_words() -> None:
    letters = len(" ab cd ")
    runs = sum(letters - length + 1 for length in LENGTHS)
    assert len(of("ab cd")) == runs + 2 + 1


def test_other_words_give_other_pieces() -> None:
    assert not set(of("bins")) & set(of("flood"))


def test_an_empty_text_has_no_words() -> None:
    assert of("") == of("   ")
    assert not set(of("")) & set(of("word"))
