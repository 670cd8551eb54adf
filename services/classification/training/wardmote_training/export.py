"""Writes a network as the int8 ONNX file that the service runs."""

import shutil
from pathlib import Path

import onnx
import torch
from onnx.external_data_helper import set_external_data
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.quantization.shape_inference import quant_pre_process

from wardmote_training.network import LineNetwork

_LARGEST = 60_000_000
"""Bytes of one file of weights: what holds source has a limit for a file, and a change is easier to carry in parts."""

_SMALL = 4_096
"""Bytes; smaller tensors stay in the graph's own file."""


def export(network: LineNetwork, base: Path, folder: Path) -> None:
    """``line.onnx`` with its ``weights-….bin``, and ``tokenizer.json``, in the folder. Word vectors and the layers' matrices become int8,
    with a scale for each column."""
    folder.mkdir(parents=True, exist_ok=True)
    whole, ready, quantised = folder / "whole.onnx", folder / "ready.onnx", folder / "quantised.onnx"
    ids = torch.randint(5, 1_000, (2, 17))
    axes = {0: "texts", 1: "tokens"}
    torch.onnx.export(
        network.eval(), (ids, torch.ones_like(ids)), str(whole),
        input_names=["input_ids", "attention_mask"], output_names=["heads", "words"],
        dynamic_axes={"input_ids": axes, "attention_mask": axes, "heads": {0: "texts"}, "words": axes}, dynamo=False, opset_version=17,
    )  # fmt: skip
    quant_pre_process(str(whole), str(ready), skip_symbolic_shape=True)
    quantize_dynamic(str(ready), str(quantised), weight_type=QuantType.QInt8, per_channel=True)
    _save_in_parts(onnx.load(str(quantised)), folder)
    shutil.copyfile(base / "tokenizer.json", folder / "tokenizer.json")
    for path in (whole, ready, quantised):
        path.unlink()


def _save_in_parts(model: onnx.ModelProto, folder: Path) -> None:
    for old in folder.glob("weights-*.bin"):
        old.unlink()
    number, size = 1, 0
    for tensor in model.graph.initializer:
        length = len(tensor.raw_data)
        if length < _SMALL:
            continue
        if size and size + length > _LARGEST:
            number, size = number + 1, 0
        set_external_data(tensor, location=f"weights-{number}.bin")
        size += length
    onnx.save_model(model, str(folder / "line.onnx"))
