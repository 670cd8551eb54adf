"""``python -m wardmote_training``: from the data sets to the folder that the service ships, step by step, each with its progress."""

import argparse
import hashlib
import json
import random
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from wardmote_classification.adapters.fast_path import FastPath
from wardmote_classification.adapters.line_model import LineModel
from wardmote_classification.adapters.preparation import prepared
from wardmote_classification.adapters.rule_assessor import RuleAssessor
from wardmote_classification.domain.suggestion import finds_abuse

from wardmote_kernel.taxonomy import TargetRole, ThreatLevel
from wardmote_rules.rule_pass import RulePass
from wardmote_training import corpora, fast, fitting, refit
from wardmote_training.answers import ASIDE, LEFT_OUT, PUBLIC_HEADS, answers_of, aside_of, aside_row, row_of
from wardmote_training.example import HEADS, Example
from wardmote_training.export import export
from wardmote_training.folds import folds
from wardmote_training.learning import Beginnings, Course, learn, read_by
from wardmote_training.manifest import manifest_of

_PUBLIC_SHARE_OF_A_FOLD = 0.4
"""Folds measure the line, which the public sets do not hold: they read less of them, to save time."""

_ASIDE_ROWS, _REFIT_ROWS = 1_000, 2_400
"""Of one public set at most."""

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
    beginnings = Beginnings()
    if wanted.step in ("final", "all"):
        _final(course, council, public, wanted.out, beginnings)
    if wanted.step in ("leave-out", "all"):
        apart = replace(course, public_passes=course.public_passes * _PUBLIC_SHARE_OF_A_FOLD)
        _leave_out(apart, council, public, wanted.folds, wanted.out, beginnings)
    if wanted.step in ("fit", "all"):
        _fit(council, wanted.out, wanted.data)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="wardmote_training", description=__doc__)
    parser.add_argument("step", choices=["leave-out", "final", "fit", "all"])
    parser.add_argument("--data", type=Path, required=True, help="The folder of data sets (train/ and eval/).")
    parser.add_argument("--base", type=Path, required=True, help="The folder of the base model.")
    parser.add_argument("--out", type=Path, required=True, help="Where the model is written.")
    parser.add_argument("--layers", type=int, default=12)
    parser.add_argument("--frozen", type=int, default=6)
    parser.add_argument("--rate", type=float, default=4e-5)
    parser.add_argument("--passes", type=int, default=3)
    parser.add_argument("--public-passes", type=float, default=1.0)
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--folds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def _leave_out(
    course: Course, council: Sequence[Example], public: Sequence[Example], count: int, out: Path, beginnings: Beginnings
) -> None:
    """Judges each voice by an int8 model that has not read it, and keeps the answers, fold by fold."""
    out.mkdir(parents=True, exist_ok=True)
    rows = []
    for number, (known, held) in enumerate(folds(council, count)):
        _say(f"Fold {number + 1} of {count}: {len(known):,} messages learnt, {len(held):,} judged.")
        folder = out / f"fold-{number + 1}"
        _teach(course, known, public, folder, f"fold {number + 1}", beginnings)
        model = LineModel.load(folder, HEADS, threads=course.threads)
        rows += _judged(held, model, fast.fit([*known, *public]))
        if number == 0:
            _write(out / ASIDE, _aside(_sample(read_by(course, public)[1], _ASIDE_ROWS, course.seed), model))
        _write(out / LEFT_OUT, rows)


def _judged(held: Sequence[Example], model: LineModel, quick: FastPath) -> list[dict[str, Any]]:
    rules = RuleAssessor(RulePass.load())
    views = [prepared(example.text).text for example in held]
    readings, scores = model.read(views), quick.logits(views)
    rows: list[dict[str, Any]] = []
    for example, reading, score in zip(held, readings, scores, strict=True):
        found = rules.assess(example.text, TargetRole.COUNCILLOR).findings
        has_threat = any(one.threat is not ThreatLevel.T0 for one in found)
        features = [
            reading.logits["abuse"], float(score[quick.heads.index("abuse")]), float(finds_abuse(found)), float(has_threat),
        ]  # fmt: skip
        rows.append(row_of(example, features, reading.logits))
    return rows


def _teach(course: Course, council: Sequence[Example], public: Sequence[Example], folder: Path, name: str, beginnings: Beginnings) -> None:
    """A model in its folder: the encoder by the course, its heads fitted on the int8 file."""
    export(learn(course, council, public, name, beginnings), course.base, folder)
    examples = [*council, *_sample(read_by(course, public)[0], _REFIT_ROWS, course.seed)]
    _say(f"{name}: heads on {len(examples):,} messages.")
    refit.put_in(folder, *refit.fit(refit.pooled_of(folder, [one.text for one in examples], course.threads), examples))


def _aside(examples: Sequence[Example], model: LineModel) -> list[dict[str, Any]]:
    readings = model.read([prepared(example.text).text for example in examples])
    return [aside_row(example, reading.logits) for example, reading in zip(examples, readings, strict=True)]


def _sample(examples: Sequence[Example], most: int, seed: int) -> list[Example]:
    """As many rows of each set as there are, up to so many."""
    dice = random.Random(seed)  # noqa: S311 - draws a sample
    by_source = [[one for one in examples if one.source == source] for source in sorted({one.source for one in examples})]
    return [one for rows in by_source for one in dice.sample(rows, min(most, len(rows)))]


def _write(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def _final(course: Course, council: Sequence[Example], public: Sequence[Example], out: Path, beginnings: Beginnings) -> None:
    """The model that ships: it learns from every voice."""
    _say("The final model: every voice.")
    _teach(course, council, public, out, "final", beginnings)
    fast.save(fast.fit([*council, *public]), out / "fast_path.npz")


def _fit(council: Sequence[Example], out: Path, data: Path) -> None:
    answers = answers_of(out / LEFT_OUT, council)
    features = np.array([one.features for one in answers])
    logits = np.array([[one.logits[head] for head in HEADS] for one in answers])
    version = hashlib.sha256((out / LEFT_OUT).read_bytes()).hexdigest()[:12]
    calibration = fitting.fit(features, logits, fitting.labels_of([one.labels for one in answers]), version)
    calibration["heads"] |= {head: fitting.platt(*map(np.array, aside_of(out / ASIDE, head))) for head in PUBLIC_HEADS}
    fitting.keep(calibration, out / "calibration.json")
    (out / "manifest.json").write_text(json.dumps(manifest_of(out, OWN, data), indent=1) + "\n", encoding="utf-8")
    _say(f"Written to {out}.")


def _say(sentence: str) -> None:
    sys.stderr.write(sentence + "\n")


if __name__ == "__main__":
    main()
