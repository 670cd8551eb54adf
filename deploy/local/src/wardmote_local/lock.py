"""One stack per folder: whoever holds the lock runs it."""

import fcntl
import os
from pathlib import Path
from types import TracebackType

from wardmote_local.servers.errors import LocalError
from wardmote_local.servers.process import first_number, make_folder


class StackLock:
    """Held while the stack runs. The system lets go of it when the process ends, however it ends."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._handle: int | None = None

    def __enter__(self) -> "StackLock":
        """
        Raises:
            LocalError: a stack of this folder runs.
        """
        make_folder(self._file.parent)
        handle = os.open(self._file, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(handle)
            raise LocalError(
                f"The stack of {self._file.parent} runs already: process {first_number(self._file)}.",
                "See `wardmote local status`, or stop it with `wardmote local down`. "
                "A second stack needs its own WARDMOTE_VAR and WARDMOTE_PORT_BASE.",
            ) from None
        os.ftruncate(handle, 0)
        os.pwrite(handle, str(os.getpid()).encode(), 0)
        self._handle = handle
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


def holder(file: Path) -> int | None:
    """The process that runs the stack; None when none does."""
    try:
        handle = os.open(file, os.O_RDONLY)
    except OSError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return first_number(file)
    finally:
        os.close(handle)
    return None
