"""Cursors come back as they were given, or are refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wardmote_kernel.errors import Invalid
from wardmote_runtime.pages import DEFAULT_LIMIT, HIGHEST_LIMIT, from_cursor, page_size, to_cursor

PART = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n\x00"))


@given(st.lists(PART, min_size=2, max_size=4))
def test_a_cursor_gives_its_values_back(parts: list[str]) -> None:
    cursor = to_cursor(*parts)
    assert from_cursor(cursor, len(parts)) == parts
    assert cursor.replace("-", "").replace("_", "").isalnum()


def test_no_cursor_is_the_first_page() -> None:
    assert from_cursor("", 2) is None


@given(st.text(min_size=1), st.integers(1, 4))
def test_any_text_is_a_cursor_of_the_list_or_refused(text: str, count: int) -> None:
    try:
        parts = from_cursor(text, count)
    except Invalid:
        return
    assert parts is not None
    assert len(parts) == count


def test_a_cursor_of_another_list_is_refused() -> None:
    with pytest.raises(Invalid) as refused:
        from_cursor(to_cursor("a", "b"), 3)
    assert [violation.field for violation in refused.value.violations] == ["cursor"]


def test_a_cursor_with_a_zero_byte_is_refused() -> None:
    """PostgreSQL takes none in a text: the query would fail as if the fault were ours."""
    with pytest.raises(Invalid):
        from_cursor(to_cursor("a\x00", "b"), 2)


def test_the_size_of_a_page_has_limits() -> None:
    assert [page_size(limit) for limit in (0, 1, HIGHEST_LIMIT)] == [DEFAULT_LIMIT, 1, HIGHEST_LIMIT]
    for limit in (-1, HIGHEST_LIMIT + 1):
        with pytest.raises(Invalid):
            page_size(limit)
