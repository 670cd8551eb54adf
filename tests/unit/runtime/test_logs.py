"""Logs hold listed fields only, and no text of an exception or of a library."""

import ast
import io
import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import Any

import pytest
import structlog

from wardmote_runtime.logs import ALLOWED, configure_logs
from wardmote_runtime.telemetry import Telemetry
from wardmote_testkit.source import python_files, relative

WORDS = "I know where you live"
Lines = Callable[[], list[dict[str, Any]]]


@contextmanager
def printing(level: str) -> Iterator[io.StringIO]:
    """Logs set up as in a process, onto a page of our own; puts everything back."""
    before, handlers, root_level = structlog.get_config(), logging.root.handlers[:], logging.root.level
    page = io.StringIO()
    with redirect_stdout(page):
        configure_logs("intake", level)
    try:
        yield page
    finally:
        structlog.configure(**before)
        logging.root.handlers[:] = handlers
        logging.root.setLevel(root_level)


@pytest.fixture
def lines() -> Iterator[Lines]:
    """The lines printed since it was last asked."""
    with printing("info") as page:

        def printed() -> list[dict[str, Any]]:
            text = page.getvalue()
            page.seek(0)
            page.truncate()
            assert WORDS not in text
            return [json.loads(line) for line in text.splitlines()]

        yield printed


def test_a_line_is_json_with_time_level_and_service(lines: Lines) -> None:
    structlog.get_logger("x").info("Ready.", port=7601)
    (line,) = lines()
    assert line == {"event": "Ready.", "level": "info", "service": "intake", "port": 7601, "timestamp": line["timestamp"]}
    assert line["timestamp"].endswith("Z")


def test_unlisted_fields_are_dropped_and_named(lines: Lines) -> None:
    structlog.get_logger().warning("Odd.", text=WORDS, contact=WORDS, tenant_id="t1")
    (line,) = lines()
    assert line["dropped"] == ["contact", "text"]
    assert line["tenant_id"] == "t1"
    assert set(line) <= ALLOWED


def test_bound_fields_are_dropped_too(lines: Lines) -> None:
    structlog.get_logger().bind(name=WORDS).info("Odd.")
    (line,) = lines()
    assert line["dropped"] == ["name"]


def test_no_listed_field_is_made_for_words() -> None:
    assert not ALLOWED & {
        "text",
        "words",
        "message",
        "name",
        "contact",
        "email",
        "subject",
        "body",
        "value",
        "exc_info",
        "exception",
        "stack",
    }


def test_the_text_of_an_exception_is_never_printed(lines: Lines) -> None:
    try:
        raise ValueError(WORDS)
    except ValueError:
        structlog.get_logger().exception("Failed.")
        structlog.get_logger().error("Failed.", exc_info=True)
        logging.getLogger("library").exception("It failed: %s", WORDS)
    ours, again, library = lines()
    assert ours["dropped"] == again["dropped"] == ["exc_info"]
    assert library["error"] == "ValueError"


def test_a_librarys_record_loses_its_text_and_keeps_its_place(lines: Lines) -> None:
    logging.getLogger("kafka.conn").warning("Sent %s", WORDS)
    (line,) = lines()
    assert line["event"] == "A library reports."
    assert line["level"] == "warning"
    assert line["where"].startswith("test_logs:")


def test_a_librarys_small_talk_is_left_out(lines: Lines) -> None:
    logging.getLogger("kafka.conn").info(WORDS)
    assert lines() == []


@pytest.mark.parametrize(("number", "level"), [(31, "warning"), (35, "warning"), (45, "error"), (50, "critical"), (60, "critical")])
def test_a_librarys_own_level_is_taken_as_the_nearest_of_ours(lines: Lines, number: int, level: str) -> None:
    """An odd level must not raise inside the library that logs."""
    logging.getLogger("library").log(number, WORDS)
    (line,) = lines()
    assert line["level"] == level


def test_less_than_the_level_is_not_printed(lines: Lines) -> None:
    structlog.get_logger().debug("Detail.")
    assert lines() == []


@pytest.mark.parametrize(("level", "printed"), [("warning", 2), ("error", 0)])
def test_the_level_of_the_settings_holds_for_libraries_too(level: str, printed: int) -> None:
    with printing(level) as page:
        structlog.get_logger().warning("Hm.")
        logging.getLogger("library").warning("Hm.")
    assert len(page.getvalue().splitlines()) == printed


def test_a_line_names_the_trace_it_belongs_to(lines: Lines) -> None:
    with Telemetry("intake", None).span("work") as span:
        structlog.get_logger().info("Inside.")
    structlog.get_logger().info("Outside.")
    inside, outside = lines()
    assert inside["trace_id"] == f"{span.get_span_context().trace_id:032x}"
    assert "trace_id" not in outside


LEVELS = {"debug", "info", "warning", "error", "critical", "exception", "log"}


def logged_fields(source: str) -> set[str]:
    """The keywords of every call of a logger in a module."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)]
    of_loggers = [
        call
        for call in calls
        if isinstance(call.func, ast.Attribute) and call.func.attr in LEVELS and "log" in ast.unparse(call.func.value)
    ]
    return {keyword.arg for call in of_loggers for keyword in call.keywords if keyword.arg}


@pytest.mark.parametrize("path", python_files("libs/runtime/src", "services"), ids=relative)
def test_every_field_that_the_code_logs_is_a_listed_one(path: Path) -> None:
    """Otherwise it would be dropped when it is needed."""
    assert logged_fields(path.read_text()) - ALLOWED == set()


def test_an_unlisted_field_in_code_is_seen() -> None:
    """The twin of the one above."""
    assert logged_fields('self._log.warning("Odd.", what=1)\nstructlog.get_logger("x").info("y", words=2, **more)\nlogging.error()') == {
        "what", "words",
    }  # fmt: skip
