"""What counts as a text that scores, and that other people's data sets do not bring one into training."""

import csv
import json
from pathlib import Path

import pytest
from wardmote_training.corpora import council_line, drawn, public
from wardmote_training.leaks import Closeness, Guard

POST = "The bins in Orchard Street were not emptied again this week and nobody at the town hall picks up the telephone"
Table = list[dict[str, object]]


@pytest.fixture
def guard() -> Guard:
    scoring = {"posts": [POST, "Thank you, Cllr Anna Green, for the 14 new bins."], "cases": ["I like gardeners.", ""]}
    return Guard(scoring, {"cases": ["I like [IDENTITY_P].", "Nobody but [IDENTITY_P] mends these roads.", "No [SLUR_S] here"]})


@pytest.mark.parametrize(
    "text", [POST.upper() + "!!", "Thank you cllr anna green, for the 20 new bins", "I like\N{SUNFLOWER} “gardeners”…", "i LIKE gardeners"]
)
def test_other_capitals_marks_emoji_and_numbers_are_the_same_text(guard: Guard, text: str) -> None:
    assert set(guard.meets(text).values()) == {Closeness.EQUAL}


def test_handles_and_links_are_folded() -> None:
    guard = Guard({"posts": ["@cllr_holt look at https://a.example/1"]}, {})
    assert guard.meets("[USER] Look at [URL]") == {"posts": Closeness.EQUAL}


def test_other_names_are_the_same_skeleton(guard: Guard) -> None:
    assert guard.meets("Thank you, Cllr Wei Zhang, for the 14 new bins.") == {"posts": Closeness.SKELETON}


@pytest.mark.parametrize("filling", ["dog owners", "the new gardeners", "poets"])
def test_a_template_with_other_words_in_its_slot_is_the_same_skeleton(guard: Guard, filling: str) -> None:
    assert guard.meets(f"Nobody but {filling} mends these roads") == {"cases": Closeness.SKELETON}


def test_a_template_of_two_words_is_only_grammar_and_a_long_filling_another_sentence(guard: Guard) -> None:
    assert guard.meets("I like poets.") == {}
    assert guard.meets("Nobody but the people of our own town mends these roads") == {}


def test_a_word_more_at_either_end_or_one_changed_is_near(guard: Guard) -> None:
    for near in ("Again: " + POST, POST + " or answers", POST.replace("telephone", "phone"), POST.replace("town", "village")):
        assert guard.meets(near) == {"posts": Closeness.NEAR}


def test_a_text_that_begins_alike_and_goes_on_otherwise_is_one_of_its_own(guard: Guard) -> None:
    beginning = " ".join(POST.split()[:15])
    assert guard.meets(beginning + " so I shall bring mine to the meeting on Tuesday evening and leave it there") == {}


def test_a_text_may_meet_several_benchmarks() -> None:
    guard = Guard({"one": [POST], "two": [POST + " or answers"]}, {})
    assert guard.meets(POST) == {"one": Closeness.EQUAL, "two": Closeness.NEAR}


def test_a_text_without_a_word_meets_nothing(guard: Guard) -> None:
    assert guard.meets("\N{SUNFLOWER}!") == {}


def test_public_sets_bring_no_scoring_text_into_training(data: Path) -> None:
    leaked = {POST.lower() + "!", "Nobody but poets mends these roads"}
    before, after = ({one.text for one in read(data / "train", 1)} for read in (drawn, public))
    assert before - after == leaked
    assert "A text of its own about roses" in after


def test_the_projects_own_writing_is_read_whole_so_that_a_leak_in_it_shows(data: Path) -> None:
    row = {"text": POST, "types": [], "motivation": [], "threat": "T0", "severity": "S0", "note": "", "label": "legit", "target": "council"}
    row |= {"pair": "", "channel": "letter", "topic": "bins", "id": "A-1"}
    (data / "own").mkdir()
    (data / "own/A.jsonl").write_text(json.dumps(row))
    assert [Guard.of(data).meets(one.text) for one in council_line(data / "own")] == [{"incivility": Closeness.EQUAL}]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder of data sets, each as small as its reader allows."""
    tables: dict[str, Table] = {
        "eval/hatecheck/test_suite_cases.csv": [
            {"test_case": "Nobody but gardeners mends these roads.", "case_templ": "Nobody but [IDENTITY_P] mends these roads.",
             "label_gold": "non-hateful", "functionality": "f", "target_ident": ""}
        ],
        "eval/incivility-evalonly/training-data.csv": [{"text": POST, "uncivil": "no"}],
        "train/hatemoji-build/train.csv": [],
        "train/edos/edos_labelled_aggregated.csv": [
            {"text": POST.lower() + "!", "label_sexist": "not sexist", "split": "train"},
            {"text": "A text of its own about roses", "label_sexist": "not sexist", "split": "train"},
        ],
        "train/guest-misogyny/final_labels.csv": [],
        "train/surge-toxicity/toxicity_en.csv": [{"text": "Nobody but poets mends these roads", "is_toxic": "Not Toxic"}],
        "train/toxic-spans/tsd_test.csv": [],
        "train/toxic-spans/tsd_train.csv": [],
        "train/toxic-spans/tsd_trial.csv": [],
        "train/toxic-spans/comments.csv": [],
        "train/toxic-spans/annotations.csv": [],
        "train/davidson/labeled_data.csv": [{"tweet": f"tulip {number}", "class": "1", "hate_speech": "0"} for number in range(5_000)],
        "train/jigsaw-templates/bias_madlibs_77k.csv": [{"Text": f"rose {number}", "Label": "NOT_BAD"} for number in range(3_000)],
    }  # fmt: skip
    for name, rows in tables.items():
        write(tmp_path / name, rows)
    (tmp_path / "train/hate-functional-synth").mkdir()
    (tmp_path / "train/hate-functional-synth/hate-functional-synth.jsonl").write_text("")
    return tmp_path


def write(path: Path, rows: Table) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]) if rows else ["none"])
        writer.writeheader()
        writer.writerows(rows)
