"""What the driver is told to do, and what it tells of each report: the two files between the processes."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

Face = Literal["REST", "gRPC unary", "gRPC stream"]


@dataclass(frozen=True, slots=True)
class Sender:
    """One council's credentials."""

    api_key: str
    """Submits reports."""
    reader: str
    """Reads cases; of a case worker."""


@dataclass(frozen=True, slots=True)
class Job:
    """One driver's run. Closed loop when ``in_flight`` is given, open loop when ``rate`` is."""

    face: Face
    rest: str
    intake: str
    cases: str
    senders: Sequence[Sender]
    seed: int
    danger_share: float = 0.0
    in_flight: int = 0
    """Closed loop: so many reports on their way at once, each followed by the next."""
    rate: float = 0.0
    """Open loop: reports a second on average, at times that no answer changes (Poisson)."""
    count: int = 0
    """Ends after so many reports, when not 0."""
    seconds: float = 0.0
    """Ends after so long, when not 0."""
    probes: int = 1
    """So many reports at once are followed until GetCase shows their case."""

    def write(self, file: Path) -> None:
        file.write_text(json.dumps(asdict(self)), encoding="utf-8")

    @classmethod
    def read(cls, file: Path) -> "Job":
        told = json.loads(file.read_text(encoding="utf-8"))
        return cls(**{**told, "senders": [Sender(**sender) for sender in told["senders"]]})


@dataclass(slots=True)
class Sent:
    """What became of one report. Times are Unix times in nanoseconds."""

    intended_ns: int
    """When it was to be sent; latency counts from here, so that a driver that is late hides nothing."""
    sent_ns: int
    answered_ns: int = 0
    incident_id: str = ""
    is_urgent: bool = False
    refusal: str = ""
    """Code of an answer that was no receipt."""
    seen_ns: int = 0
    """When GetCase first showed the case; 0 for reports that were not followed."""

    @property
    def answer_ms(self) -> float:
        return (self.answered_ns - self.intended_ns) / 1e6


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one driver's run gave."""

    sent: Sequence[Sent]
    cpu_s: float
    """Processor time of the driver itself: it shares the machine with what it measures."""

    @property
    def accepted(self) -> list[Sent]:
        return [one for one in self.sent if not one.refusal]

    @property
    def refusals(self) -> dict[str, int]:
        codes = [one.refusal for one in self.sent if one.refusal]
        return {code: codes.count(code) for code in sorted(set(codes))}

    def write(self, file: Path) -> None:
        with file.open("w", encoding="utf-8") as lines:
            lines.write(json.dumps({"cpu_s": self.cpu_s}) + "\n")
            lines.writelines(json.dumps(asdict(one)) + "\n" for one in self.sent)

    @classmethod
    def read(cls, file: Path) -> "Outcome":
        lines = _lines(file)
        return cls(cpu_s=float(next(lines)["cpu_s"]), sent=[Sent(**line) for line in lines])


def _lines(file: Path) -> Iterator[dict[str, Any]]:
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)
