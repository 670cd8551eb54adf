"""SQL that revisions execute is never edited once it has landed: a database that ran it would not be what the code expects."""

from hashlib import sha256

import pytest

from wardmote_runtime.migrations import delivery_sql

FROZEN = {
    "delivery_0001": "f99d96e06563a14a77527f37f9e9bb14e534462433cfaee3e23036e843a74cc1",
    "delivery_0002": "cf653f2fbf08b1b07408fad503a3a5092c1cb4296a1f0a36e69d37cbf53543f6",
}


def is_frozen(name: str, text: str) -> bool:
    return sha256(text.encode()).hexdigest() == FROZEN[name]


@pytest.mark.parametrize("name", FROZEN)
def test_a_landed_file_stays_as_it_is(name: str) -> None:
    assert is_frozen(name, delivery_sql(name)), (
        f"Leave {name}.sql alone; write the change as the next number, called by a new revision of each service."
    )


def test_an_edit_is_seen() -> None:
    assert not is_frozen("delivery_0001", delivery_sql("delivery_0001") + "\n")
