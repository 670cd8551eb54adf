"""The mails' words: one file for each kind, the subject in its first line. Changed by whoever writes, not by who programs."""

from importlib.resources import files
from string import Template

from wardmote_kernel.taxonomy import Severity
from wardmote_notification.application.ports import MailText
from wardmote_notification.domain.notification import Kind, Notification

FIELDS = frozenset({"reference", "severity", "link"})
"""All that a mail may tell. No content and no names: a mail passes through hands that may not see them (ecosystem.md §4)."""

_SUBJECT = "Subject: "
_SEVERITIES = {Severity.S0: "not abuse", Severity.S1: "uncivil", Severity.S2: "abusive", Severity.S3: "serious", Severity.S4: "critical"}
_NOT_KNOWN = "not known"


class BadTemplate(Exception):
    """A template is not of the agreed form. The text says which, and what is wrong."""


class MailTemplates:
    """Fills the templates."""

    def __init__(self, texts: dict[Kind, str], console_url: str) -> None:
        """
        Raises:
            BadTemplate: a text has no subject line, or asks for something that no mail may tell.
        """
        self._parts = {kind: _checked(kind, text) for kind, text in texts.items()}
        self._console_url = console_url.rstrip("/")

    @classmethod
    def load(cls, console_url: str) -> "MailTemplates":
        """The templates of the package."""
        folder = files("wardmote_notification") / "templates"
        return cls({kind: (folder / f"{kind}.txt").read_text(encoding="utf-8") for kind in Kind}, console_url)

    def fill(self, notification: Notification, slug: str) -> MailText:
        severity = _SEVERITIES.get(notification.severity, _NOT_KNOWN) if notification.severity else _NOT_KNOWN
        fields = {"reference": notification.reference, "severity": severity, "link": self._link(notification, slug)}
        subject, body = self._parts[notification.kind]
        return MailText(subject.substitute(fields), body.substitute(fields))

    def _link(self, notification: Notification, slug: str) -> str:
        """While the council's slug is not known here, the console's own address has to do: a page does not wait for it."""
        if not slug:
            return self._console_url
        cases = f"{self._console_url}/{slug}/cases"
        return cases if notification.is_page else f"{cases}/{notification.reference}"


def _checked(kind: Kind, text: str) -> tuple[Template, Template]:
    first, _, rest = text.partition("\n")
    if not first.startswith(_SUBJECT) or not rest.startswith("\n"):
        raise BadTemplate(f"Template {kind}: the first line must be '{_SUBJECT}…' and the second one empty.")
    parts = Template(first.removeprefix(_SUBJECT)), Template(rest.removeprefix("\n"))
    wrong = {name for part in parts for name in part.get_identifiers()} - FIELDS
    if wrong or not all(part.is_valid() for part in parts):
        raise BadTemplate(f"Template {kind}: only these fields may be used: {', '.join(sorted(FIELDS))}.")
    return parts
