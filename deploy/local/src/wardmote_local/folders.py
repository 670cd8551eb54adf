"""Where things lie in the stack's own folder."""

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Folders:
    """The places of one stack."""

    var: Path

    @property
    def keys(self) -> Path:
        """Signing keys and the databases' password. For the owner only."""
        return self.var / "keys"

    @property
    def logs(self) -> Path:
        return self.var / "logs"

    @property
    def traces(self) -> Path:
        return self.var / "traces"

    @property
    def mail(self) -> Path:
        return self.var / "mail"

    @property
    def keyrings(self) -> Path:
        return self.var / "keyrings"

    @property
    def lock_file(self) -> Path:
        return self.var / "lock"

    @property
    def state_file(self) -> Path:
        """What ``status`` reads. Holds no secret."""
        return self.var / "stack.json"

    @property
    def first_port_file(self) -> Path:
        """The port base that the councils were loaded with."""
        return self.var / "first-port"

    @property
    def demo_file(self) -> Path:
        """The demo councils' API keys, which tenancy shows once. For the owner only."""
        return self.var / "demo.json"

    @property
    def postgres(self) -> Path:
        return self.var / "postgres"

    @property
    def kafka(self) -> Path:
        return self.var / "kafka"

    def work(self, name: str) -> Path:
        """The working folder of a process."""
        return self.var / "run" / name

    def log(self, name: str) -> Path:
        """The log of a process; the two servers keep their own."""
        own = {"postgres": self.postgres, "kafka": self.kafka}
        return own[name] / "server.log" if name in own else self.logs / f"{name}.log"


def begin_anew(file: Path) -> None:
    """Keeps the file of the run before beside the new one's."""
    if file.exists():
        file.replace(file.with_name(f"{file.name}.1"))


def write_private(path: Path, text: str) -> None:
    """Writes a file that only its owner can read, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    draft.replace(path)
