"""What keeps a wrong jar from being loaded, and what is said when a server cannot start."""

import hashlib
import os
import socket
from pathlib import Path

import pytest

from wardmote_local.servers.errors import LocalError, PortTaken, WrongChecksum
from wardmote_local.servers.kafka import KafkaServer
from wardmote_local.servers.kafka_jars import STAMP, KafkaJars, read_lock
from wardmote_local.servers.places import kafka_folder
from wardmote_local.servers.process import explain
from wardmote_testkit.ports import free_port

RIGHT = b"the jar that was locked"


@pytest.fixture
def lock_file(tmp_path: Path) -> Path:
    file = tmp_path / "jgo.lock.toml"
    entry = f'groupId = "uk.example"\nartifactId = "tiny"\nversion = "1.0"\nsha256 = "{hashlib.sha256(RIGHT).hexdigest()}"\n'
    file.write_text(f"[[dependencies]]\n{entry}")
    return file


@pytest.fixture
def jar(tmp_path: Path) -> Path:
    folder = tmp_path / "jars"
    folder.mkdir()
    file = folder / "tiny-1.0.jar"
    file.write_bytes(RIGHT)
    return file


def jars(lock_file: Path, jar: Path, mirror: str | None = None) -> KafkaJars:
    return KafkaJars(lock_file, jar.parent, lambda line: None, mirror)


def keep_time(file: Path, content: bytes) -> None:
    """Changes a file so that neither its size nor its time tells."""
    before = file.stat()
    file.write_bytes(content)
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))


def test_a_right_jar_is_handed_out(lock_file: Path, jar: Path) -> None:
    assert jars(lock_file, jar).ready() == [jar]


def test_a_wrong_jar_is_named_with_both_sums_and_the_way_out(lock_file: Path, jar: Path) -> None:
    jar.write_bytes(b"another jar")
    with pytest.raises(WrongChecksum) as caught:
        jars(lock_file, jar).ready()
    assert "tiny-1.0.jar" in caught.value.what
    assert hashlib.sha256(RIGHT).hexdigest() in caught.value.what
    assert hashlib.sha256(b"another jar").hexdigest() in caught.value.what
    assert caught.value.do == f"Delete {jar} and run again: it will be downloaded anew."


def test_a_wrong_jar_leaves_no_stamp(lock_file: Path, jar: Path) -> None:
    jar.write_bytes(b"another jar")
    with pytest.raises(WrongChecksum):
        jars(lock_file, jar).ready()
    assert not (jar.parent / STAMP).exists()


def test_a_verified_jar_is_not_read_again(lock_file: Path, jar: Path) -> None:
    jars(lock_file, jar).ready()
    keep_time(jar, RIGHT[::-1])
    assert jars(lock_file, jar).ready() == [jar]


def test_a_jar_whose_time_changed_is_read_again(lock_file: Path, jar: Path) -> None:
    jars(lock_file, jar).ready()
    keep_time(jar, RIGHT[::-1])
    os.utime(jar, ns=(0, 0))
    with pytest.raises(WrongChecksum):
        jars(lock_file, jar).ready()


def test_a_jar_whose_size_changed_is_read_again(lock_file: Path, jar: Path) -> None:
    jars(lock_file, jar).ready()
    keep_time(jar, RIGHT + b"!")
    with pytest.raises(WrongChecksum):
        jars(lock_file, jar).ready()


def test_another_sum_in_the_lock_makes_the_stamp_worthless(lock_file: Path, jar: Path) -> None:
    jars(lock_file, jar).ready()
    lock_file.write_text(lock_file.read_text().replace(hashlib.sha256(RIGHT).hexdigest(), "0" * 64))
    with pytest.raises(WrongChecksum):
        jars(lock_file, jar).ready()


def test_a_torn_stamp_is_no_verdict(lock_file: Path, jar: Path) -> None:
    (jar.parent / STAMP).write_text('{"tiny-1.0.jar": [')
    assert jars(lock_file, jar).ready() == [jar]


def test_a_failed_download_says_what_to_check(lock_file: Path, jar: Path) -> None:
    jar.unlink()
    with pytest.raises(LocalError) as caught:
        jars(lock_file, jar, mirror=f"http://127.0.0.1:{free_port()}").ready()
    assert "tiny-1.0.jar" in caught.value.what
    assert "WARDMOTE_MAVEN_URL" in caught.value.do
    assert "HTTPS_PROXY" in caught.value.do
    assert not any(jar.parent.iterdir())


def test_a_lock_without_a_sum_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "jgo.lock.toml"
    file.write_text('[[dependencies]]\ngroupId = "uk.example"\nartifactId = "tiny"\nversion = "1.0"\n')
    with pytest.raises(LocalError, match="sha256"):
        read_lock(file)


def test_the_committed_lock_holds_one_kafka_and_no_address() -> None:
    file = kafka_folder() / "jgo.lock.toml"
    locked = read_lock(file)
    assert {jar.version for jar in locked if jar.group == "org.apache.kafka"} == {"4.2.0"}
    assert all(len(jar.sha256) == 64 for jar in locked)
    assert "://" not in file.read_text()


def test_a_port_in_use_is_named_with_the_setting_that_moves_it(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder, socket.create_server(("127.0.0.1", 0)) as other:
        port = holder.getsockname()[1]
        with pytest.raises(PortTaken) as caught:
            KafkaServer(tmp_path / "kafka", port, other.getsockname()[1]).start()
    assert f"Port {port}, which Kafka needs, is in use" in caught.value.what
    assert "another Wardmote stack" in caught.value.what
    assert "WARDMOTE_PORT_BASE" in caught.value.do


def test_a_full_disk_is_called_a_full_disk(tmp_path: Path) -> None:
    log = tmp_path / "server.log"
    log.write_text("FATAL:  could not write to file: No space left on device\n")
    failure = explain("PostgreSQL", "PostgreSQL ended before it was ready.", "Run again.", log)
    assert f"the disk of {tmp_path} is full" in failure.what
    assert failure.do == "Make room on that disk, then run again."


def test_a_failure_shows_the_end_of_the_log_and_no_more(tmp_path: Path) -> None:
    log = tmp_path / "server.log"
    log.write_text("\n".join(f"line {number}." for number in range(40)))
    shown = str(explain("Kafka", "Kafka ended.", "Run again.", log))
    assert "line 25." in shown
    assert "line 39." in shown
    assert "line 24." not in shown
