"""The networks in bfloat16, by OpenVINO, where the processor itself computes in it (AVX512_BF16, AMX).

onnxruntime computes in float32 on such processors, too. On an AMD EPYC with AVX512_BF16 a strip takes 0.70 of
its processor time so, other digits are read on 3 strips of 1,000, and on 160 scans and 20 photos no figure is
worse (docs/decisions/0043-bfloat16.md). Elsewhere OpenVINO is the slower one, and is not asked.
"""

from __future__ import annotations

import warnings
from functools import cache
from importlib.util import find_spec
from types import SimpleNamespace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ocr.engines.models import DETECTOR, RECOGNISER, load_model
from ocr.engines.onnx_edit import metadata

PLANS_KEPT: Final = {DETECTOR: "2", RECOGNISER: "16"}
"""Of each model, for how many shapes of input: more take more memory and save next to nothing, as each page
has its own shape at the detector."""


@cache
def computes_in_bfloat16() -> bool:
    """Whether OpenVINO is installed (extra `bf16`), starts, and the processor has instructions for it.

    Where it is installed and does not start, a warning says so and onnxruntime reads, as on other machines.
    """
    if find_spec("openvino") is None:
        return False
    try:
        import openvino

        return "BF16" in openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    except (ImportError, OSError, RuntimeError) as error:
        words = f"OpenVINO does not start, so that reading takes a third longer: {error}. Install it again."
        warnings.warn(words, RuntimeWarning, stacklevel=2)
        return False


class BfloatSession:
    """One model, run by one thread at a time; what we use of onnxruntime's session."""

    def __init__(self, name: str, *, threads: int) -> None:
        import openvino

        data = load_model(name)
        self._metadata = SimpleNamespace(custom_metadata_map=metadata(data))
        core = openvino.Core()
        wanted = {
            "INFERENCE_NUM_THREADS": threads,
            "NUM_STREAMS": 1,
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_PRECISION_HINT": "bf16",
            "CPU_RUNTIME_CACHE_CAPACITY": PLANS_KEPT[name],
        }
        self._request: Any = core.compile_model(core.read_model(data), "CPU", wanted).create_infer_request()

    def run(self, outputs: None, feed: dict[str, NDArray[np.float32]], /) -> list[NDArray[np.float32]]:  # noqa: ARG002
        """All outputs for these inputs."""
        self._request.infer(feed)
        # Copied: the next run writes over them.
        return [np.array(tensor.data) for tensor in self._request.output_tensors]

    def get_inputs(self) -> Any:  # noqa: ANN401 - onnxruntime carries no types
        """What it takes, each with its `name`."""
        return [SimpleNamespace(name=each.any_name) for each in self._request.model_inputs]

    def get_modelmeta(self) -> Any:  # noqa: ANN401 - onnxruntime carries no types
        """What the model says of itself, in `custom_metadata_map`."""
        return self._metadata
