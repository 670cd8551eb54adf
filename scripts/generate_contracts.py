"""Writes libs/contracts from protos/: the stubs of every schema and the typed topic catalogue. Called by `make protos`.

The result is committed; a contract test writes it again elsewhere and expects no difference.
"""

import subprocess
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
PROTOS = ROOT / "protos"
CONTRACTS = ROOT / "libs" / "contracts" / "src"

HEADER = '''"""The topic catalogue as typed values. Generated from protos/topics by scripts/generate_contracts.py; do not edit."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Topic:
    """One Kafka topic: one aggregate, one message type with a oneof of past-tense facts."""

    name: str
    message: str
    """Full protobuf name of the one message type."""
    key: str
    """Shape of the key; its first part is always the tenant."""
    producer: str
    consumers: tuple[str, ...]
    partitions: int
    replication_factor: int
    min_insync_replicas: int
    retention_hours: int


'''


def catalogue() -> str:
    """The Python source of wardmote_contracts.topics."""
    topics = [yaml.safe_load(path.read_text()) for path in sorted((PROTOS / "topics").glob("*.yaml"))]
    parts = [HEADER]
    names = []
    for topic in topics:
        constant = topic["topic"].replace("-", "_").upper()
        names.append(constant)
        fields = ["message", "key", "producer", "partitions", "replication_factor", "min_insync_replicas", "retention_hours"]
        values = {"name": topic["topic"], **{field: topic[field] for field in fields}, "consumers": tuple(topic["consumers"])}
        order = ["name", "message", "key", "producer", "consumers", *fields[3:]]
        lines = "".join(f"    {field}={_literal(values[field])},\n" for field in order)
        parts.append(f"{constant} = Topic(\n{lines})\n")
    parts.append(f"\nALL: tuple[Topic, ...] = ({', '.join(names)})\n")
    return "".join(parts)


def _literal(value: object) -> str:
    if isinstance(value, tuple):
        inner = ", ".join(f'"{item}"' for item in value)
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    return f'"{value}"' if isinstance(value, str) else str(value)


def generate(target: Path) -> None:
    """Writes stubs, type stubs, package markers and the catalogue under ``target``."""
    schemas = sorted(str(path.relative_to(PROTOS)) for path in (PROTOS / "wardmote").rglob("*.proto"))
    bin_folder = Path(sys.executable).parent
    outputs = [f"--python_out={target}", f"--grpc_python_out={target}", f"--mypy_out={target}", f"--mypy_grpc_out={target}"]
    plugins = [f"--plugin=protoc-gen-{name}={bin_folder / f'protoc-gen-{name}'}" for name in ("mypy", "mypy_grpc")]
    subprocess.run([sys.executable, "-m", "grpc_tools.protoc", f"-I{PROTOS}", *plugins, *outputs, *schemas], check=True)
    for schema in schemas:
        if not schema.endswith("_service.proto"):
            for leftover in (target / schema).parent.glob(f"{Path(schema).stem}_pb2_grpc.py*"):
                leftover.unlink()
    (target / "wardmote" / "py.typed").touch()
    for folder in [
        target / "wardmote",
        *(path for path in (target / "wardmote").rglob("*") if path.is_dir() and path.name != "__pycache__"),
    ]:
        (folder / "__init__.py").touch()
    (target / "wardmote_contracts").mkdir(exist_ok=True)
    (target / "wardmote_contracts" / "topics.py").write_text(catalogue())


if __name__ == "__main__":
    generate(Path(sys.argv[1]) if len(sys.argv) > 1 else CONTRACTS)
