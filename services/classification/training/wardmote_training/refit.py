"""Fits the heads anew on what the finished int8 encoder makes of the examples: one logistic regression a head.

The course teaches the encoder; its own heads are a by-product. A rare type is one message in thirty, and a head that learns by small steps
beside forty others spends them on being seldom right before it learns when. The regression finds the best head at once, and on the very
file that ships.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import helper, numpy_helper
from sklearn.linear_model import LogisticRegression
from wardmote_classification.adapters.line_model import padded
from wardmote_classification.adapters.preparation import prepared

from wardmote_training.answers import PUBLIC_HEADS
from wardmote_training.example import HEADS, Example
from wardmote_training.learning import tokenizer_of

Numbers = NDArray[np.float32]

STRENGTH = 0.003
"""Inverse of the penalty, on features of unit variance. Chosen on voices left out."""

_AT_ONCE = 16


def pooled_of(folder: Path, texts: Sequence[str], threads: int = 1) -> Numbers:
    """What the encoder of a folder makes of each text, before the heads; of a long text its first window."""
    model = onnx.load(str(folder / "line.onnx"), load_external_data=False)
    name = _pooled_name(model)
    model.graph.output.append(helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None))
    whole = folder / "pooled.onnx"
    onnx.save_model(model, str(whole))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(str(whole), options, providers=["CPUExecutionProvider"])
    whole.unlink()
    tokenizer = tokenizer_of(folder)
    rows = [encoding.ids for encoding in tokenizer.encode_batch([prepared(text).text for text in texts])]
    pad, found = tokenizer.token_to_id("<pad>") or 0, {}
    order = sorted(range(len(rows)), key=lambda place: len(rows[place]))
    for start in range(0, len(order), _AT_ONCE):
        chosen = order[start : start + _AT_ONCE]
        found |= dict(zip(chosen, session.run([name], padded([rows[place] for place in chosen], pad))[0], strict=True))
    return np.array([found[place] for place in range(len(rows))], dtype=np.float32)


def fit(pooled: Numbers, examples: Sequence[Example], strength: float = STRENGTH) -> tuple[Numbers, Numbers]:
    """Weights, a column for each of HEADS, and biases. What the council line holds is learnt from it alone."""
    middle, width = pooled.mean(0), pooled.std(0) + 1e-6
    scaled = (pooled - middle) / width
    weights, bias = np.zeros((pooled.shape[1], len(HEADS)), dtype=np.float32), np.zeros(len(HEADS), dtype=np.float32)
    for place, head in enumerate(HEADS):
        known = np.array([head in example.labels and (head in PUBLIC_HEADS or bool(example.voice)) for example in examples])
        label = np.array([example.labels.get(head, 0.0) >= 0.5 for example in examples])[known]
        if len(set(label)) < 2:
            continue
        amount = np.array([example.weight for example in examples])[known]
        model = LogisticRegression(C=strength, max_iter=300, tol=1e-3).fit(scaled[known], label, sample_weight=amount)
        weights[:, place], bias[place] = model.coef_[0] / width, model.intercept_[0] - float(model.coef_[0] @ (middle / width))
    return weights, bias


def put_in(folder: Path, weights: Numbers, bias: Numbers) -> None:
    """Puts heads into ``line.onnx`` in place of those that are there."""
    path = folder / "line.onnx"
    model = onnx.load(str(path), load_external_data=False)
    graph, name = model.graph, _pooled_name(model)
    for node in _between(graph, name, "heads"):
        graph.node.remove(node)
    for tensor in [one for one in graph.initializer if one.name.startswith("heads.")]:
        graph.initializer.remove(tensor)
    graph.initializer.extend([numpy_helper.from_array(weights, "heads.weight"), numpy_helper.from_array(bias, "heads.bias")])
    graph.node.append(helper.make_node("Gemm", [name, "heads.weight", "heads.bias"], ["heads"]))
    onnx.save_model(model, str(path))


def _pooled_name(model: onnx.ModelProto) -> str:
    """The tensor that the heads read: mean and maximum side by side."""
    makers = {output: node for node in model.graph.node for output in node.output}
    (found,) = [
        node for node in model.graph.node
        if node.op_type == "Concat" and [makers[one].op_type for one in node.input if one in makers] == ["Div", "ReduceMax"]
    ]  # fmt: skip
    return str(found.output[0])


def _between(graph: Any, start: str, end: str) -> list[Any]:
    """The nodes on the way from one tensor to another."""
    makers = {output: node for node in graph.node for output in node.output}
    wanted, found = [end], []
    while wanted:
        name = wanted.pop()
        node = makers.get(name)
        if node is None or name == start or node in found:
            continue
        found.append(node)
        wanted += list(node.input)
    return found
