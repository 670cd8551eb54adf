"""``python -m wardmote_training``: from the data sets to the folder that the service ships, step by step, each with its progress."""

import argparse
import hashlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from wardmote_classification.adapters.fast_path import FastPath
from wardmote_classification.adapters.line_model import LineModel
from wardmote_classification.adapters.preparation import prepared
from wardmote_classification.adapters.rule_assessor import RuleAssessor
from wardmote_classification.domain.suggestion import finds_abuse

from wardmote_kernel.taxonomy import TargetRole, ThreatLevel
from wardmote_rules.rule_pass import RulePass
from wardmote_training import corpora, fast, fitting
from wardmote_training.example import HEADS, Example
from wardmote_training.export import export
from wardmote_training.folds import folds
from wardmote_training.learning import Course, learn
from wardmote_training.manifest import manifest_of

OWN = Path(__file__).parent.parent / "council-line"


def main() -> None:
    """Runs one step, or all."""
    wanted = _arguments()
    council, public = corpora.council_line(OWN), corpora.public(wanted.data / "train", wanted.seed)
    course = Course(
        wanted.base, wanted.rate, wanted.passes, seed=wanted.seed, frozen=wanted.frozen, layers=wanted.layers,
        public_passes=wanted.public_passes, device=wanted.device,
    )  # fmt: skip
    _say(f"{len(council):,} messages of {len({one.voice for one in council})} voices, {len(public):,} of other people's data sets.")
    if wanted.step in ("leave-out", "all"):
        _leave_out(course, council, public, wanted.folds, wanted.out)
    if wanted.step in ("final", "all"):
        _final(course, council, public, wanted.out)
    if wanted.step in ("fit", "all"):
        _fit(wanted.out, wanted.data)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="wardmote_training", description=__doc__)
    parser.add_argument("step", choices=["leave-out", "final", "fit", "all"])
    parser.add_argument("--data", type=Path, required=True, help="The folder of data sets (train/ and eval/).")
    parser.add_argument("--base", type=Path, required=True, help="The folder of the base model.")
    parser.add_argument("--out", type=Path, required=True, help="Where the model is written.")
    parser.add_argument("--layers", type=int, default=12)
    parser.add_argument("--frozen", type=int, default=0)
    parser.add_argument("--rate", type=float, default=4e-5)
    parser.add_argument("--passes", type=int, default=5)
    parser.add_argument("--public-passes", type=float, default=1.0)
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def _leave_out(course: Course, council: Sequence[Example], public: Sequence[Example], count: int, out: Path) -> None:
    """Judges each voice by an int8 model that has not read it, and keeps the answers."""
    out.mkdir(parents=True, exist_ok=True)
    rows = []
    for number, (known, held) in enumerate(folds(council, count)):
        _say(f"Fold {number + 1} of {count}: {len(known):,} messages learnt, {len(held):,} judged.")
        folder = out / f"fold-{number + 1}"
        export(learn(course, known, public, f"fold {number + 1}"), course.base, folder)
        rows += _judged(held, LineModel.load(folder, HEADS, threads=course.threads), fast.fit([*known, *public]))
    (out / "left-out.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def _judged(held: Sequence[Example], model: LineModel, quick: FastPath) -> list[dict[str, object]]:
    rules = RuleAssessor(RulePass.load())
    views = [prepared(example.text).text for example in held]
    readings, scores = model.read(views), quick.logits(views)
    rows: list[dict[str, object]] = []
    for example, reading, score in zip(held, readings, scores, strict=True):
        found = rules.assess(example.text, TargetRole.COUNCILLOR).findings
        rows.append({
            "id": example.facts["id"], "text_sha256": hashlib.sha256(example.text.encode()).hexdigest(), "voice": example.voice,
            "pair": example.pair, "labels": dict(example.labels),
            "features": [
                reading.logits["abuse"], reading.logits["hate"], float(score[quick.heads.index("abuse")]), float(finds_abuse(found)),
                float(any(one.threat is not ThreatLevel.T0 for one in found)),
            ],
            "logits": [round(reading.logits[head], 4) for head in HEADS],
        })  # fmt: skip
    return rows


def _final(course: Course, council: Sequence[Example], public: Sequence[Example], out: Path) -> None:
    """The model that ships: it learns from every voice."""
    _say("The final model: every voice.")
    export(learn(course, council, public, "final"), course.base, out)
    fast.save(fast.fit([*council, *public]), out / "fast_path.npz")


def _fit(out: Path, data: Path) -> None:
    rows = [json.loads(line) for line in (out / "left-out.jsonl").read_text(encoding="utf-8").splitlines()]
    features = np.array([row["features"] for row in rows])
    logits = np.array([row["logits"] for row in rows])
    version = hashlib.sha256((out / "left-out.jsonl").read_bytes()).hexdigest()[:12]
    fitting.keep(fitting.fit(features, logits, fitting.labels_of([row["labels"] for row in rows]), version), out / "calibration.json")
    (out / "manifest.json").write_text(json.dumps(manifest_of(out, OWN, data), indent=1) + "\n", encoding="utf-8")
    _say(f"Written to {out}.")


def _say(sentence: str) -> None:
    sys.stderr.write(sentence + "\n")


if __name__ == "__main__":
    main()
