"""Where everything of a local stack listens: ``WARDMOTE_PORT_BASE`` plus a fixed number for each part.

PostgreSQL has no port: it listens on a socket in the stack's own folder.
"""

from dataclasses import dataclass

HOST = "127.0.0.1"

CONSOLE, INBOX, SMTP, KAFKA, KAFKA_CONTROLLER = "console pages", "inbox page", "inbox SMTP", "Kafka", "Kafka's controller"
CONSOLE_OPS = "console operations"

SERVICES = ("tenancy", "notification", "intake", "classification", "case-management", "console")
"""In starting order."""

PROGRAMS = (*SERVICES, "sign-in", "inbox")
"""Every Python program of the stack."""

_TENS = {"intake": 10, "classification": 20, "case-management": 30, "notification": 40, "tenancy": 50}
_UNITS = {"REST": 0, "gRPC": 1, "operations": 2}

OFFSETS: dict[str, int] = {
    CONSOLE: 0, INBOX: 1, SMTP: 2, KAFKA: 3, KAFKA_CONTROLLER: 4, "sign-in of northshire": 5, "sign-in of porthaven": 6, CONSOLE_OPS: 7,
    **{f"{service} {face}": ten + unit for service, ten in _TENS.items() for face, unit in _UNITS.items()},
}  # fmt: skip
"""The port table: what listens, and what is added to the first port."""

HIGHEST_OFFSET = max(OFFSETS.values())


@dataclass(frozen=True, slots=True)
class Addresses:
    """The addresses of one stack."""

    first_port: int

    def port(self, what: str) -> int:
        """The port of a line of the table."""
        return self.first_port + OFFSETS[what]

    def listen(self, what: str) -> str:
        """``host:port`` of a line of the table."""
        return f"{HOST}:{self.port(what)}"

    def url(self, what: str) -> str:
        """The HTTP address of a line of the table."""
        return f"http://{self.listen(what)}"

    def rest(self, service: str) -> str:
        """Where a service answers HTTP: REST, or the console's pages."""
        return self.url(CONSOLE if service == "console" else f"{service} REST")

    def grpc(self, service: str) -> str:
        """Where a service answers gRPC. The console has none."""
        return self.listen(f"{service} gRPC")

    def ops(self, service: str) -> str:
        """Where a service tells its health and metrics."""
        return self.url(f"{service} operations")

    def issuer(self, slug: str) -> str:
        """The OIDC issuer of a demo council."""
        return self.url(f"sign-in of {slug}")
