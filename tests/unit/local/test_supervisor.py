"""The supervisor: starts layer by layer, says which process died and why, stops in the other order."""

import asyncio
import threading
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from wardmote_local.servers.errors import LocalError
from wardmote_local.supervisor import ChildDied, Supervisor


@dataclass
class FakeChild:
    """Fits :class:`wardmote_local.child.Watched`."""

    name: str
    log_file: Path
    told: list[str]
    pid: int | None = None
    exit_status: int | None = None
    fails: bool = field(default=False)

    def start(self) -> None:
        if self.fails:
            raise OSError(self.name)
        self.told.append(f"start {self.name}")
        self.pid = 1

    def stop(self) -> bool:
        self.told.append(f"stop {self.name}")
        return True

    def end_left_over(self) -> None:
        self.told.append(f"end {self.name}")


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def kafka(tmp_path: Path, told: list[str]) -> FakeChild:
    return FakeChild("kafka", tmp_path / "kafka.log", told)


@pytest.fixture
def intake(tmp_path: Path, told: list[str]) -> FakeChild:
    return FakeChild("intake", tmp_path / "intake.log", told)


async def test_layers_stop_in_the_other_order(kafka: FakeChild, intake: FakeChild, told: list[str]) -> None:
    supervisor = Supervisor()
    await supervisor.start({"kafka": kafka})
    await supervisor.start({"intake": intake})
    assert supervisor.pids() == {"kafka": 1, "intake": 1}
    await supervisor.stop()
    assert told == ["start kafka", "start intake", "stop intake", "stop kafka"]
    assert supervisor.pids() == {}


async def test_a_death_is_told_with_status_and_the_last_fifteen_lines(intake: FakeChild) -> None:
    supervisor = Supervisor()
    await supervisor.start({"intake": intake})
    lines = [f"line {number}" for number in range(20)] + ['{"event":"The relay stops.","level":"critical","service":"intake"}']
    intake.log_file.write_text("\n".join(lines))
    intake.exit_status = 70
    with pytest.raises(ChildDied) as died:
        await asyncio.wait_for(supervisor.watch(), 5)
    assert "intake ended by itself with status 70" in died.value.what
    assert str(intake.log_file) in died.value.what
    assert "critical The relay stops." in died.value.what
    assert "line 6\n" in died.value.what
    assert "line 5\n" not in died.value.what
    assert "nothing is restarted" in died.value.do


async def test_a_signal_is_told_as_one(intake: FakeChild) -> None:
    supervisor = Supervisor()
    await supervisor.start({"intake": intake})
    intake.exit_status = -9
    with pytest.raises(ChildDied, match=r"intake was ended by signal 9(.|\n)*it wrote nothing"):
        supervisor.require_alive()


async def test_what_did_not_start_is_stopped_with_the_rest(kafka: FakeChild, intake: FakeChild, told: list[str]) -> None:
    supervisor = Supervisor()
    intake.fails = True
    with pytest.raises(ExceptionGroup):
        await supervisor.start({"kafka": kafka, "intake": intake})
    await supervisor.stop()
    assert {"stop kafka", "stop intake"} <= set(told)


class SlowChild(FakeChild):
    """Starts until it is stopped, and then fails, as a server does that is ended before it is ready."""

    def __init__(self, log_file: Path, told: list[str]) -> None:
        super().__init__("kafka", log_file, told)
        self.started, self.stopped = threading.Event(), threading.Event()

    def start(self) -> None:
        self.started.set()
        self.stopped.wait(10)
        raise LocalError("Kafka ended before it was ready.", "Run again.")

    def stop(self) -> bool:
        self.stopped.set()
        return super().stop()


async def test_a_start_that_is_called_off_ends_the_child_first(tmp_path: Path, told: list[str]) -> None:
    supervisor, child = Supervisor(), SlowChild(tmp_path / "kafka.log", told)
    starting = asyncio.create_task(supervisor.start({"kafka": child}))
    await asyncio.to_thread(child.started.wait, 10)
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert "stop kafka" in told
