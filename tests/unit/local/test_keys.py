"""The stack's keys: made once, kept, readable by their owner only, and good for the services' own check."""

import stat
from pathlib import Path
from uuid import UUID

import pytest

from wardmote_kernel.clock import SystemClock
from wardmote_kernel.errors import Unauthenticated
from wardmote_kernel.taxonomy import Role
from wardmote_local.keys import ISSUERS, Keys
from wardmote_runtime.auth import TokenVerifier

TENANT = UUID("0199aa00-0000-7000-8000-000000000001")


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    keys = Keys(tmp_path / "keys")
    keys.make()
    return keys


def test_tokens_are_good_for_the_services(keys: Keys) -> None:
    verifier = TokenVerifier.from_file(keys.trusted_issuers_file, SystemClock())
    verified = verifier.verify(f"Bearer {keys.token('console', 'alex.merrow', Role.CASE_WORKER, TENANT)}")
    assert (verified.caller.subject, verified.caller.tenant_id) == ("alex.merrow", TENANT)
    with pytest.raises(Unauthenticated):
        verifier.verify(f"Bearer {keys.token('intake', 'alex.merrow', Role.CASE_WORKER, TENANT)}")


def test_a_second_start_keeps_them(keys: Keys) -> None:
    before = {issuer: keys.signing_key_file(issuer).read_text() for issuer in ISSUERS}, keys.database_password()
    keys.make()
    assert before == ({issuer: keys.signing_key_file(issuer).read_text() for issuer in ISSUERS}, keys.database_password())


def test_a_lost_key_is_made_anew_with_its_public_half(keys: Keys) -> None:
    keys.signing_key_file("console").unlink()
    keys.make()
    test_tokens_are_good_for_the_services(keys)


def test_only_their_owner_reads_them(keys: Keys, tmp_path: Path) -> None:
    keys.database_password()
    assert {stat.S_IMODE(file.stat().st_mode) for file in (tmp_path / "keys").iterdir()} == {0o600}
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700
