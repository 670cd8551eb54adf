"""The conventions of every REST service: problem documents, request ids, limits, and no text of a fault."""

import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import httpx2
import psycopg
import pytest
from structlog.testing import capture_logs

from wardmote_kernel.errors import Conflict, IllegalTransition, Invalid, NotFound, NotPermitted, TooLarge, Unavailable, Violation

WORDS = "I know where you live"
MAX_BYTES = 2048


def problem(answer: httpx2.Response, status: int) -> dict[str, Any]:
    """The problem document of an answer, checked for what every one of them has."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert UUID(answer.headers["x-request-id"])
    body: dict[str, Any] = answer.json()
    assert body["status"] == status
    assert body["type"] == "about:blank"
    assert body["title"] not in ("", "Error")
    assert body["detail"]
    assert body["reason"] == body["reason"].upper()
    return body


async def test_a_good_request_is_answered_with_its_id(site: Any) -> None:
    mine = str(uuid4())
    answer = await site.call("POST", "/v1/notes", {"X-Request-Id": mine}, json={"text": "four"})
    assert answer.status_code == 201
    assert answer.json() == {"length": 4}
    assert answer.headers.get_list("x-request-id") == [mine]


@pytest.mark.parametrize("sent", ["", "7", "x" * 500, "{" + str(uuid4()) + "}"])
async def test_an_id_that_is_none_is_replaced(site: Any, sent: str) -> None:
    answer = await site.call("GET", "/v1/whoami", {"X-Request-Id": sent})
    assert answer.headers["x-request-id"] != sent
    assert UUID(answer.headers["x-request-id"])


@pytest.mark.parametrize("body", [b"{", b"{'text': 1}", b"", b"null,", b'{"text": "\xff"}', b"[" * 1000 + b"]" * 1000, b"\x00"])
async def test_malformed_json_is_told_from_wrong_fields(site: Any, body: bytes) -> None:
    answer = await site.call("POST", "/v1/notes", {"Content-Type": "application/json"}, content=body)
    problem(answer, 400 if body else 422)


async def test_unknown_and_wrong_fields_are_named_and_their_values_not_repeated(site: Any) -> None:
    answer = await site.call("POST", "/v1/notes", json={"text": 5, "place": WORDS, "colour": WORDS})
    body = problem(answer, 422)
    assert body["reason"] == "INVALID"
    assert {error["pointer"] for error in body["errors"]} == {"body.text", "body.place", "body.colour"}
    assert all(error["detail"] for error in body["errors"])
    assert WORDS not in answer.text


async def test_a_missing_body_is_a_wrong_request(site: Any) -> None:
    assert problem(await site.call("POST", "/v1/notes"), 422)["errors"][0]["pointer"] == "body"


@pytest.mark.parametrize(
    "media_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml"]
)
async def test_another_media_type_is_not_taken(site: Any, media_type: str) -> None:
    answer = await site.call("POST", "/v1/notes", {"Content-Type": media_type}, content=json.dumps({"text": "x"}).encode())
    assert "application/json" in problem(answer, 415)["detail"]


async def test_json_of_a_wrong_shape_is_not_blamed_on_its_media_type(site: Any) -> None:
    for media_type in ("application/json", "application/json; charset=utf-8", "application/merge-patch+json"):
        problem(await site.call("POST", "/v1/notes", {"Content-Type": media_type}, content=b"[1]"), 422)


async def test_a_body_that_says_it_is_too_large_is_refused(site: Any) -> None:
    answer = await site.call("POST", "/v1/notes", json={"text": "x" * MAX_BYTES})
    assert problem(answer, 413)["reason"] == "TOO_LARGE"
    assert answer.headers["connection"] == "close"


async def test_a_body_that_does_not_say_its_length_is_refused_too(site: Any) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 1000:
            sent += 1
            yield b"x" * 512

    answer = await site.call("POST", "/v1/notes", {"Content-Type": "application/json"}, content=endless())
    assert "content-length" not in answer.request.headers
    assert problem(answer, 413)["reason"] == "TOO_LARGE"
    assert sent < 10


async def test_a_body_of_just_the_limit_is_read(site: Any) -> None:
    body = b'{"text":"%s"}' % (b"x" * 900)
    answer = await site.call("POST", "/v1/notes", {"Content-Type": "application/json"}, content=body + b" " * (MAX_BYTES - len(body)))
    assert answer.status_code == 201


async def test_unknown_routes_and_wrong_methods(site: Any) -> None:
    problem(await site.call("GET", "/v1/nowhere"), 404)
    answer = await site.call("DELETE", "/v1/notes")
    problem(answer, 405)
    assert answer.headers["allow"] == "POST"
    problem(await site.call("GET", "/docs"), 404)


async def test_an_order_needs_a_key_of_its_own(site: Any) -> None:
    key = str(uuid4())
    assert (await site.call("POST", "/v1/orders", {"Idempotency-Key": key})).json() == {"key": key}
    for wrong in ({}, {"Idempotency-Key": "1"}, {"Idempotency-Key": uuid4().hex}):
        body = problem(await site.call("POST", "/v1/orders", wrong), 422)
        assert body["errors"][0]["pointer"] == "header.Idempotency-Key"


async def test_a_change_needs_the_version_that_was_read(site: Any) -> None:
    path = f"/v1/notes/{uuid4()}"
    assert (await site.call("PATCH", path, {"If-Match": '"3"'})).json() == {"etag": '"4"'}
    problem(await site.call("PATCH", path), 428)
    assert problem(await site.call("PATCH", path, {"If-Match": '"2"'}), 412)["reason"] == "STALE_VERSION"
    problem(await site.call("PATCH", "/v1/notes/7", {"If-Match": '"3"'}), 422)


@pytest.mark.parametrize("wrong", ["*", 'W/"3"', '"-1"', '"3", "4"', "three", '"' + "9" * 5000 + '"', '"' + "9" * 19 + '"'])
async def test_an_etag_that_is_none_is_told(site: Any, wrong: str) -> None:
    body = problem(await site.call("PATCH", f"/v1/notes/{uuid4()}", {"If-Match": wrong}), 422)
    assert body["errors"][0]["pointer"] == "header.If-Match"


RULES = [
    (Invalid(Violation("text", "Say something.")), 422), (NotFound("There is no such case."), 404), (NotPermitted("No."), 403),
    (Conflict("Changed."), 409), (IllegalTransition("It is closed."), 409), (TooLarge("Too much."), 413), (Unavailable("Try again."), 503),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "status"), RULES, ids=lambda value: type(value).__name__)
async def test_a_broken_rule_is_a_problem_with_its_code(site: Any, rule: Any, status: int) -> None:
    site.door.fault = rule
    body = problem(await site.call("GET", "/v1/faults/x"), status)
    assert body["detail"] == str(rule)
    assert body["reason"] == rule.reason
    assert ("errors" in body) == isinstance(rule, Invalid)


async def test_an_unknown_fault_is_told_without_its_text_and_logged_without_it(site: Any) -> None:
    site.door.fault = ValueError(WORDS)
    mine = str(uuid4())
    with capture_logs() as logs:
        answer = await site.call("GET", "/v1/faults/7K3M-P2QX", {"X-Request-Id": mine})
    assert problem(answer, 500)["reason"] == "INTERNAL"
    assert answer.headers["x-request-id"] == mine
    (line,) = logs
    assert line["error"] == "ValueError"
    assert line["route"] == "/v1/faults/{name}"
    assert line["request_id"] == mine
    assert line["where"].rpartition(":")[2].isdecimal()
    assert WORDS not in answer.text + str(logs)
    assert "7K3M-P2QX" not in str(logs)


@pytest.mark.parametrize("fault", [psycopg.OperationalError(WORDS), ConnectionRefusedError(WORDS), TimeoutError(WORDS)])
async def test_a_passing_fault_asks_to_try_again(site: Any, fault: Exception) -> None:
    site.door.fault = fault
    answer = await site.call("GET", "/v1/faults/x")
    assert problem(answer, 503)["reason"] == "UNAVAILABLE"
    assert answer.headers["retry-after"] == "2"
    assert WORDS not in answer.text


async def test_a_fault_in_the_middle_of_an_answer_breaks_it_off(site: Any) -> None:
    """Nothing may be added to half an answer; the connection ends and the reader sees that it is not whole."""
    site.door.fault = ValueError(WORDS)
    with capture_logs() as logs, pytest.raises(ValueError, match=WORDS):
        await site.call("GET", "/v1/stream")
    assert WORDS not in str(logs)


async def test_requests_are_timed_by_pattern_method_and_status(site: Any) -> None:
    site.door.fault = ValueError(WORDS)
    await site.call("GET", "/v1/whoami")
    await site.call("GET", "/v1/faults/7K3M-P2QX")
    await site.call("GET", "/v1/faults/AAAA-AAAA")
    await site.call("GET", "/v1/7K3M-P2QX")
    await site.call("BREW", "/v1/whoami")
    await site.call("POST", "/v1/notes", json={"text": "x" * MAX_BYTES})
    counted = {
        (sample.labels["route"], sample.labels["method"], sample.labels["status"]): sample.value
        for family in site.metrics.registry.collect()
        for sample in family.samples
        if sample.name == "wardmote_http_seconds_count"
    }
    assert counted == {
        ("/v1/whoami", "GET", "200"): 1,
        ("/v1/faults/{name}", "GET", "500"): 2,
        ("unmatched", "GET", "404"): 1,
        ("/v1/whoami", "other", "405"): 1,
        ("unmatched", "POST", "413"): 1,
    }


async def test_the_trace_of_the_caller_goes_on(site: Any) -> None:
    """Seen by what the route itself would pass on."""
    trace = "0af7651916cd43dd8448eb211c80319c"
    site.door.fault = ValueError(WORDS)
    with site.telemetry.span("other trace"), capture_logs():
        await site.call("GET", "/v1/faults/x", {"traceparent": f"00-{trace}-b7ad6b7169203331-01"})
        assert trace not in site.telemetry.carrier()["traceparent"]
