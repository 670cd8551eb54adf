"""The fixtures that every test has: real servers, started when the first test asks, once per run.

A server that cannot be had fails the tests that need it, with a sentence. It never skips them. What starts the servers is imported
with the first of them: pytest loads this file in every run, and the import takes most of a second.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest

from wardmote_local.servers.errors import LocalError


@pytest.fixture(scope="session")
def kafka_server() -> Iterator[str]:
    """The bootstrap address of a real Kafka."""
    from wardmote_testkit.servers import running_kafka  # noqa: PLC0415

    yield from served(running_kafka)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The superuser's connection string of a real PostgreSQL."""
    from wardmote_testkit.servers import running_postgres  # noqa: PLC0415

    yield from served(running_postgres)


def served(running: Callable[[], AbstractContextManager[str]]) -> Iterator[str]:
    """Hands out the server's address, or fails with the sentence that says why there is none."""
    context, problem, address = running(), "", ""
    try:
        address = context.__enter__()
    except LocalError as error:
        problem = str(error)
    if problem:
        pytest.fail(problem, pytrace=False)
    try:
        yield address
    finally:
        context.__exit__(None, None, None)
