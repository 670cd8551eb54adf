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
    result = CliRunner().invoke(app, ["I will come to your house tonight and burn it down with you inside."])
    assert result.exit_code == 0
    assert result.stdout.startswith("ABUSE, severity S4, threat T3: TL")
    assert "(safety): " in result.stdout
    assert "Here: " in result.stdout


def test_a_program_reads_one_object_a_line(app: typer.Typer) -> None:
    menace = "I am outside your house.\n\nCome out."
    lines = "You are a liar and a disgrace. Resign.\n\n" + json.dumps(menace) + "\n"
    result = CliRunner().invoke(app, ["--json", "-"], input=lines)
    debate, empty, abuse = [json.loads(line) for line in result.stdout.splitlines()]
    assert all(set(one) == KEYS for one in (debate, empty, abuse))
    assert [(one["outcome"], one["severity"], one["needs_person"]) for one in (debate, empty, abuse)] == [
        ("NOT_ABUSE", "S0", False),
        ("UNCLEAR", "S0", True),
        ("ABUSE", "S4", False),
    ]
    assert debate["score"] < 0.5 < abuse["score"]
    assert {"start": 0, "end": menace.index(".")} in abuse["spans"]
    assert list(debate["versions"]) == ["rules", "model", "calibration"]


def test_a_line_that_only_begins_like_json_is_a_message(app: typer.Typer) -> None:
    result = CliRunner().invoke(app, ["--json", "-"], input='"Rubbish," he said of the plan.\n')
    assert json.loads(result.stdout)["outcome"] == "NOT_ABUSE"


def test_whom_it_is_aimed_at_counts(app: typer.Typer) -> None:
    text = "Go back to where you came from."
    severities = [
        json.loads(CliRunner().invoke(app, ["--json", "--target-role", role, text]).stdout)["severity"]
        for role in ("councillor", "family", "council")
    ]
    assert severities[1] > severities[0]  # family is above an elected person


def test_a_message_that_is_too_long_is_refused_with_its_number(app: typer.Typer) -> None:
    result = CliRunner().invoke(app, ["--json", "-"], input="short\n" + "a" * 20_001 + "\n")
    assert result.exit_code == 2
    assert "Message 2" in result.stderr
