"""How a service names the piece of work it is doing, so that doing it and settling it are one transaction."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class WorkRef:
    """One claimed row of this service's work queue: a fact that came in, or a job the service gave itself.

    Passed in the command that the fact became; the unit of work settles it in the transaction that saves what was done.
    """

    event_id: UUID
    kind: str
    """The topic of the fact, or the name of the job."""
    claim: UUID
    """Names this attempt. A later attempt has another; the older one can then no longer settle."""
    attempts: int = 1
    """How many times it has been claimed, this one included."""
