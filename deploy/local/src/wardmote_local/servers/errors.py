"""What went wrong on this machine, said so that the reader knows what to do next."""


class LocalError(Exception):
    """Something on this machine keeps a server from running."""

    def __init__(self, what: str, do: str) -> None:
        super().__init__(f"{what}\n{do}")
        self.what = what
        """What happened."""
        self.do = do
        """What to do about it."""


class PortTaken(LocalError):
    """The port a server wants is held by somebody else."""


class WrongChecksum(LocalError):
    """A file is not the one that was locked."""
