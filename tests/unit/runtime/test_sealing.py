"""Sealed words open for their own council, aggregate and column only, unchanged; and a council has one key."""

import resource
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Barrier
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wardmote_kernel.identity import TenantId
from wardmote_runtime.sealing import DataKey, FolderKeyring, Sealer, Unsealable

TENANT, OTHER, INCIDENT = TenantId(uuid4()), TenantId(uuid4()), uuid4()
KEY = DataKey(TENANT, INCIDENT, bytes(range(32)), b"")
WORDS = st.text(st.characters(exclude_categories=["Cs"]))


@pytest.fixture
def keyring(tmp_path: Path) -> FolderKeyring:
    return FolderKeyring(tmp_path / "keys")


@pytest.fixture
def sealer(keyring: FolderKeyring) -> Sealer:
    return Sealer(keyring)


@given(WORDS, st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
def test_what_was_sealed_opens_again(words: str, column: str) -> None:
    assert KEY.open(column, KEY.seal(column, words)) == words


@given(WORDS)
def test_sealed_bytes_show_nothing_and_differ_each_time(words: str) -> None:
    one, other = KEY.seal("text", words), KEY.seal("text", words)
    assert one != other
    assert len(words) < 4 or words.encode() not in one


@given(WORDS, st.data())
def test_any_changed_byte_makes_it_unsealable(words: str, data: st.DataObject) -> None:
    sealed = bytearray(KEY.seal("text", words))
    place = data.draw(st.integers(0, len(sealed) - 1))
    sealed[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(Unsealable):
        KEY.open("text", bytes(sealed))


@given(WORDS, st.data())
def test_any_shortened_bytes_are_unsealable(words: str, data: st.DataObject) -> None:
    sealed = KEY.seal("text", words)
    with pytest.raises(Unsealable):
        KEY.open("text", sealed[: data.draw(st.integers(0, len(sealed) - 1))])


@given(st.binary(max_size=64))
def test_any_foreign_bytes_are_unsealable(foreign: bytes) -> None:
    with pytest.raises(Unsealable):
        KEY.open("text", foreign)


MISPLACED: dict[str, Callable[[DataKey], tuple[DataKey, str]]] = {
    "other council": lambda key: (replace(key, tenant=OTHER), "text"),
    "other aggregate": lambda key: (replace(key, aggregate_id=uuid4()), "text"),
    "other column": lambda key: (key, "sender"),
    "other key": lambda key: (replace(key, key=bytes(32)), "text"),
}


@pytest.mark.parametrize("name", MISPLACED)
def test_words_moved_elsewhere_are_unsealable(name: str) -> None:
    key, column = MISPLACED[name](KEY)
    with pytest.raises(Unsealable):
        key.open(column, KEY.seal("text", "words"))


def test_a_data_key_is_kept_wrapped_and_opened_again(sealer: Sealer, keyring: FolderKeyring) -> None:
    made = sealer.new_key(TENANT, INCIDENT)
    assert made.key not in made.wrapped
    opened = Sealer(keyring).open_key(TENANT, INCIDENT, made.wrapped)
    assert opened == made
    assert opened.open("text", made.seal("text", "words")) == "words"


def test_each_aggregate_has_a_key_of_its_own(sealer: Sealer) -> None:
    assert sealer.new_key(TENANT, INCIDENT).key != sealer.new_key(TENANT, INCIDENT).key


def test_a_data_key_opens_with_its_own_councils_key_only(sealer: Sealer) -> None:
    made = sealer.new_key(TENANT, INCIDENT)
    sealer.new_key(OTHER, INCIDENT)
    with pytest.raises(Unsealable):
        sealer.open_key(OTHER, INCIDENT, made.wrapped)


def test_a_council_that_never_had_a_key_gets_none_by_reading(sealer: Sealer, tmp_path: Path) -> None:
    made = sealer.new_key(TENANT, INCIDENT)
    with pytest.raises(Unsealable):
        sealer.open_key(OTHER, INCIDENT, made.wrapped)
    assert [path.name for path in (tmp_path / "keys").iterdir()] == [f"{TENANT}.key"]


def test_without_the_councils_key_nothing_opens(tmp_path: Path) -> None:
    made = Sealer(FolderKeyring(tmp_path)).new_key(TENANT, INCIDENT)
    (tmp_path / f"{TENANT}.key").unlink()
    with pytest.raises(Unsealable, match="gone"):
        Sealer(FolderKeyring(tmp_path)).open_key(TENANT, INCIDENT, made.wrapped)


@pytest.mark.parametrize("content", [b"", b"short", bytes(33)])
def test_a_damaged_key_file_is_told_and_not_replaced(tmp_path: Path, content: bytes) -> None:
    (tmp_path / f"{TENANT}.key").write_bytes(content)
    with pytest.raises(Unsealable, match="damaged"):
        Sealer(FolderKeyring(tmp_path)).new_key(TENANT, INCIDENT)
    assert (tmp_path / f"{TENANT}.key").read_bytes() == content


def test_the_key_file_is_for_its_owner_alone_and_no_draft_is_left(sealer: Sealer, tmp_path: Path) -> None:
    sealer.new_key(TENANT, INCIDENT)
    files = list((tmp_path / "keys").iterdir())
    assert [stat.S_IMODE(path.stat().st_mode) for path in files] == [0o600]
    assert files[0].stat().st_size == 32


def test_a_full_disk_gives_no_key_and_leaves_no_half_one(sealer: Sealer, tmp_path: Path) -> None:
    """A report is refused then, and each further try must not leave one more file behind."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (16, hard))
    try:
        with pytest.raises(OSError, match="File too large"):
            sealer.new_key(TENANT, INCIDENT)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list((tmp_path / "keys").iterdir()) == []
    assert sealer.new_key(TENANT, INCIDENT)


def test_processes_that_make_a_councils_key_at_once_agree(tmp_path: Path) -> None:
    """Keyrings of their own, as processes have; all start together, many times."""
    together = 8
    for _ in range(20):
        tenant, barrier = TenantId(uuid4()), Barrier(together)

        def make(_: int, tenant: TenantId = tenant, barrier: Barrier = barrier) -> tuple[UUID, bytes, bytes]:
            sealer = Sealer(FolderKeyring(tmp_path / "keys"))
            barrier.wait()
            made = sealer.new_key(tenant, incident := uuid4())
            return incident, made.key, made.wrapped

        with ThreadPoolExecutor(together) as pool:
            made = list(pool.map(make, range(together)))
        later = Sealer(FolderKeyring(tmp_path / "keys"))
        assert [later.open_key(tenant, incident, wrapped).key for incident, _, wrapped in made] == [key for _, key, _ in made]
    assert len(list((tmp_path / "keys").iterdir())) == 20


def test_a_key_does_not_print_itself() -> None:
    assert repr(KEY.key) not in repr(KEY)
    assert "key=" not in repr(KEY)
