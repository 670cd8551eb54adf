"""The rules that can be broken, one class each. ``wardmote_runtime.errors`` maps them once to gRPC and HTTP."""

from dataclasses import dataclass


class WardmoteError(Exception):
    """A rule was broken. The text says what to do; it never holds words of a report, a name or a contact."""

    reason = "ERROR"
    """Stable code for machines."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One field that is wrong."""

    field: str
    """Path in the request, for example ``report.items[0].text``."""
    problem: str
    """What is wrong and what would be right; never the value itself."""


class Invalid(WardmoteError):
    """The request is wrong as it stands; sending it again will not help."""

    reason = "INVALID"

    def __init__(self, *violations: Violation) -> None:
        super().__init__("; ".join(f"{violation.field}: {violation.problem}" for violation in violations))
        self.violations = violations


class NotFound(WardmoteError):
    """Nothing of this council has that id. Another council's id answers exactly the same."""

    reason = "NOT_FOUND"


class Conflict(WardmoteError):
    """Somebody changed it since it was read, or the same request id came with another request."""

    reason = "CONFLICT"


class StaleVersion(Conflict):
    """The version the caller saw is no longer the newest. Read again, then decide again."""

    reason = "STALE_VERSION"


class IllegalTransition(WardmoteError):
    """The state it is in does not allow that move."""

    reason = "ILLEGAL_TRANSITION"


class NotPermitted(WardmoteError):
    """The caller is known but may not do that."""

    reason = "NOT_PERMITTED"


class Unauthenticated(WardmoteError):
    """The credential is missing, broken or past its time."""

    reason = "UNAUTHENTICATED"


class TooLarge(WardmoteError):
    """More was sent than is taken at once; the text says how much is."""

    reason = "TOO_LARGE"


class Unavailable(WardmoteError):
    """Something this needs does not answer now. Try again; nothing was changed."""

    reason = "UNAVAILABLE"


class AlreadyHandled(WardmoteError):
    """This event's work was settled already, by us or by another process. A no-op, never an alarm."""

    reason = "ALREADY_HANDLED"
