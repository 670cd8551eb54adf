"""Any message of a protobuf type, for property tests: made from its descriptor, so that a new field is covered at once."""

from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from hypothesis import strategies as st

_INT64 = st.integers(-(2**63), 2**63 - 1)
_SCALARS: dict[int, st.SearchStrategy[Any]] = {
    FieldDescriptor.CPPTYPE_INT32: st.integers(-(2**31), 2**31 - 1),
    FieldDescriptor.CPPTYPE_INT64: _INT64,
    FieldDescriptor.CPPTYPE_UINT32: st.integers(0, 2**32 - 1),
    FieldDescriptor.CPPTYPE_UINT64: st.integers(0, 2**64 - 1),
    FieldDescriptor.CPPTYPE_BOOL: st.booleans(),
    FieldDescriptor.CPPTYPE_DOUBLE: st.floats(allow_nan=False),
    FieldDescriptor.CPPTYPE_FLOAT: st.floats(allow_nan=False, width=32),
}


@st.composite
def any_message(draw: st.DrawFn, kind: type[Message]) -> Message:
    """A message of ``kind`` with any of its fields set to anything that they may hold."""
    made = kind()
    _fill(draw, made, depth=0)
    return made


def _fill(draw: st.DrawFn, made: Any, depth: int) -> None:
    for field in made.DESCRIPTOR.fields:
        if draw(st.booleans()):
            _set(draw, made, field, depth)


def _set(draw: st.DrawFn, made: Any, field: FieldDescriptor, depth: int) -> None:
    if _is_map(field):
        for key, value in draw(st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=2)).items():
            getattr(made, field.name)[key] = value
    elif field.message_type is not None:
        _set_message(draw, made, field, depth)
    elif field.is_repeated:
        getattr(made, field.name).extend(draw(st.lists(_scalar(field), max_size=3)))
    else:
        setattr(made, field.name, draw(_scalar(field)))


def _set_message(draw: st.DrawFn, made: Any, field: FieldDescriptor, depth: int) -> None:
    if depth > 3:
        return
    if field.message_type is not None and field.message_type.full_name == "google.protobuf.Timestamp":
        getattr(made, field.name).FromSeconds(draw(st.integers(0, 4_000_000_000)))
    elif field.is_repeated:
        for _ in range(draw(st.integers(0, 2))):
            _fill(draw, getattr(made, field.name).add(), depth + 1)
    else:
        getattr(made, field.name).SetInParent()
        _fill(draw, getattr(made, field.name), depth + 1)


def _is_map(field: FieldDescriptor) -> bool:
    entry: Descriptor | None = field.message_type
    return entry is not None and entry.GetOptions().map_entry


def _scalar(field: FieldDescriptor) -> st.SearchStrategy[Any]:
    if field.enum_type is not None:
        return st.sampled_from([value.number for value in field.enum_type.values])
    if field.cpp_type == FieldDescriptor.CPPTYPE_STRING:
        return st.binary(max_size=20) if field.type == FieldDescriptor.TYPE_BYTES else st.text(max_size=20)
    return _SCALARS[field.cpp_type]
