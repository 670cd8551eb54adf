"""The mails that arrived: one file each, newest first, the oldest dropped when there are many."""

import email
import email.policy
from collections import deque
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from uuid import UUID, uuid4

KEPT = 1000


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail as it is shown."""

    id: str
    received_at: str
    sender: str
    to: tuple[str, ...]
    subject: str
    text: str

    def as_json(self) -> dict[str, object]:
        return asdict(self)


class MailStore:
    """The folder of mails. File names sort by arrival. One process writes it, so the order is read once and then remembered."""

    def __init__(self, folder: Path, kept: int = KEPT) -> None:
        self._folder = folder
        self._kept = kept
        folder.mkdir(parents=True, exist_ok=True)
        self._by_arrival = deque(sorted(folder.glob("*.eml")))

    def keep(self, sender: str, to: list[str], content: bytes) -> None:
        """Keeps a mail with its envelope, whose addresses count; the header's are only shown to people."""
        envelope = f"X-Envelope-From: {sender}\r\nX-Envelope-To: {', '.join(to)}\r\n".encode()
        arrived = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
        draft = self._folder / f".{uuid4()}"
        draft.write_bytes(envelope + content)
        self._by_arrival.append(draft.rename(self._folder / f"{arrived}-{uuid4()}.eml"))
        while len(self._by_arrival) > self._kept:
            self._by_arrival.popleft().unlink(missing_ok=True)

    def newest_first(self) -> list[Mail]:
        """All that are kept."""
        return [_read(path) for path in sorted(self._folder.glob("*.eml"), reverse=True)]

    def find(self, mail_id: str) -> Mail | None:
        """One of them. Only ids of ours are looked for: the id comes from a web address."""
        try:
            name = str(UUID(mail_id))
        except ValueError:
            return None
        found = next(iter(self._folder.glob(f"*-{name}.eml")), None)
        return _read(found) if found else None


def _read(path: Path) -> Mail:
    arrived, _, mail_id = path.stem.partition("-")
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    return Mail(
        id=mail_id,
        received_at=datetime.strptime(arrived, "%Y%m%dT%H%M%S.%fZ").replace(tzinfo=UTC).isoformat(),
        sender=str(message["X-Envelope-From"]),
        to=tuple(part.strip() for part in str(message["X-Envelope-To"]).split(",")),
        subject=str(message["Subject"] or "(no subject)"),
        text=_text(message),
    )


def _text(message: EmailMessage) -> str:
    body = message.get_body(preferencelist=("plain", "html"))
    return str(body.get_content()) if body else ""
