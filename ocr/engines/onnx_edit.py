"""Two changes to the models that rapidocr carries, in memory, while they are loaded.

* `cut_head`: a recogniser's output layer for the characters that are wanted alone;
* `without_denormals`: weights too small to matter become zeros. The detector has 256,000 weights below 1e-38.
  Some processors work on such numbers a hundred times slower: two of its 83 layers took two thirds of its
  time.

An ONNX file is a protobuf message. Only the parts that are changed are described here; all others travel
along as unknown fields, which protobuf keeps. So no ONNX tool is needed at run time, no second file has to be
shipped or kept in step with rapidocr's, and processes that start at once cannot disturb each other.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from typing import Any, Final

import numpy as np
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import DecodeError

_PACKAGE: Final = "tillpoints.onnx"
_FIELD = descriptor_pb2.FieldDescriptorProto
_FLOAT32: Final = 1
"""TensorProto.DataType of ONNX."""
CHARACTERS_KEY: Final = "character"
"""Metadata entry in which PP-OCR models carry their dictionary, a character a line."""

_SHAPES: Final[dict[str, tuple[tuple[str, int, bool, str], ...]]] = {
    "Model": (("graph", 7, False, "Graph"), ("metadata_props", 14, True, "Entry")),
    "Entry": (("key", 1, False, "string"), ("value", 2, False, "string")),
    "Graph": (
        ("node", 1, True, "Node"),
        ("initializer", 5, True, "Tensor"),
        ("output", 12, True, "ValueInfo"),
        ("value_info", 13, True, "ValueInfo"),
    ),
    "Node": (("input", 1, True, "string"), ("output", 2, True, "string"), ("op_type", 4, False, "string")),
    "Tensor": (
        ("dims", 1, True, "int64"),
        ("data_type", 2, False, "int32"),
        ("name", 8, False, "string"),
        ("raw_data", 9, False, "bytes"),
    ),
    "ValueInfo": (("name", 1, False, "string"), ("type", 2, False, "Type")),
    "Type": (("tensor_type", 1, False, "TensorType"),),
    "TensorType": (("shape", 2, False, "Shape"),),
    "Shape": (("dim", 1, True, "Dimension"),),
    "Dimension": (("dim_value", 1, False, "int64"),),
}
"""Message, then its fields: name, number, repeated, type; numbers as the ONNX standard gives them."""


TOO_SMALL: Final = 1e-20
"""Weights below it are taken as zeros: times any activation they are lost in float32 beside the others."""


class ModelError(Exception):
    """The model is not built as expected and cannot be changed."""


def metadata(model: bytes) -> dict[str, str]:
    """What the model says of itself.

    Raises:
        ModelError: the file is no ONNX model.
    """
    return {entry.key: entry.value for entry in _parsed(model).metadata_props}


def without_denormals(model: bytes) -> bytes:
    """The same model with zeros for weights that are too small to matter.

    Raises:
        ModelError: the file is no ONNX model.
    """
    message = _parsed(model)
    for tensor in message.graph.initializer:
        if tensor.data_type == _FLOAT32 and tensor.raw_data:
            values = np.frombuffer(tensor.raw_data, dtype="<f4")
            small = np.abs(values) < TOO_SMALL
            if small.any():
                tensor.raw_data = np.where(small, np.float32(0), values).astype("<f4").tobytes()
    return _bytes(message)


def cut_head(model: bytes, wanted: Collection[str]) -> bytes:
    """The same model with an output layer for the blank, the wanted characters and the space alone.

    Raises:
        ModelError: the file is no PP-OCR recogniser as we know it.
    """
    message = _parsed(model)
    entry = next((entry for entry in message.metadata_props if entry.key == CHARACTERS_KEY), None)
    if entry is None:
        raise ModelError("the model carries no dictionary")
    characters = entry.value.splitlines()
    kept = [index for index, character in enumerate(characters) if character in wanted]
    # Column 0 is the blank between characters, the last one the space; neither stands in the dictionary.
    columns = [0, *(index + 1 for index in kept), len(characters) + 1]
    weight, bias = _head(message.graph, len(characters) + 2)
    for tensor in (weight, bias):
        _cut(tensor, columns)
    entry.value = "\n".join(characters[index] for index in kept)
    message.graph.ClearField("value_info")  # shapes of what lies between: true of the uncut model alone
    for output in message.graph.output:
        output.type.tensor_type.shape.dim[-1].dim_value = len(columns)
    return _bytes(message)


def _parsed(model: bytes) -> Any:  # noqa: ANN401 - classes made at run time
    message = _model_class()()
    try:
        message.ParseFromString(model)
    except DecodeError as error:
        raise ModelError("the file is no ONNX model") from error
    return message


def _bytes(message: Any) -> bytes:  # noqa: ANN401
    written: bytes = message.SerializeToString()
    return written


def _head(graph: Any, width: int) -> tuple[Any, Any]:  # noqa: ANN401
    """Weight and bias of the last layer: the only tensors as wide as the dictionary, and used once each."""
    tensors = {tensor.name: tensor for tensor in graph.initializer if width in tensor.dims}
    used = [
        (node.op_type, name)
        for node in graph.node
        for name in node.input
        if name in tensors and tensors[name].dims[-1] == width
    ]
    if [kind for kind, _ in used] != ["MatMul", "Add"] or len(tensors) != len(used):
        raise ModelError("the model's output layer is built otherwise")
    return tensors[used[0][1]], tensors[used[1][1]]


def _cut(tensor: Any, columns: list[int]) -> None:  # noqa: ANN401
    if tensor.data_type != _FLOAT32 or len(tensor.raw_data) != 4 * int(np.prod(tensor.dims)):
        raise ModelError("the model's output layer is stored otherwise")
    values = np.frombuffer(tensor.raw_data, dtype="<f4").reshape(tuple(tensor.dims))
    tensor.raw_data = np.ascontiguousarray(values[..., columns]).tobytes()
    tensor.dims[-1] = len(columns)


@cache
def _model_class() -> Any:  # noqa: ANN401
    file = descriptor_pb2.FileDescriptorProto(name="tillpoints_onnx.proto", package=_PACKAGE, syntax="proto2")
    plain = {"string": _FIELD.TYPE_STRING, "bytes": _FIELD.TYPE_BYTES}
    plain |= {"int64": _FIELD.TYPE_INT64, "int32": _FIELD.TYPE_INT32}
    for name, fields in _SHAPES.items():
        message = file.message_type.add(name=name)
        for field, number, repeated, kind in fields:
            label = _FIELD.LABEL_REPEATED if repeated else _FIELD.LABEL_OPTIONAL
            added = message.field.add(name=field, number=number, label=label)
            if kind in plain:
                added.type = plain[kind]
            else:
                added.type, added.type_name = _FIELD.TYPE_MESSAGE, f".{_PACKAGE}.{kind}"
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.Model"))
