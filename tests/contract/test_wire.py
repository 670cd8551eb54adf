"""Any message of any type of ours goes over the wire and comes back the same."""

import importlib
import pkgutil
from collections.abc import Iterator

import pytest
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from hypothesis import given, settings
from hypothesis import strategies as st

import wardmote
from wardmote_testkit.wire import any_message


def message_classes() -> Iterator[type[Message]]:
    for found in pkgutil.walk_packages(wardmote.__path__, "wardmote."):
        if found.name.endswith("_pb2"):
            for descriptor in importlib.import_module(found.name).DESCRIPTOR.message_types_by_name.values():
                yield GetMessageClass(descriptor)


@pytest.mark.parametrize("kind", list(message_classes()), ids=lambda kind: kind.DESCRIPTOR.full_name)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_there_and_back(kind: type[Message], data: st.DataObject) -> None:
    message = data.draw(any_message(kind))
    assert kind.FromString(message.SerializeToString()) == message


def test_every_message_type_is_found() -> None:
    names = {kind.DESCRIPTOR.full_name for kind in message_classes()}
    assert {"wardmote.intake.v1.IncidentEvent", "wardmote.tenancy.v1.TenantEvent"} <= names
