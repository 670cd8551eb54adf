"""The embedded servers, for real: a topic and a message through Kafka, a row that outlives a restart of PostgreSQL."""

import logging
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from aiokafka import AIOKafkaConsumer
from kafka import KafkaAdminClient, KafkaProducer

from wardmote_local.servers.errors import LocalError
from wardmote_local.servers.postgres import PostgresServer


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder with a path short enough for a socket, and open to the account PostgreSQL runs as under root."""
    path = Path(tempfile.mkdtemp(prefix="wardmote-test-"))
    yield path
    shutil.rmtree(path, ignore_errors=True)


def produce(bootstrap: str, topic: str, key: bytes, value: bytes) -> None:
    with KafkaAdminClient(bootstrap_servers=bootstrap) as admin:
        admin.create_topics({topic: {"num_partitions": 3}}, wait_for_metadata=True)
    producer = KafkaProducer(bootstrap_servers=bootstrap, acks="all", enable_idempotence=True)
    try:
        producer.send(topic, key=key, value=value).get(timeout=20)
    finally:
        producer.close()


async def test_a_message_goes_through_kafka(kafka_server: str, caplog: pytest.LogCaptureFixture) -> None:
    topic = f"servers-{uuid4().hex}"
    produce(kafka_server, topic, b"tenant/1", b"hello")
    with caplog.at_level(logging.INFO):
        consumer = AIOKafkaConsumer(topic, bootstrap_servers=kafka_server, group_id=topic, auto_offset_reset="earliest")
        await consumer.start()
        try:
            message = await consumer.getone()
            await consumer.commit()
        finally:
            await consumer.stop()
    assert (message.key, message.value) == (b"tenant/1", b"hello")
    assert "GroupCoordinatorNotAvailable" not in caplog.text


def test_postgres_answers_and_holds_many_connections(postgres_server: str) -> None:
    with psycopg.connect(postgres_server) as connection:
        assert connection.execute("select 1").fetchone() == (1,)
        row = connection.execute("select current_setting('max_connections')::int").fetchone()
        assert row is not None
        assert row[0] >= 200


def test_postgres_keeps_its_data_between_runs(folder: Path) -> None:
    for run in range(2):
        server = PostgresServer(folder / "postgres", fsync=False)
        server.start()
        try:
            with psycopg.connect(server.admin_dsn) as connection:
                connection.execute("create table if not exists kept (run int)")
                connection.execute("insert into kept values (%s)", (run,))
                assert connection.execute("select count(*) from kept").fetchone() == (run + 1,)
        finally:
            assert server.stop()


def test_postgres_finds_a_short_socket_for_a_long_folder(folder: Path) -> None:
    server = PostgresServer(folder / ("deep" * 30), fsync=False)
    server.start()
    try:
        with psycopg.connect(server.admin_dsn) as connection:
            assert connection.execute("select 1").fetchone() == (1,)
    finally:
        assert server.stop()


def test_a_second_postgres_on_one_folder_is_refused_and_a_left_over_one_ended(folder: Path) -> None:
    first = PostgresServer(folder, fsync=False)
    first.start()
    second = PostgresServer(folder, fsync=False)
    try:
        with pytest.raises(LocalError, match="already works in"):
            second.start()
        second.end_left_over()
        second.start()
        assert second.pid is not None
    finally:
        second.stop()
        first.stop()
