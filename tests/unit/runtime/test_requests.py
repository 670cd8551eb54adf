"""The fingerprint of a request: the same for the same order, another for any other."""

from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wardmote.intake.v1.intake_service_pb2 import SubmitReportRequest
from wardmote_kernel.errors import Invalid
from wardmote_runtime.requests import check_request_id, fingerprint
from wardmote_testkit.wire import any_message


@given(any_message(SubmitReportRequest))
def test_the_same_message_has_the_same_fingerprint(message: SubmitReportRequest) -> None:
    again = SubmitReportRequest.FromString(message.SerializeToString())
    assert fingerprint("SubmitReport", message) == fingerprint("SubmitReport", again)


@given(any_message(SubmitReportRequest), any_message(SubmitReportRequest))
def test_another_message_has_another_fingerprint(one: SubmitReportRequest, other: SubmitReportRequest) -> None:
    assert (fingerprint("x", one) == fingerprint("x", other)) == (one == other)


@given(st.binary(), st.binary())
def test_bytes_are_told_apart_too(one: bytes, other: bytes) -> None:
    assert (fingerprint("x", one) == fingerprint("x", other)) == (one == other)


def test_another_operation_has_another_fingerprint() -> None:
    assert fingerprint("POST /v1/a", b"body") != fingerprint("POST /v1/b", b"body")


@pytest.mark.parametrize("request_id", ["", "1", uuid4().hex, "{" + str(uuid4()) + "}"])
def test_a_request_id_is_a_uuid(request_id: str) -> None:
    with pytest.raises(Invalid) as caught:
        check_request_id(request_id)
    assert caught.value.violations[0].field == "request_id"


def test_a_good_request_id_is_given_back() -> None:
    made = str(uuid4())
    assert check_request_id(made) == made
