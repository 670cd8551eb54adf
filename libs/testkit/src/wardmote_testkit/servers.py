"""A real broker and a real database for tests: one named in the environment, else one of our own, in its own folder and ports."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from wardmote_local.servers.errors import LocalError, PortTaken
from wardmote_local.servers.kafka import KafkaServer
from wardmote_local.servers.kafka_ready import wait_until_ready
from wardmote_local.servers.postgres import PostgresServer
from wardmote_testkit.ports import free_port

KAFKA = "WARDMOTE_TEST_KAFKA"
POSTGRES = "WARDMOTE_TEST_POSTGRES"
TRIES = 3


@contextmanager
def running_kafka() -> Iterator[str]:
    """The address of a broker that serves topics and groups."""
    given = os.environ.get(KAFKA)
    if given:
        if not wait_until_ready(given, deadline_s=10):
            raise LocalError(
                f"The broker that {KAFKA} names, {given}, does not answer.", f"Start it, or unset {KAFKA} to use one of our own."
            )
        yield given
        return
    with own_folder("wardmote-kafka-") as folder:
        server = start_kafka(folder)
        try:
            yield server.bootstrap
        finally:
            server.stop()


@contextmanager
def running_postgres() -> Iterator[str]:
    """The superuser's connection string of a database server."""
    given = os.environ.get(POSTGRES)
    if given:
        require_superuser(given)
        yield given
        return
    with own_folder("wardmote-postgres-") as folder:
        server = PostgresServer(folder, fsync=False)
        server.start()
        try:
            yield server.admin_dsn
        finally:
            server.stop()


def start_kafka(folder: Path) -> KafkaServer:
    """Starts a broker on free ports; tries others when somebody was quicker to take them."""
    for _ in range(TRIES - 1):
        server = KafkaServer(folder, free_port(), free_port())
        try:
            server.start()
        except PortTaken:
            continue
        return server
    server = KafkaServer(folder, free_port(), free_port())
    server.start()
    return server


def require_superuser(dsn: str) -> None:
    """Makes sure that the named server answers and lets us make databases and roles."""
    try:
        with psycopg.connect(dsn, connect_timeout=10) as connection:
            row = connection.execute("select current_setting('is_superuser')").fetchone()
    except psycopg.Error as error:
        raise LocalError(f"The database that {POSTGRES} names does not answer: {error}", f"Start it, or unset {POSTGRES}.") from error
    if row is None or row[0] != "on":
        raise LocalError(f"{POSTGRES} names an account that is no superuser.", f"Name a superuser's connection, or unset {POSTGRES}.")


@contextmanager
def own_folder(prefix: str) -> Iterator[Path]:
    """A short-lived folder with a short path, so that a socket fits into it."""
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
