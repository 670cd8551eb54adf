"""The mails' words, letter by letter, and that they can tell nothing else."""

from pathlib import Path
from uuid import UUID, uuid4

import pytest
from wardmote_notification.adapters.templates import BadTemplate, MailTemplates
from wardmote_notification.domain.notification import Kind, Notification

from wardmote_kernel.taxonomy import Severity
from wardmote_testkit.clock import MONDAY_MORNING

GOLDEN = Path(__file__).parent / "golden"
CONSOLE = "https://console.example/"


def about(kind: Kind, severity: Severity | None = Severity.S3, person_id: UUID | None = None) -> Notification:
    return Notification(uuid4(), person_id or uuid4(), kind, uuid4(), "7K3M-P2QX", MONDAY_MORNING, severity)


@pytest.mark.parametrize("kind", Kind)
def test_every_mail_is_exactly_its_golden_file(kind: Kind) -> None:
    text = MailTemplates.load(CONSOLE).fill(about(kind), "northshire")
    assert f"{text.subject}\n\n{text.body}" == (GOLDEN / f"{kind}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", Kind)
def test_a_mail_tells_no_id_and_differs_by_nothing_but_its_fields(kind: Kind) -> None:
    templates = MailTemplates.load(CONSOLE)
    one, other = about(kind), about(kind)
    assert templates.fill(one, "northshire") == templates.fill(other, "northshire")
    assert str(one.person_id) not in templates.fill(one, "northshire").body


@pytest.mark.parametrize(
    ("severity", "word"),
    [
        (Severity.S0, "not abuse"), (Severity.S1, "uncivil"), (Severity.S2, "abusive"), (Severity.S3, "serious"), (Severity.S4, "critical"),
        (None, "not known"),
    ],
)  # fmt: skip
def test_severity_is_told_by_its_word(severity: Severity | None, word: str) -> None:
    assert f"the software: {word}\n" in MailTemplates.load(CONSOLE).fill(about(Kind.CASE_OPENED, severity), "northshire").body


def test_while_the_slug_is_not_known_the_link_is_the_consoles_own_address() -> None:
    assert "Sign in: https://console.example\n" in MailTemplates.load(CONSOLE).fill(about(Kind.PAGE), "").body


@pytest.mark.parametrize(
    "text",
    [
        "Subject: $reference\n\n$name wrote.",
        "Subject: $contact\n\nNo.",
        "Subject: $reference\n\nCosts $ 5.",
        "$reference\n\nNo subject.",
        "Subject: $reference\nNo empty line.",
    ],
)
def test_a_template_of_another_form_stops_the_service_from_starting(text: str) -> None:
    with pytest.raises(BadTemplate, match=r"^Template page:"):
        MailTemplates({Kind.PAGE: text}, CONSOLE)
