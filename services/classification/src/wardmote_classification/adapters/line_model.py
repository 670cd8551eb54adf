"""The transformer: an int8 ONNX file run in process. It answers a logit for each head and marks the words that speak for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Tokenizer

WINDOW, STRIDE = 192, 128
"""Tokens read at once, and how far the next window of a longer text starts. Training read as many."""

_MOST_WINDOWS = 48
"""20,000 characters are about 40 windows."""

_AT_ONCE = 8
"""Windows run together; more gain nothing on one core."""


@dataclass(frozen=True, slots=True)
class Word:
    """A token of the text with how strongly it is an insult, and how strongly it decides. Logits."""

    start: int
    end: int
    insulting: float
    deciding: float


@dataclass(frozen=True, slots=True)
class Reading:
    """What the model says of one text."""

    logits: dict[str, float]
    """By head; of several windows the highest."""
    words: tuple[Word, ...]
    unknown: float
    """Share of tokens that the vocabulary does not know."""


@dataclass(frozen=True, slots=True)
class _Window:
    text: int
    ids: list[int]
    places: list[tuple[int, int]]


class LineModel:
    """Reads texts. Safe to share between threads: the session holds no state between runs."""

    def __init__(self, session: onnxruntime.InferenceSession, tokenizer: Tokenizer, heads: Sequence[str]) -> None:
        self._session = session
        self._tokenizer = tokenizer
        self.heads = tuple(heads)
        self._pad = tokenizer.token_to_id("<pad>") or 0
        self._unknown = tokenizer.token_to_id("[UNK]")

    @classmethod
    def load(cls, folder: Path, heads: Sequence[str], threads: int = 1) -> "LineModel":
        """The model of a folder with ``line.onnx`` and ``tokenizer.json``.

        Args:
            threads: cores that one run may use; several texts at once gain more from several threads of the caller.
        """
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
        options.log_severity_level = 3
        session = onnxruntime.InferenceSession(str(folder / "line.onnx"), options, providers=["CPUExecutionProvider"])
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        tokenizer.no_padding()
        tokenizer.no_truncation()
        return cls(session, tokenizer, heads)

    def read(self, texts: Sequence[str]) -> list[Reading]:
        """A reading of each text, in their order."""
        encodings = self._tokenizer.encode_batch(list(texts))
        windows = [window for number, encoding in enumerate(encodings) for window in _windows(number, encoding)]
        order = sorted(range(len(windows)), key=lambda place: len(windows[place].ids))
        answers: list[tuple[NDArray[Any], NDArray[Any]]] = [(np.empty(0), np.empty(0))] * len(windows)
        for start in range(0, len(order), _AT_ONCE):
            chosen = order[start : start + _AT_ONCE]
            for place, answer in zip(chosen, self._run([windows[place] for place in chosen]), strict=True):
                answers[place] = answer
        return [self._reading(number, encoding, windows, answers) for number, encoding in enumerate(encodings)]

    def _run(self, windows: Sequence[_Window]) -> list[tuple[NDArray[Any], NDArray[Any]]]:
        heads, words = self._session.run(["heads", "words"], padded([window.ids for window in windows], self._pad))
        return [(heads[place], words[place][: len(window.ids)]) for place, window in enumerate(windows)]

    def _reading(self, number: int, encoding: Any, windows: Sequence[_Window], answers: Sequence[Any]) -> Reading:
        own = [(window, answer) for window, answer in zip(windows, answers, strict=True) if window.text == number]
        heads = np.max([answer[0] for _, answer in own], axis=0)
        words: dict[tuple[int, int], Word] = {}
        for window, (_, marks) in own:
            for (start, end), (insulting, deciding) in zip(window.places, marks, strict=True):
                if end > start and (start, end) not in words:
                    words[start, end] = Word(start, end, float(insulting), float(deciding))
        unknown = sum(token == self._unknown for token in encoding.ids) / max(1, len(encoding.ids) - 2)
        logits = dict(zip(self.heads, (float(value) for value in heads), strict=True))
        return Reading(logits, tuple(words[place] for place in sorted(words)), unknown)


def padded(rows: Sequence[Sequence[int]], pad: int) -> dict[str, NDArray[np.int64]]:
    """The inputs of the network for texts as token ids."""
    length = max(len(row) for row in rows)
    ids = np.array([[*row, *[pad] * (length - len(row))] for row in rows], dtype=np.int64)
    mask = np.array([[1] * len(row) + [0] * (length - len(row)) for row in rows], dtype=np.int64)
    return {"input_ids": ids, "attention_mask": mask}


def _windows(number: int, encoding: Any) -> list[_Window]:
    """The text in pieces of at most a window, each between the marks of beginning and end."""
    ids, places = encoding.ids, encoding.offsets
    if len(ids) <= WINDOW:
        return [_Window(number, ids, places)]
    first, last, body = ids[0], ids[-1], len(ids) - 2
    starts = list(range(0, max(1, body - (WINDOW - 2) + STRIDE), STRIDE))[:_MOST_WINDOWS]
    return [
        _Window(
            number, [first, *ids[1 + start : 1 + start + WINDOW - 2], last],
            [(0, 0), *places[1 + start : 1 + min(start + WINDOW - 2, body)], (0, 0)],
        )
        if start + WINDOW - 2 < body
        else _Window(number, [first, *ids[1 + start : 1 + body], last], [(0, 0), *places[1 + start : 1 + body], (0, 0)])
        for start in starts
    ]  # fmt: skip
