"""Small disks that can be filled: a tmpfs where this account may mount one."""

import contextlib
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

BALLAST = "ballast"
_BLOCK = 64 * 1024


@dataclass(slots=True)
class Room:
    """A folder with a disk of its own. ``is_small`` is False where none could be mounted; then it is an ordinary folder."""

    folder: Path
    is_small: bool = False

    @classmethod
    def make(cls, folder: Path, megabytes: int) -> "Room":
        folder.mkdir(parents=True, exist_ok=True)
        command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0700", "wardmote-chaos", str(folder)]
        try:
            mounted = subprocess.run(command, capture_output=True, check=False).returncode == 0
        except FileNotFoundError:
            mounted = False
        return cls(folder, mounted)

    def fill(self) -> None:
        """Nothing more can be written afterwards."""
        size = _BLOCK
        with (self.folder / BALLAST).open("ab", buffering=0) as file:
            while size >= 1:
                try:
                    file.write(b"\0" * size)
                except OSError:
                    size //= 4

    def empty(self) -> None:
        """There is room again."""
        (self.folder / BALLAST).unlink(missing_ok=True)

    def close(self) -> None:
        """Gives the disk back."""
        if self.is_small:
            subprocess.run(["umount", "-l", str(self.folder)], capture_output=True, check=False)

    def own(self, like: Path) -> None:
        """Hands the folder to the account that owns another."""
        owner = like.stat()
        with contextlib.suppress(PermissionError):
            os.chown(self.folder, owner.st_uid, owner.st_gid)
