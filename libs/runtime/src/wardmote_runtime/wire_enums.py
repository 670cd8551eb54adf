"""Between the kernel's closed sets and protobuf's enums: by name, so that a value added on one side only is an error."""

from enum import StrEnum
from typing import Any, TypeVar

from wardmote_kernel.errors import Invalid, Violation

Word = TypeVar("Word", bound=StrEnum)


def to_wire(wire: Any, word: StrEnum) -> Any:
    """The number of a word in a generated enum, whose names are ``<PREFIX>_<WORD>``.

    >>> from wardmote.event.v1.taxonomy_pb2 import Severity as Wire
    >>> from wardmote_kernel.taxonomy import Severity
    >>> to_wire(Wire, Severity.S3) == Wire.SEVERITY_S3
    True
    """
    return wire.Value(f"{_prefix(wire)}{word.value.upper()}")


def from_wire(wire: Any, number: int, words: type[Word], field: str) -> Word:
    """The word that a number stands for.

    Raises:
        Invalid: the number is unset or unknown; names ``field`` and the words that would do.
    """
    known = optional_from_wire(wire, number, words)
    if known is None:
        raise Invalid(Violation(field, f"Say one of: {', '.join(word.value for word in words)}."))
    return known


def optional_from_wire(wire: Any, number: int, words: type[Word]) -> Word | None:
    """The word that a number stands for, or None when it is unset or not known here."""
    by_name = {word.value.upper(): word for word in words}
    if number not in wire.values():
        return None
    return by_name.get(wire.Name(number).removeprefix(_prefix(wire)))


def _prefix(wire: Any) -> str:
    return str(wire.keys()[0]).removesuffix("UNSPECIFIED")
