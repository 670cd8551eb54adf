"""Writes a network as the int8 ONNX file that the service runs."""

import shutil
from pathlib import Path

import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.quantization.shape_inference import quant_pre_process

from wardmote_training.network import LineNetwork


def export(network: LineNetwork, base: Path, folder: Path) -> None:
    """``line.onnx`` and ``tokenizer.json`` in the folder. Word vectors and the layers' matrices become int8, a scale for each column."""
    folder.mkdir(parents=True, exist_ok=True)
    whole, ready = folder / "whole.onnx", folder / "ready.onnx"
    ids = torch.randint(5, 1_000, (2, 17))
    axes = {0: "texts", 1: "tokens"}
    torch.onnx.export(
        network.eval(), (ids, torch.ones_like(ids)), str(whole),
        input_names=["input_ids", "attention_mask"], output_names=["heads", "words"],
        dynamic_axes={"input_ids": axes, "attention_mask": axes, "heads": {0: "texts"}, "words": axes}, dynamo=False, opset_version=17,
    )  # fmt: skip
    quant_pre_process(str(whole), str(ready), skip_symbolic_shape=True)
    quantize_dynamic(str(ready), str(folder / "line.onnx"), weight_type=QuantType.QInt8, per_channel=True)
    shutil.copyfile(base / "tokenizer.json", folder / "tokenizer.json")
    whole.unlink()
    ready.unlink()
