"""What is told of a stack. API keys are in demo.json and in ``status --json``, and nowhere else."""

import json
import stat
from pathlib import Path

from wardmote_local.addresses import SERVICES, Addresses
from wardmote_local.api_keys import keep_api_keys, read_api_keys
from wardmote_local.folders import Folders
from wardmote_local.given import without_password
from wardmote_local.state import READY, STARTING, StackState, read_state
from wardmote_local.status import lines_of, status_of

KEY = "eyJ.this-is-a.key"
ALL_READY = dict.fromkeys(SERVICES, True)


def state(phase: str = READY, port_base: int = 7600) -> StackState:
    return StackState(phase, port_base, "127.0.0.1:7603", "host=/tmp/x user=postgres", {"intake": 1})


def test_a_script_finds_everything_it_needs(tmp_path: Path) -> None:
    told = json.loads(json.dumps(status_of(state(), ALL_READY, Folders(tmp_path), {"northshire": KEY, "porthaven": "other"})))
    assert told["ready"] is True
    assert told["addresses"]["intake"] == {"rest": "http://127.0.0.1:7610", "grpc": "127.0.0.1:7611", "ops": "http://127.0.0.1:7612"}
    assert told["addresses"]["console"] == "http://127.0.0.1:7600"
    council = told["councils"][0]
    assert (council["slug"], council["api_key"]) == ("northshire", KEY)
    assert council["form_url"] == "http://127.0.0.1:7600/northshire/report"
    assert council["cases_url"] == "http://127.0.0.1:7600/northshire/cases"
    assert council["sign_in"] == {"username": "alex.merrow", "issuer": "http://127.0.0.1:7605"}
    assert told["traces_folder"] == str(tmp_path / "traces")


def test_it_is_ready_only_when_all_of_it_is(tmp_path: Path) -> None:
    assert status_of(state(), ALL_READY | {"intake": False}, Folders(tmp_path), {})["ready"] is False
    assert status_of(state(STARTING), ALL_READY, Folders(tmp_path), {})["ready"] is False


def test_a_person_is_shown_addresses_and_no_key() -> None:
    shown = "\n".join(lines_of(Addresses(7800)))
    assert "http://127.0.0.1:7800/porthaven/cases" in shown
    assert "http://127.0.0.1:7801" in shown
    assert "Rhian Pellow (case worker and on call)" in shown
    assert "wardmote local key northshire" in shown
    assert "eyJ" not in shown


def test_keys_are_kept_for_their_owner_alone(tmp_path: Path) -> None:
    folders = Folders(tmp_path)
    assert read_api_keys(folders) == {}
    keep_api_keys(folders, {"northshire": KEY})
    assert read_api_keys(folders) == {"northshire": KEY}
    assert stat.S_IMODE(folders.demo_file.stat().st_mode) == 0o600


def test_the_state_file_comes_back_and_an_alien_one_is_none(tmp_path: Path) -> None:
    file = tmp_path / "stack.json"
    assert read_state(file) is None
    state().write(file)
    assert read_state(file) == state()
    file.write_text('{"phase": "ready", "of": "another version"}')
    assert read_state(file) is None


def test_a_password_is_not_told() -> None:
    shown = without_password("postgresql://admin:s3cret@db.example:5432/postgres?sslpassword=t00")
    assert "s3cret" not in shown
    assert "t00" not in shown
    assert "db.example" in shown
    assert "s3cret" not in without_password("postgresql://admin:s3cret@[broken")
