"""One stack per folder."""

import os
from pathlib import Path

import pytest

from wardmote_local.lock import StackLock, holder
from wardmote_local.servers.errors import LocalError


def test_a_second_stack_in_one_folder_is_refused_with_the_first_ones_process(tmp_path: Path) -> None:
    with (
        StackLock(tmp_path / "lock"),
        pytest.raises(LocalError, match=f"runs already: process {os.getpid()}") as refused,
        StackLock(tmp_path / "lock"),
    ):
        pass
    assert "wardmote local down" in refused.value.do


def test_the_holder_is_told_while_it_holds(tmp_path: Path) -> None:
    assert holder(tmp_path / "lock") is None
    with StackLock(tmp_path / "lock"):
        assert holder(tmp_path / "lock") is not None
    assert holder(tmp_path / "lock") is None
