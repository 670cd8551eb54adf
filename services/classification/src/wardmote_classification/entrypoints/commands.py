"""``wardmote assess``: judges messages by the same code as the service. No server runs, and nothing is kept or sent.

A composition root of its own: main.py would bring Kafka, gRPC and the database into a command that needs none of them.
"""

import json
import sys
from collections.abc import Iterable, Iterator
from typing import Annotated, Any

import typer

from wardmote_classification.adapters.model_files import assessor_of
from wardmote_classification.application.commands import Previewed, PreviewText
from wardmote_classification.application.preview import Preview
from wardmote_classification.domain.judgement import Reason
from wardmote_kernel.errors import Invalid
from wardmote_kernel.taxonomy import TargetRole

STDIN = "-"


def assess(
    text: Annotated[str, typer.Argument(help="The message; - reads one message a line (or a JSON string a line) from stdin.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a message, one a line.")] = False,
    target_role: Annotated[TargetRole, typer.Option(help="Whom the message is aimed at.")] = TargetRole.COUNCILLOR,
) -> None:
    """Suggests where a message stands: debate, unclear, abuse or welfare, and says why.

    The score is how likely it is abuse, 0 to 1, by rules and model together. Between the two cut points the outcome is unclear and
    needs_person is true.
    """
    preview = Preview(assessor_of())
    messages = _lines(sys.stdin) if text == STDIN else iter([text])
    for number, message in enumerate(messages, 1):
        try:
            previewed = preview.judge(PreviewText(message, target_role))
        except Invalid as refused:
            typer.echo(f"Message {number}: {refused}", err=True)
            raise typer.Exit(2) from None
        typer.echo(json.dumps(as_object(previewed), ensure_ascii=False) if as_json else as_text(previewed, message))


def as_object(previewed: Previewed) -> dict[str, Any]:
    """The answer for programs."""
    suggestion = previewed.suggestion
    reasons = [
        {"code": reason.code, "line_test": reason.line_test, "sentence": reason.sentence, "spans": _spans(reason)}
        for reason in previewed.reasons
    ]
    return {
        "outcome": suggestion.outcome.name,
        "score": previewed.score,
        "types": list(suggestion.types),
        "motivation": list(suggestion.motivations),
        "threat": suggestion.threat.value,
        "severity": suggestion.severity.value,
        "needs_person": suggestion.needs_person,
        "spans": sorted((span for reason in reasons for span in reason["spans"]), key=lambda span: (span["start"], span["end"])),
        "reasons": reasons,
        "versions": dict(previewed.versions),
    }


def as_text(previewed: Previewed, message: str) -> str:
    """The answer for a person."""
    suggestion = previewed.suggestion
    codes = ", ".join([*suggestion.types, *suggestion.motivations]) or "no type"
    needs = " A person must read it." if suggestion.needs_person else ""
    lines = [f"{suggestion.outcome.name}, severity {suggestion.severity}, threat {suggestion.threat}: {codes}.{needs}"]
    for reason in previewed.reasons:
        words = "; ".join(message[span.start : span.end] for span in reason.spans)
        lines.append(f"  {reason.code} ({reason.line_test}): {reason.sentence} Here: {words}")
    return "\n".join(lines)


def _spans(reason: Reason) -> list[dict[str, int]]:
    return [{"start": span.start, "end": span.end} for span in reason.spans]


def _lines(source: Iterable[str]) -> Iterator[str]:
    """One message a line. A line that is a JSON string is read as one, so that a message can hold line breaks."""
    for line in source:
        message = line.rstrip("\r\n")
        yield _json_string(message) if message.startswith('"') else message


def _json_string(line: str) -> str:
    try:
        decoded = json.loads(line)
    except ValueError:
        return line
    return decoded if isinstance(decoded, str) else line
