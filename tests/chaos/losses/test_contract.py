"""The consumer's contract, on our consumer and on the oracle; and its twins, which break it and must be seen."""

from pathlib import Path
from uuid import uuid4

import pytest

from wardmote_testkit.consumer_contract import ConsumerContract, complaints, killed_before_a_batch_is_kept
from wardmote_testkit.consumer_program import Engine
from wardmote_testkit.consumer_stage import Shelf, Stage
from wardmote_testkit.groups import Broker


@pytest.fixture(params=["faust", "aiokafka"])
def engine(request: pytest.FixtureRequest) -> Engine:
    chosen: Engine = request.param
    return chosen


class TestConsumer(ConsumerContract):
    """On both engines."""


async def test_a_consumer_that_acknowledges_first_is_caught(broker: Broker, shelf: Shelf, tmp_path: Path) -> None:
    stage = Stage("careless", broker, shelf, await broker.make_topic(), tmp_path)
    async with stage.member() as member:
        with pytest.raises(AssertionError):
            await killed_before_a_batch_is_kept(stage, member)
    assert await stage.committed() not in (None, 0)
    assert await stage.kept() == []


def test_each_complaint_is_made() -> None:
    one, two, other = ("a", uuid4()), ("a", uuid4()), ("b", uuid4())
    sent = [one, two, other]
    assert complaints(sent, [one, other, two]) == []
    assert complaints(sent, [one, two]) == [f"lost {other[1]} of b"]
    assert complaints(sent, [one, two, other, one]) == [f"kept 2 times: {one[1]} of a"]
    assert complaints(sent, [two, one, other]) == ["out of order: a"]
