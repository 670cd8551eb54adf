"""The transformer's adapter, over a session that answers by rule: windows, order, padding, places."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import WhitespaceSplit
from tokenizers.processors import TemplateProcessing
from wardmote_classification.adapters.line_model import WINDOW, LineModel

VOCABULARY = {"[UNK]": 0, "<pad>": 1, "<s>": 2, "</s>": 3, "bins": 4, "you": 5, "scum": 6}
SCUM = VOCABULARY["scum"]


class CountingSession:
    """Head 0 counts the abusive word; a token's marks are high where it stands. Remembers the shapes it was given."""

    def __init__(self) -> None:
        self.shapes: list[tuple[int, ...]] = []

    def run(self, _: Sequence[str], given: Mapping[str, Any]) -> list[Any]:
        ids, mask = given["input_ids"], given["attention_mask"]
        assert ((ids == VOCABULARY["<pad>"]) == (mask == 0)).all()
        self.shapes.append(ids.shape)
        found = (ids == SCUM).astype(np.float32)
        return [np.stack([found.sum(1), -found.sum(1)], axis=1), np.stack([found * 4 - 2, found * 4 - 2], axis=2)]


@pytest.fixture
def session() -> CountingSession:
    return CountingSession()


@pytest.fixture
def model(session: CountingSession) -> LineModel:
    return made(session)


def made(session: CountingSession) -> LineModel:
    tokenizer = Tokenizer(WordLevel(VOCABULARY, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = WhitespaceSplit()
    tokenizer.post_processor = TemplateProcessing(single="<s> $A </s>", special_tokens=[("<s>", 2), ("</s>", 3)])
    return LineModel(session, tokenizer, ["abuse", "other"])


def test_answers_come_in_the_order_of_the_texts(model: LineModel) -> None:
    texts = ["bins bins bins bins", "scum", "you scum scum", "bins"]
    assert [reading.logits["abuse"] for reading in model.read(texts)] == [0, 1, 2, 0]


def test_a_marked_word_leads_back_to_its_place(model: LineModel) -> None:
    text = "you   scum"
    (reading,) = model.read([text])
    marked = [word for word in reading.words if word.deciding > 0]
    assert [text[word.start : word.end] for word in marked] == ["scum"]
    assert len(reading.words) == 2


@settings(max_examples=40, deadline=None)
@given(st.integers(min_value=0, max_value=900), st.integers(min_value=1, max_value=1_100))
def test_a_long_text_is_read_in_windows_and_no_word_is_missed(place: int, length: int) -> None:
    session = CountingSession()
    words = ["bins"] * (place + length)
    words[place] = "scum"
    (reading,) = made(session).read([" ".join(words)])
    assert reading.logits["abuse"] == 1
    assert len(reading.words) == len(words)
    assert all(shape[1] <= WINDOW for shape in session.shapes)


def test_the_highest_window_counts_and_the_share_of_strange_tokens_is_known(model: LineModel) -> None:
    (reading,) = model.read(["bins " * 300 + "scum scum " + "zzz " * 302])
    assert reading.logits["abuse"] == 2
    assert reading.unknown == pytest.approx(0.5, abs=0.01)


def test_no_text_gives_no_reading(model: LineModel) -> None:
    assert model.read([]) == []
