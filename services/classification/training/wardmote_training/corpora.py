"""Reads each data set and says which heads it may train (classification.md §1 names the trap in each)."""

import csv
import json
import random
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from wardmote_classification.adapters.line_assessor import MOTIVATIONS, TYPES

from wardmote_training import deciding, leaks
from wardmote_training.example import TARGETS, Example

_GROUPS = {
    "wom": "H-SEX", "mus": "H-REL", "jew": "H-REL", "dis": "H-DIS", "gay": "H-SO", "lgb": "H-SO", "bis": "H-SO", "trans": "H-TG",
    "bla": "H-RAC", "asi": "H-RAC", "arab": "H-RAC", "immig": "H-RAC", "ref": "H-RAC", "trav": "H-RAC", "hisp": "H-RAC", "eth": "H-RAC",
    "race": "H-RAC", "afri": "H-RAC", "indig": "H-RAC", "nat.": "H-RAC",
}  # fmt: skip

Rows = list[dict[str, str]]


def council_line(folder: Path) -> list[Example]:
    """The project's own writing: every voice in a folder. In a contrast pair the words that differ are the deciding ones."""
    return deciding.mark([example for path in sorted(folder.glob("*.jsonl")) for example in _voice(path)])


def _voice(path: Path) -> Iterator[Example]:
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row["text"].strip():
            yield _council_example(row, path.stem)


def _council_example(row: dict[str, object], voice: str) -> Example:
    types, motivations = set(row["types"]), set(row["motivation"])  # type: ignore[call-overload]
    threat, severity, note = int(str(row["threat"])[1]), int(str(row["severity"])[1]), str(row["note"]).lower()
    is_abuse = row["label"] == "abuse"
    labels = {"abuse": float(is_abuse), "severe": float(severity >= 3), "welfare": float("welfare" in note)}
    labels |= {f"T{level}": float(threat >= level) for level in (1, 2, 3)}
    labels |= {code: float(code in types) for code in TYPES} | {code: float(code in motivations) for code in MOTIVATIONS}
    labels |= {f"at-{target}": float(row["target"] == target) for target in TARGETS}
    labels["reports"] = float(not is_abuse and any(word in note for word in ("quot", "condemn", "reports ", "reporting", "passes on")))
    if not is_abuse:
        labels |= {"hate": 0.0, "sexist": 0.0}
    elif motivations:
        labels |= {"hate": 1.0} | ({"sexist": 1.0} if "H-SEX" in motivations else {})
    facts = {key: str(row[key]) for key in ("channel", "topic", "threat", "severity", "target", "id")}
    pair = f"{voice}/{row['pair']}" if row["pair"] else ""
    return Example(str(row["text"]), "council-line", labels, voice, pair, facts=facts)


def public(folder: Path, seed: int) -> list[Example]:
    """Other people's data sets that may train what ships, each for the heads that it labels.

    Test splits stay out, and so does every text that is like one of a set that scores (:mod:`wardmote_training.leaks`).
    """
    guard = leaks.Guard.of(folder.parent)
    return [one for one in drawn(folder, seed) if not guard.meets(one.text)]


def drawn(folder: Path, seed: int) -> list[Example]:
    """The same, with the texts that are like scoring ones."""
    dice = random.Random(seed)  # noqa: S311 - draws samples
    found = [*_hatemoji(folder), *_functional(folder), *_edos(folder), *_guest(folder), *_surge(folder), *_toxic_spans(folder)]
    found += dice.sample(_davidson(folder), 5_000)
    found += dice.sample(_templates(folder), 3_000)
    return found


def _rows(path: Path) -> Rows:
    with path.open(encoding="utf-8", errors="replace", newline="") as file:
        return list(csv.DictReader(file))


def _hatemoji(folder: Path) -> Iterator[Example]:
    for row in _rows(folder / "hatemoji-build/train.csv"):
        hate = float(row["label_gold"])
        pair = "-".join(sorted((row["entry_id"], row["matched_id"])))
        labels = {"hate": hate, "abuse": hate} | {flag: float(flag in _flags(row["target"])) for flag in MOTIVATIONS if flag != "H-AGE"}
        if hate and row["type"] == "threateninglanguage":
            labels |= {"T1": 1.0}
        yield Example(row["text"], "hatemoji-build", labels, pair=f"hatemoji/{pair}", weight=0.7)


