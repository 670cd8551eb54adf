"""What was sent and what was answered: the truth that everything else is held against."""

from collections import Counter
from dataclasses import dataclass, field
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Receipt:
    """A report that was accepted."""

    tenant_id: UUID
    report_id: UUID
    incident_id: UUID
    reference: str
    is_urgent: bool


@dataclass(slots=True)
class Ledger:
    """Kept by the load, read by the invariants."""

    accepted: dict[str, Receipt] = field(default_factory=dict)
    """By request id."""
    in_order: list[Receipt] = field(default_factory=list)
    given_up: list[str] = field(default_factory=list)
    """Requests that had no answer to the end; they may or may not have been kept."""
    refused: list[str] = field(default_factory=list)
    """Answers that no fault explains, as codes."""
    differing: list[str] = field(default_factory=list)
    """Requests whose repeat was answered with another receipt."""
    repeats: int = 0
    """Requests sent a second time on purpose."""
    retries: Counter[str] = field(default_factory=Counter)
    """Attempts that had to be repeated, by the code of the answer."""
    planted_incidents: set[UUID] = field(default_factory=set)
    """Incidents of events that we put on Kafka ourselves."""
    planted_dead: Counter[str] = field(default_factory=Counter)
    """Dead letters that must stand at the end, by service."""

    def accept(self, request_id: str, receipt: Receipt) -> None:
        """Notes an answer; the same request must always be answered the same."""
        earlier = self.accepted.setdefault(request_id, receipt)
        if earlier is receipt:
            self.in_order.append(receipt)
        elif earlier != receipt:
            self.differing.append(request_id)
