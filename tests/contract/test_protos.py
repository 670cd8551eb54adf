"""The schemas keep the style, break nothing that was published, and the committed stubs are theirs."""

import filecmp
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROTOS = ROOT / "protos"
CONTRACTS = ROOT / "libs" / "contracts" / "src"


def buf(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).with_name("buf")
    return subprocess.run([program, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)


def test_the_style_is_kept() -> None:
    result = buf("lint", "protos")
    assert result.returncode == 0, result.stdout


def test_nothing_published_is_broken() -> None:
    result = buf("breaking", "protos", "--against", "protos/baseline.binpb")
    assert result.returncode == 0, f"v1 only grows; a break is v2 beside it.\n{result.stdout}"


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    return Path(shutil.copytree(PROTOS, tmp_path / "protos"))


def test_a_bad_style_is_seen(copied: Path) -> None:
    schema = copied / "wardmote" / "intake" / "v1" / "report.proto"
    schema.write_text(schema.read_text().replace("string target_name = 3;", "string TargetName = 3;"))
    assert buf("lint", copied).returncode != 0


def test_a_break_is_seen(copied: Path) -> None:
    schema = copied / "wardmote" / "intake" / "v1" / "incident_events.proto"
    schema.write_text(schema.read_text().replace("string reference = 2;", "int64 reference = 2;"))
    assert buf("breaking", copied, "--against", PROTOS / "baseline.binpb").returncode != 0


def differences(left: Path, right: Path) -> list[str]:
    """Files that are not the same in both, by name."""
    compared = filecmp.dircmp(left, right, ignore=["__pycache__"])
    found = [*compared.left_only, *compared.right_only]
    found += [name for name in compared.common_files if (left / name).read_bytes() != (right / name).read_bytes()]
    return found + [f"{name}/{inner}" for name in compared.common_dirs for inner in differences(left / name, right / name)]


def test_the_committed_stubs_are_those_of_the_schemas(tmp_path: Path) -> None:
    script = ROOT / "scripts" / "generate_contracts.py"
    subprocess.run([sys.executable, script, tmp_path], check=True, capture_output=True)
    assert differences(CONTRACTS / "wardmote", tmp_path / "wardmote") == [], "Run make protos and commit what it writes."
    topics = "wardmote_contracts/topics.py"
    assert (CONTRACTS / topics).read_text() == (tmp_path / topics).read_text(), "Run make protos and commit what it writes."


def test_a_changed_stub_is_seen(tmp_path: Path) -> None:
    copy = Path(shutil.copytree(CONTRACTS / "wardmote", tmp_path / "wardmote"))
    (copy / "intake" / "v1" / "report_pb2.py").write_text("")
    assert differences(CONTRACTS / "wardmote", copy) == ["intake/v1/report_pb2.py"]
