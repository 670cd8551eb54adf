"""Texts that say the same, and the many that nearly do and do not."""

import json
from collections import defaultdict
from pathlib import Path

import pytest
from wardmote_classification.adapters.preparation import prepared
from wardmote_classification.adapters.sameness import Wording, wording_of

OWN = Path(__file__).parents[3] / "services/classification/training/council-line"
LETTER = "Please keep Holt library open. My mother walks there every day, and there is nowhere else to go."


def wording(text: str) -> Wording:
    return wording_of(prepared(text).text)


@pytest.mark.parametrize(
    "copy",
    [
        "PLEASE KEEP HOLT LIBRARY OPEN!!! My mother walks there every day and there is nowhere else to go",
        "Please keep   Holt library open -- my mother walks there\nevery day... and there is nowhere else to go?!",
        "Dear Cllr O'Brien,\nPlease keep Holt library open. My mother walks there every day, and there is nowhere else to go.",
        LETTER + "\n\nKind regards,\nAnna Green\nMarlbrook",
        "@cllr_holt @MarlbrookCouncil " + LETTER + " https://example.org/petition?from=42",
        "> I was told to ask you.\n" + LETTER + "\n-- \nAnna Green, 12 Mill Lane",
    ],
)
def test_copies_of_one_letter_say_the_same(copy: str) -> None:
    assert wording(copy).key == wording(LETTER).key


@pytest.mark.parametrize(
    "other",
    [
        LETTER.replace("open", "shut"),
        LETTER + " I know where your mother walks.",
        LETTER + "\nKind regards, we are at 14 Mill Lane",
        LETTER + "\nKind regards, a friend who is waiting outside your house",
        "Dear councillor I have your address now and " + LETTER,
        LETTER + " 🐀",
        LETTER.replace("Holt library", '"Holt library"'),
        LETTER.replace("every day", "at 7"),
    ],
)
def test_a_word_a_number_an_emoji_or_a_quotation_more_says_something_else(other: str) -> None:
    assert wording(other).key != wording(LETTER).key


def test_a_sign_can_turn_the_meaning() -> None:
    assert wording("councillors = 🐀").key != wording("councillors ≠ 🐀").key


def test_what_is_left_aside_stands_in_the_fringe() -> None:
    copy = "Hi rotten pig,\n@cllr_holt " + LETTER + "\nBest wishes,\nWatch Your Back"
    assert wording(copy).key == wording(LETTER).key
    assert wording(copy).fringe == "hi rotten pig,\n@cllr_holt\nbest wishes,\nwatch your back"
    assert wording(LETTER).fringe == ""


def test_words_of_the_same_texts_go_together_one_by_one() -> None:
    copy = "@cllr_holt PLEASE  keep “Holt” library: open"
    text, other = prepared(copy).text, prepared('please keep "Holt" library open').text
    words = [text[start:end] for start, end in wording(copy).places]
    assert words == ["please", "keep", "“", "holt", "”", "library", "open"]
    assert [other[start:end] for start, end in wording('please keep "Holt" library open').places] == [
        word.replace("“", '"').replace("”", '"') for word in words
    ]


def test_letters_that_grow_when_made_small_keep_their_places() -> None:
    text = "İİ Holt"
    assert [text[start:end] for start, end in wording_of(text).places] == ["İİ", "Holt"]


def test_no_two_texts_of_the_council_line_say_the_same() -> None:
    """Both halves of 2,154 contrast pairs are among them: debate is never read for abuse, nor abuse for debate."""
    texts: dict[bytes, list[str]] = defaultdict(list)
    for path in OWN.glob("*.jsonl"):
        for row in map(json.loads, path.read_text(encoding="utf-8").splitlines()):
            texts[wording(row["text"]).key].append(row["id"])
    assert len(texts) >= 8_000
    assert [ids for ids in texts.values() if len(ids) > 1] == []
