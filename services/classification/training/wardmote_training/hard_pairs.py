"""``python -m wardmote_training.hard_pairs FILE``: writes what the service says of ten hard pairs, in its own words, as a page.

The pairs stand in ``hard-pairs.jsonl``. They were written for the page, after the training set, and train nothing.
"""

import json
import sys
from pathlib import Path

from wardmote_classification.adapters.model_files import assessor_of
from wardmote_classification.application.commands import Previewed, PreviewText
from wardmote_classification.application.preview import Preview

from wardmote_kernel.taxonomy import Outcome, TargetRole

PAIRS = Path(__file__).parent.parent / "hard-pairs.jsonl"
_HEAD = """# The line, shown on ten hard pairs

In each pair one clause decides. Below each half stands what the shipped model and rules suggest, and why, word for word as a case worker
reads it; the words that weighed most are in bold. Nothing here is decided by software: a suggestion is read by a person. Where a
suggestion is wrong it says so: these are the cases that the model finds hardest. People and places are invented, nothing was learnt from
these pairs, and the page is written by `make hard-pairs`.
"""
_OUTCOMES = {
    Outcome.ABUSE: "abuse",
    Outcome.NOT_ABUSE: "not abuse",
    Outcome.UNCLEAR: "unclear, so a person must say",
    Outcome.WELFARE: "a welfare concern",
}


def page() -> str:
    """The page, in Markdown."""
    preview = Preview(assessor_of())
    pairs = [json.loads(line) for line in PAIRS.read_text(encoding="utf-8").splitlines()]
    return _HEAD + "".join(_section(number, pair, preview) for number, pair in enumerate(pairs, 1))


def _section(number: int, pair: dict[str, str], preview: Preview) -> str:
    halves = [_half(pair["debate"], preview, is_abuse=False), _half(pair["abuse"], preview, is_abuse=True)]
    return f"\n## {number}. {pair['about']}\n\n" + "\n".join(halves)


def _half(text: str, preview: Preview, *, is_abuse: bool) -> str:
    said = preview.judge(PreviewText(text, TargetRole.COUNCILLOR))
    outcome = said.suggestion.outcome
    is_wrong = outcome is (Outcome.NOT_ABUSE if is_abuse else Outcome.ABUSE)
    grave = f", severity {said.suggestion.severity}, threat {said.suggestion.threat}" if is_abuse else ""
    verdict = f"Meant as {'abuse' if is_abuse else 'debate'}. Suggested: {_OUTCOMES[outcome]}{grave}."
    reasons = "".join(f"- {one.sentence} ({one.line_test})\n" for one in said.reasons)
    return f"> {_marked(text, said)}\n\n{verdict}{' **This is wrong.**' if is_wrong else ''}\n\n{reasons}"


def _marked(text: str, said: Previewed) -> str:
    places = {place for reason in said.reasons for span in reason.spans for place in range(span.start, span.end)}
    shown, is_bold = "", False
    for place, letter in enumerate(text):
        if (place in places) != is_bold:
            is_bold = not is_bold
            shown += "**"
        shown += letter
    return shown + ("**" if is_bold else "")


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), encoding="utf-8")
