"""The model that ships with the service, read and checked against its manifest."""

import hashlib
import json
from pathlib import Path

from wardmote_classification.adapters.calibration import Calibration
from wardmote_classification.adapters.fast_path import FastPath
from wardmote_classification.adapters.line_assessor import Instruments, LineAssessor
from wardmote_classification.adapters.line_model import LineModel
from wardmote_classification.adapters.rule_assessor import RuleAssessor
from wardmote_rules.rule_pass import RulePass

PACKAGED = Path(__file__).parent.parent / "model"


class ModelFilesError(Exception):
    """A file of the model is missing, or is not the one that the manifest names."""


def assessor_of(folder: Path = PACKAGED) -> LineAssessor:
    """The rules with the model of a folder: what judges in the service and on the command line.

    Raises:
        ModelFilesError: as :func:`instruments_of` does.
    """
    return LineAssessor(RuleAssessor(RulePass.load()), instruments_of(folder))


def instruments_of(folder: Path = PACKAGED, threads: int = 1) -> Instruments:
    """What judges, from a folder that training wrote.

    Raises:
        ModelFilesError: naming the file and what to do.
    """
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ModelFilesError(f"There is no model in {folder}: install the distribution again.") from None
    for name, expected in manifest["files"].items():
        if _sha256(folder / name) != expected:
            raise ModelFilesError(f"{folder / name} is not the file that the manifest names: install the distribution again.")
    model = LineModel.load(folder, manifest["heads"], threads)
    return Instruments(model, FastPath.load(folder / "fast_path.npz"), Calibration.load(folder / "calibration.json"), manifest["version"])


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return ""
