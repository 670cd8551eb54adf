"""A console with everything around it faked, and a browser of sorts."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from tests.unit.console.fakes import World


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def browser(world: World) -> Iterator[TestClient]:
    """Sends what a browser sends with a form of our own, and does not follow redirects."""
    with TestClient(world.app, base_url="http://localhost", headers={"sec-fetch-site": "same-origin"}, follow_redirects=False) as client:
        yield client
