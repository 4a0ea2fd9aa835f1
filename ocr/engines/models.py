"""The models in rapidocr's wheel as sessions of onnxruntime, changed while they are loaded (`onnx_edit`).

Nothing is downloaded and no file is written. A model whose bytes are not those of the pinned release is taken
as it is: slower, never wrong; `untouched_models` says so to `tillpoints doctor`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from ocr.engines.alphabet import LATIN
from ocr.engines.base import EngineError
from ocr.engines.onnx_edit import CHARACTERS_KEY, ModelError, cut_head, without_denormals

DETECTOR: Final = "PP-OCRv6_det_small.onnx"
RECOGNISER: Final = "PP-OCRv6_rec_small.onnx"

_SHA256: Final = {
    DETECTOR: "090f04abcd9d9a7498bc4ebf677e4cb9bdce1fe4197ddb7e529f1ef44e1ff94f",
    RECOGNISER: "6f327246b50388f3c176ae304bd95767ea6dc0c9ae92153ef8cbe210b3c14884",
}
"""Of the files in rapidocr 3.10.0."""
_CHANGES: Final[dict[str, tuple[Callable[[bytes], bytes], ...]]] = {
    DETECTOR: (without_denormals,),
    RECOGNISER: (without_denormals, lambda model: cut_head(model, LATIN)),
}


def model_path(name: str) -> Path:
    """Where rapidocr's wheel put the model.

    Raises:
        EngineError: rapidocr or its model is not installed.
    """
    found = find_spec("rapidocr")
    folders = list(found.submodule_search_locations or ()) if found else []
    for folder in folders:
        path = Path(folder) / "models" / name
        if path.is_file():
            return path
    raise EngineError(
        f"the model {name} was not found; install it again: pip install --force-reinstall rapidocr"
    )


def load_model(name: str) -> bytes:
    """The model's bytes, changed where they are the ones we know."""
    data = model_path(name).read_bytes()
    return _changed(name, data) or data


def untouched_models() -> tuple[str, ...]:
    """Models that had to be taken as they are, so that reading is slower than it could be."""
    return tuple(
        name
        for name, changes in _CHANGES.items()
        if changes and not _changed(name, model_path(name).read_bytes())
    )


def _changed(name: str, data: bytes) -> bytes | None:
    if hashlib.sha256(data).hexdigest() != _SHA256[name]:
        return None
    try:
        for change in _CHANGES[name]:
            data = change(data)
    except ModelError:
        return None
    return data


def open_session(name: str, *, threads: int) -> Any:  # noqa: ANN401 - onnxruntime carries no types
    """The model, ready to run.

    Shapes differ from call to call, so that planning memory by them only costs; the arena is kept, without it
    a fifth more time goes into fresh memory.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.enable_mem_pattern = False
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    providers = [("CPUExecutionProvider", {"arena_extend_strategy": "kSameAsRequested"})]
    return onnxruntime.InferenceSession(load_model(name), options, providers=providers)


def dictionary(session: Any) -> tuple[str, ...]:  # noqa: ANN401
    """What each column of the recogniser's output means: the blank, the characters, the space."""
    characters = session.get_modelmeta().custom_metadata_map[CHARACTERS_KEY].splitlines()
    return ("", *characters, " ")
