"""``wardmote assess``: the answers for people and for programs."""

import json
from importlib.metadata import entry_points

import pytest
import typer
from typer.testing import CliRunner
from wardmote_classification.entrypoints.commands import assess


@pytest.fixture
def app() -> typer.Typer:
    app = typer.Typer()
    app.command("assess")(assess)
    return app


KEYS = {"outcome", "score", "types", "motivation", "threat", "severity", "needs_person", "spans", "reasons", "versions"}


def test_the_word_is_known_to_wardmote() -> None:
    (entry,) = entry_points(group="wardmote.commands", name="assess")
    assert entry.load() is assess


def test_a_person_reads_outcome_and_reasons(app: typer.Typer) -> None:
    result = CliRunner().invoke(app, ["I'll kill you, councillor."])
    assert result.exit_code == 0
    assert result.stdout.startswith("ABUSE, severity S4, threat T2: TL.")
    assert "TL-001 (safety)" in result.stdout
    assert "Here: I'll kill you" in result.stdout


def test_a_program_reads_one_object_a_line(app: typer.Typer) -> None:
    lines = "I'll kill you\nThe bins were missed again, useless shower\n\n" + json.dumps("I am outside your house.\n\nCome out.") + "\n"
    result = CliRunner().invoke(app, ["--json", "-"], input=lines)
    objects = [json.loads(line) for line in result.stdout.splitlines()]
    assert all(set(one) == KEYS for one in objects)
    assert [(one["outcome"], one["score"], one["severity"], one["needs_person"]) for one in objects] == [
        ("ABUSE", 1.0, "S4", True),
        ("NOT_ABUSE", 0.0, "S0", True),
        ("UNCLEAR", 0.0, "S0", True),
        ("ABUSE", 1.0, "S4", True),
    ]
    assert objects[0]["spans"] == objects[0]["reasons"][0]["spans"] == [{"start": 0, "end": 13}]
    assert list(objects[0]["versions"]) == ["rules"]


def test_a_line_that_only_begins_like_json_is_a_message(app: typer.Typer) -> None:
    result = CliRunner().invoke(app, ["--json", "-"], input='"Rubbish," he said of the plan.\n')
    assert json.loads(result.stdout)["outcome"] == "NOT_ABUSE"


def test_whom_it_is_aimed_at_counts(app: typer.Typer) -> None:
    text = "Go back to where you came from."
    severities = [
        json.loads(CliRunner().invoke(app, ["--json", "--target-role", role, text]).stdout)["severity"]
        for role in ("councillor", "family", "council")
    ]
    assert severities == ["S2", "S3", "S1"]


def test_a_message_that_is_too_long_is_refused_with_its_number(app: typer.Typer) -> None:
    result = CliRunner().invoke(app, ["--json", "-"], input="short\n" + "a" * 20_001 + "\n")
    assert result.exit_code == 2
    assert "Message 2" in result.stderr