def _flags(target: str) -> set[str]:
    """The motivations that the groups of Hatemoji stand for; a code may name several, as in "muswom"."""
    return {flag for part, flag in _GROUPS.items() if part in target}


def _functional(folder: Path) -> Iterator[Example]:
    for line in (folder / "hate-functional-synth/hate-functional-synth.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        labels = {"hate": float(row["hate"]), "abuse": float(row["abuse"])}
        labels |= {"H-SEX": float(row["sexist"]), "H-RAC": float(row["racist"]), "H-REL": float(row["religious"])}
        labels |= {"H-DIS": float(row["disablist"])}
        yield Example(row["text"], "hate-functional-synth", labels, weight=0.5)


def _edos(folder: Path) -> Iterator[Example]:
    for row in _rows(folder / "edos/edos_labelled_aggregated.csv"):
        if row["split"] == "train":
            yield Example(row["text"], "edos", {"sexist": float(row["label_sexist"] == "sexist")})


def _guest(folder: Path) -> Iterator[Example]:
    for row in _rows(folder / "guest-misogyny/final_labels.csv"):
        if row["split"] == "train" and 10 < len(row["body"]) < 600 and row["image"] != "Yes":
            yield Example(row["body"], "guest-misogyny", {"sexist": float(row["level_1"] == "Misogynistic")}, weight=0.5)


def _surge(folder: Path) -> Iterator[Example]:
    for row in _rows(folder / "surge-toxicity/toxicity_en.csv"):
        yield Example(row["text"], "surge-toxicity", {"uncivil": float(row["is_toxic"] == "Toxic")})


def _davidson(folder: Path) -> list[Example]:
    found = []
    for row in _rows(folder / "davidson/labeled_data.csv"):
        if row["class"] != "0":  # "offensive" carries a bias of dialect, so it teaches no more than "not hate"
            found.append(Example(row["tweet"], "davidson", {"hate": 0.0}, weight=0.3))
        elif int(row["hate_speech"]) >= 2:
            found += [Example(row["tweet"], "davidson", {"hate": 1.0}, weight=0.5)]
    return found


def _templates(folder: Path) -> list[Example]:
    found = []
    for row in _rows(folder / "jigsaw-templates/bias_madlibs_77k.csv"):
        bad = float(row["Label"] == "BAD")
        labels = {"uncivil": bad} if bad else {"uncivil": 0.0, "hate": 0.0, "abuse": 0.0}
        found.append(Example(row["Text"], "jigsaw-templates", labels, weight=0.3))
    return found


def _toxic_spans(folder: Path) -> Iterator[Example]:
    """Civil Comments posts: the share of raters that marked them, and the words that at least half of them marked as insulting.

    The posts of the task's test file stay out.
    """
    held_out = {row["text"].strip() for row in _rows(folder / "toxic-spans/tsd_test.csv")}
    texts = {row["comment_id"]: row["comment_text"] for row in _rows(folder / "toxic-spans/comments.csv")}
    raters: dict[str, list[bool]] = defaultdict(list)
    for row in _rows(folder / "toxic-spans/annotations.csv"):
        raters[row["comment_id"]].append(row["not toxic"] == "True")
    marked = {row["text"].strip(): json.loads(row["spans"]) for row in _rows(folder / "toxic-spans/tsd_train.csv")}
    marked |= {row["text"].strip(): json.loads(row["spans"]) for row in _rows(folder / "toxic-spans/tsd_trial.csv")}
    for comment, text in texts.items():
        if text.strip() in held_out or len(text) > 1_000:
            continue
        places = marked.get(text.strip())
        shift = len(text) - len(text.lstrip())
        insults = None if places is None else tuple((first + shift, last + 1 + shift) for first, last in _runs(places))
        share = 1 - sum(raters[comment]) / len(raters[comment]) if raters[comment] else 1.0
        yield Example(text, "toxic-spans", {"uncivil": share}, insults=insults, weight=0.5)


def _runs(places: list[int]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for place in sorted(places):
        if runs and place == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], place)
        else:
            runs.append((place, place))
    return runs
