"""What a model was made of and what it consists of: names, counts and hashes."""

import hashlib
from pathlib import Path
from typing import Any

from wardmote_training.example import HEADS

SHIPPED = ("line.onnx", "weights-*.bin", "tokenizer.json", "fast_path.npz", "calibration.json")
_USED = (
    "hatemoji-build", "hate-functional-synth", "edos", "guest-misogyny", "surge-toxicity", "davidson", "jigsaw-templates", "toxic-spans",
)  # fmt: skip


def manifest_of(out: Path, own: Path, data: Path) -> dict[str, Any]:
    """The manifest that ships beside the model; the service checks its files against it."""
    files = {path.name: sha256(path) for pattern in SHIPPED for path in sorted(out.glob(pattern))}
    sets = {folder: _hashes(data / "train" / folder) for folder in _USED}
    voices = _hashes(own)
    version = hashlib.sha256("".join(files.values()).encode()).hexdigest()[:12]
    return {"version": version, "heads": list(HEADS), "files": files, "council_line": voices, "data_sets": sets}


def _hashes(folder: Path) -> dict[str, str]:
    return {path.name: sha256(path) for path in sorted(folder.glob("*.*")) if path.suffix in (".csv", ".jsonl")}


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
