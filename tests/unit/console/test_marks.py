"""Marks in a text: no word is lost, whatever the spans."""

from hypothesis import given
from hypothesis import strategies as st
from wardmote_console.application.marks import Piece, Span, pieces

spans = st.lists(st.builds(Span, st.integers(-5, 60), st.integers(-5, 60)), max_size=8)


@given(st.text(max_size=50), spans)
def test_no_word_is_lost_and_no_piece_is_empty(text: str, given_spans: list[Span]) -> None:
    cut = pieces(text, given_spans)
    assert "".join(piece.text for piece in cut) == text
    assert all(piece.text for piece in cut)


@given(st.text(max_size=50), spans)
def test_exactly_what_a_span_covers_is_marked(text: str, given_spans: list[Span]) -> None:
    covered = [any(span.start <= place < span.end for span in given_spans) for place in range(len(text))]
    marked = [piece.is_marked for piece in pieces(text, given_spans) for _ in piece.text]
    assert marked == covered


def test_places_are_code_points() -> None:
    assert pieces("👀 you", [Span(2, 5)]) == [Piece("👀 ", False), Piece("you", True)]
