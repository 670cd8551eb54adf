"""PostgreSQL refuses to run as root, so under root it runs as the account ``nobody``, which every system has.

That account must reach the server's program and folder. Where a folder on the way lets only its owner in, its group is let
through (``g+x``, nothing more) and the server runs with that group: no other account gains anything.
"""

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path

from wardmote_local.servers.errors import LocalError

NAME = "nobody"


@dataclass(frozen=True, slots=True)
class Account:
    """Whom a server runs as: user, group and the further groups that open the way to its folder."""

    user: int
    group: int
    groups: tuple[int, ...] = ()

    def own(self, folder: Path) -> None:
        """Hands a new folder over."""
        os.chown(folder, self.user, self.group)


def account_for(data: Path, program: Path) -> Account | None:
    """The account to run as, with the way to both open to it; None when we are not root and stay who we are."""
    if os.geteuid() != 0:
        return None
    user, group = owner(data)
    folders = {*data.resolve().parents, *program.resolve().parents}
    closed = {folder for folder in folders if not folder.stat().st_mode & stat.S_IXOTH}
    return Account(user, group, tuple(sorted({let_group_through(folder) for folder in closed})))


def owner(data: Path) -> tuple[int, int]:
    """Whose the data are: of the account that made them, else of ``nobody``."""
    if data.exists() and data.stat().st_uid != 0:
        return data.stat().st_uid, data.stat().st_gid
    try:
        entry = pwd.getpwnam(NAME)
    except KeyError as error:
        what = f"PostgreSQL may not run as root, and this system has no account {NAME!r}."
        raise LocalError(what, "Run again as an ordinary account.") from error
    return entry.pw_uid, entry.pw_gid


def let_group_through(folder: Path) -> int:
    """The group of ``folder``, which may now walk through it."""
    status = folder.stat()
    if not status.st_mode & stat.S_IXGRP:
        folder.chmod(stat.S_IMODE(status.st_mode) | stat.S_IXGRP)
    return status.st_gid
