"""The kernel's closed sets and protobuf's enums say the same words."""

from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wardmote.event.v1 import taxonomy_pb2
from wardmote_kernel import taxonomy
from wardmote_kernel.errors import Invalid
from wardmote_kernel.taxonomy import Channel
from wardmote_runtime.wire_enums import from_wire, optional_from_wire, to_wire

SETS: dict[str, type[StrEnum]] = {name: vars(taxonomy)[name] for name in taxonomy_pb2.DESCRIPTOR.enum_types_by_name}


@pytest.mark.parametrize("name", SETS)
def test_every_word_travels_and_comes_back(name: str) -> None:
    wire: Any = getattr(taxonomy_pb2, name)
    assert [from_wire(wire, to_wire(wire, word), SETS[name], "f") for word in SETS[name]] == list(SETS[name])


@pytest.mark.parametrize("name", SETS)
def test_the_wire_has_no_word_that_the_kernel_lacks(name: str) -> None:
    wire: Any = getattr(taxonomy_pb2, name)
    assert {to_wire(wire, word) for word in SETS[name]} == set(wire.values()) - {0}
    assert str(wire.Name(0)).endswith("_UNSPECIFIED")


def test_a_word_on_one_side_only_is_an_error() -> None:
    class Wider(StrEnum):
        PIGEON = "pigeon"

    with pytest.raises(ValueError, match="PIGEON"):
        to_wire(taxonomy_pb2.Channel, Wider.PIGEON)


def test_a_number_that_is_unset_or_unknown_names_the_field_and_the_words() -> None:
    for number in (0, 999, -1):
        with pytest.raises(Invalid) as caught:
            from_wire(taxonomy_pb2.Channel, number, Channel, "items[0].channel")
        (violation,) = caught.value.violations
        assert violation.field == "items[0].channel"
        assert all(word.value in violation.problem for word in Channel)


@given(st.integers(-(2**31), 2**31 - 1))
def test_any_number_is_a_word_or_none(number: int) -> None:
    word = optional_from_wire(taxonomy_pb2.Channel, number, Channel)
    assert (word is None) == (number not in taxonomy_pb2.Channel.values() or number == 0)


def test_a_wire_word_that_this_side_lacks_is_none() -> None:
    class Narrower(StrEnum):
        EMAIL = "email"

    assert optional_from_wire(taxonomy_pb2.Channel, taxonomy_pb2.CHANNEL_LETTER, Narrower) is None
    assert optional_from_wire(taxonomy_pb2.Channel, taxonomy_pb2.CHANNEL_EMAIL, Narrower) is Narrower.EMAIL
