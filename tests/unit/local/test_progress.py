"""What a start shows where nobody watches a terminal."""

import io
import re

import pytest
from rich.console import Console

from wardmote_local.progress import Progress


@pytest.fixture
def shown() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def progress(shown: io.StringIO) -> Progress:
    return Progress(Console(file=shown, width=40))


def test_a_step_is_one_line_with_its_seconds(progress: Progress, shown: io.StringIO) -> None:
    with progress.step("Servers are ready: [postgres] and a name that is longer than the line is wide"):
        pass
    assert re.fullmatch(r" +0\.\d s  Servers are ready: \[postgres\] and a name that .* wide\n", shown.getvalue())


def test_a_step_that_failed_is_not_told_as_done(progress: Progress, shown: io.StringIO) -> None:
    with pytest.raises(OSError, match="no"), progress.step("Servers are ready"):
        raise OSError("no")
    assert shown.getvalue() == ""


def test_notes_are_rare_in_a_plain_log(progress: Progress, shown: io.StringIO) -> None:
    for number in range(50):
        progress.note(f"Kafka jar {number} of 50")
    assert shown.getvalue().count("Kafka jar") == 1
