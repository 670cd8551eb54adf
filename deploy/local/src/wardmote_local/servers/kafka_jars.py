"""The broker's jars: downloaded once, each held against the SHA-256 in jgo.lock.toml before Java may load it.

The verdict is kept in a stamp file, so a second start does not read 43 MB again; a jar whose size or time changed is read again.
"""

import hashlib
import json
import os
import shutil
import tempfile
import tomllib
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from jgo.maven import MavenContext

from wardmote_local.servers.errors import LocalError, WrongChecksum
from wardmote_local.servers.process import make_folder

STAMP = "verified.json"
SIDE_BY_SIDE = 6


@dataclass(frozen=True, slots=True)
class LockedJar:
    """One jar of the lock."""

    group: str
    artifact: str
    version: str
    sha256: str

    @property
    def file_name(self) -> str:
        """What the file is called, here and in the registry."""
        return f"{self.artifact}-{self.version}.jar"


def read_lock(lock_file: Path) -> list[LockedJar]:
    """The jars that ``lock_file`` names. A lock without a sum for every jar is refused."""
    try:
        entries = tomllib.loads(lock_file.read_text(encoding="utf-8"))["dependencies"]
        return [LockedJar(entry["groupId"], entry["artifactId"], entry["version"], entry["sha256"]) for entry in entries]
    except (OSError, tomllib.TOMLDecodeError, KeyError) as error:
        what = f"The lock of the broker's jars, {lock_file}, cannot be used: {error!r}."
        raise LocalError(what, "Restore it with `git checkout`, or make it anew with `make lock`.") from error


class KafkaJars:
    """The folder of verified jars that Java is pointed at."""

    def __init__(self, lock_file: Path, folder: Path, progress: Callable[[str], None], mirror: str | None = None) -> None:
        self._jars = read_lock(lock_file)
        self._folder = folder
        self._progress = progress
        self._mirror = mirror

    def ready(self) -> list[Path]:
        """Every jar's path, downloaded if it was missing, and verified."""
        make_folder(self._folder)
        missing = [jar for jar in self._jars if not self._path(jar).exists()]
        if missing:
            self._download(missing)
        self._verify()
        return [self._path(jar) for jar in self._jars]

    def _path(self, jar: LockedJar) -> Path:
        return self._folder / jar.file_name

    def _download(self, missing: list[LockedJar]) -> None:
        """Fetches side by side into a folder of this process; a jar moves to its place only when its sum is right."""
        self._progress(f"Downloading Apache Kafka: {len(missing)} jars, once.")
        incoming = Path(tempfile.mkdtemp(prefix=".incoming-", dir=self._folder))
        try:
            with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
                running = {pool.submit(self._fetch, jar, incoming): jar for jar in missing}
                try:
                    for done, future in enumerate(as_completed(running), start=1):
                        future.result()
                        self._progress(f"Kafka jar {done} of {len(missing)}: {running[future].file_name}")
                finally:
                    pool.shutdown(cancel_futures=True)
        finally:
            shutil.rmtree(incoming, ignore_errors=True)

    def _fetch(self, jar: LockedJar, incoming: Path) -> None:
        remote = {"mirror": self._mirror.rstrip("/")} if self._mirror else None
        context = MavenContext(repo_cache=incoming, local_repos=[], remote_repos=remote, timeout=30)
        try:
            arrived = context.project(jar.group, jar.artifact).at_version(jar.version).artifact().resolve()
        except (OSError, RuntimeError) as error:
            raise self._not_fetched(jar, error) from error
        check_sum(jar, arrived, f"Something answered in the registry's place. {download_advice(self._mirror)}")
        arrived.replace(self._path(jar))

    def _not_fetched(self, jar: LockedJar, error: OSError | RuntimeError) -> LocalError:
        """Tells a disk that would not take the jar (it has an error number) from a registry that would not give it."""
        if isinstance(error, OSError) and error.errno is not None:
            what = f"The jar {jar.file_name} could not be written to {self._folder}: {error.strerror}."
            return LocalError(what, "Make room on that disk or set WARDMOTE_CACHE to another folder, then run again.")
        return LocalError(f"The jar {jar.file_name} of Apache Kafka could not be downloaded: {error}", download_advice(self._mirror))

    def _verify(self) -> None:
        stamp = self._folder / STAMP
        known = read_stamp(stamp)
        now = {jar.file_name: [*size_and_time(self._path(jar)), jar.sha256] for jar in self._jars}
        for jar in self._jars:
            if known.get(jar.file_name) != now[jar.file_name]:
                path = self._path(jar)
                check_sum(jar, path, f"Delete {path} and run again: it will be downloaded anew.")
        if known != now:
            write_whole(stamp, json.dumps(now, indent=1))


def download_advice(mirror: str | None) -> str:
    """What to look at when a download failed."""
    where = f"the mirror in WARDMOTE_MAVEN_URL, {mirror}," if mirror else "the public Maven registry"
    return (
        f"Check that this machine reaches {where} (network, DNS, HTTPS_PROXY, REQUESTS_CA_BUNDLE), then run again; what arrived is kept. "
        "WARDMOTE_MAVEN_URL names a mirror; WARDMOTE_KAFKA names a broker to use instead."
    )


def check_sum(jar: LockedJar, path: Path, do: str) -> None:
    """Refuses a file that is not the locked one."""
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != jar.sha256:
        raise WrongChecksum(f"The jar {jar.file_name} is not the one that was locked: expected SHA-256 {jar.sha256}, found {found}.", do)


def size_and_time(path: Path) -> Iterable[int]:
    """What the stamp remembers of a file."""
    status = path.stat()
    return status.st_size, status.st_mtime_ns


def read_stamp(stamp: Path) -> dict[str, list[object]]:
    """The last verdicts; none when the stamp is missing or torn."""
    try:
        verdicts = json.loads(stamp.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return verdicts if isinstance(verdicts, dict) else {}


def write_whole(path: Path, text: str) -> None:
    """Writes so that a reader sees the old file or the new one, never half of one."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    Path(name).replace(path)
