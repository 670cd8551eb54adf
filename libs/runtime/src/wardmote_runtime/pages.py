"""Pages of a list by cursor: opaque to the caller, checked when it comes back."""

import base64
import binascii

from wardmote_kernel.errors import Invalid, Violation

DEFAULT_LIMIT, HIGHEST_LIMIT = 25, 100


def page_size(limit: int) -> int:
    """How many rows to give: 25 when unset.

    Raises:
        Invalid: below 0 or over 100.
    """
    if not 0 <= limit <= HIGHEST_LIMIT:
        raise Invalid(Violation("limit", f"Ask for 1 to {HIGHEST_LIMIT}."))
    return limit or DEFAULT_LIMIT


def to_cursor(*parts: str) -> str:
    """The place after a row, from the values that the list is ordered by."""
    return base64.urlsafe_b64encode("\n".join(parts).encode()).decode().rstrip("=")


def from_cursor(cursor: str, count: int) -> list[str] | None:
    """The values of a place, or None for the first page.

    Raises:
        Invalid: it is not a cursor of this list.
    """
    if not cursor:
        return None
    try:
        parts = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().split("\n")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        parts = []
    if len(parts) != count or "\0" in "".join(parts):  # PostgreSQL takes no zero byte in a text
        raise Invalid(Violation("cursor", "Send the next_cursor of the page before, unchanged, or nothing for the first page."))
    return parts
