"""Every committed example still decodes, strictly, and comes back the same: what is in Kafka today can be read tomorrow."""

import json
from pathlib import Path

import pytest
from google.protobuf import descriptor_pool, json_format
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from wardmote.case_management.v1 import case_events_pb2
from wardmote.classification.v1 import assessment_events_pb2
from wardmote.intake.v1 import incident_events_pb2, urgent_events_pb2
from wardmote.notification.v1 import notification_events_pb2
from wardmote.tenancy.v1 import tenant_events_pb2
from wardmote_contracts.topics import ALL

EXAMPLES = sorted((Path(__file__).parents[2] / "protos" / "examples").rglob("*.json"))
MODULES = (case_events_pb2, assessment_events_pb2, incident_events_pb2, urgent_events_pb2, notification_events_pb2, tenant_events_pb2)


def message_class(topic: str) -> type[Message]:
    name = next(one.message for one in ALL if one.name == topic)
    return GetMessageClass(descriptor_pool.Default().FindMessageTypeByName(name))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_an_example_decodes_and_comes_back(path: Path) -> None:
    kind = message_class(path.parent.name)
    event = json_format.Parse(path.read_text(), kind())
    assert event.WhichOneof("fact") == path.stem
    again = kind.FromString(event.SerializeToString())
    assert json_format.MessageToDict(again) == json.loads(path.read_text())


def test_an_unknown_field_is_refused() -> None:
    with pytest.raises(json_format.ParseError):
        json_format.Parse('{"metadata": {}, "victimName": "x"}', message_class("incident-events")())


def test_a_kind_of_fact_from_the_future_is_an_empty_oneof() -> None:
    """A consumer of today meets a fact of tomorrow: it sees none, counts it and moves on."""
    future = b"\xfa\x01\x02\x0a\x00"
    assert message_class("incident-events").FromString(future).WhichOneof("fact") is None
