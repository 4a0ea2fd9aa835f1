"""A phone's camera and what happens to its file: mosaic, noise, its own finish, JPEG, and a messenger."""

from __future__ import annotations

import io
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]
"""Height x width x 3, red, green, blue."""
GAMMA = 2.2
_FULL = 65535.0


@dataclass(frozen=True, slots=True)
class Device:
    """A camera.

    Attributes:
        shot: noise that grows with light, as a share of full well in linear light.
        read: noise that is there in the dark, the same.
        edge_aware: how the mosaic is filled in: along edges, else by neighbours' means.
        denoise: strength of the phone's own smoothing, 0 for none.
        sharpen: how much of the fine detail is added again.
        quality: of its JPEG, by libjpeg's scale.
        subsampling: of its JPEG's colour, by Pillow's numbers: 0 is 4:4:4, 2 is 4:2:0.
        held_back: only the test has pictures of it.
    """

    name: str
    shot: float
    read: float
    edge_aware: bool
    denoise: float
    sharpen: float
    quality: int
    subsampling: int
    held_back: bool = False


DEVICES = (
    Device("flagship", 0.004, 0.0008, edge_aware=True, denoise=0.6, sharpen=0.8, quality=95, subsampling=2),
    Device("middle", 0.010, 0.0015, edge_aware=True, denoise=0.8, sharpen=0.5, quality=92, subsampling=2),
    Device("cheap", 0.022, 0.0030, edge_aware=False, denoise=0.0, sharpen=0.3, quality=85, subsampling=2),
    Device("old", 0.018, 0.0025, edge_aware=False, denoise=1.0, sharpen=1.2, quality=90, subsampling=0),
    Device(
        "tablet", 0.014, 0.002, edge_aware=True, denoise=0.0, sharpen=0.9, quality=88, subsampling=2,
        held_back=True,
    ),
    Device(
        "compact", 0.008, 0.002, edge_aware=False, denoise=0.5, sharpen=0.6, quality=97, subsampling=0,
        held_back=True,
    ),
)  # fmt: skip


def shoot(scene: NDArray[np.float32], device: Device, rng: np.random.Generator) -> Pixels:
    """What the camera makes of the scene: linear light, red, green, blue, 0 to 1."""
    height, width = (side // 2 * 2 for side in scene.shape[:2])
    scene = scene[:height, :width]
    mosaic = np.empty((height, width), np.float32)
    mosaic[0::2, 0::2] = scene[0::2, 0::2, 0]
    mosaic[0::2, 1::2] = scene[0::2, 1::2, 1]
    mosaic[1::2, 0::2] = scene[1::2, 0::2, 1]
    mosaic[1::2, 1::2] = scene[1::2, 1::2, 2]
    spread = np.sqrt(device.shot**2 * np.maximum(mosaic, 0) + device.read**2)
    mosaic += spread * rng.standard_normal(mosaic.shape, dtype=np.float32)
    raw = (np.clip(mosaic, 0, 1) * _FULL).astype(np.uint16)
    code = cv2.COLOR_BayerRGGB2RGB_EA if device.edge_aware else cv2.COLOR_BayerRGGB2RGB
    seen = cv2.demosaicing(raw, code).astype(np.float32) / np.float32(_FULL)
    shown = np.power(seen, np.float32(1 / GAMMA))
    if device.denoise:
        shown = cv2.bilateralFilter(shown, 5, 0.03 * device.denoise, 1.2 * device.denoise)
    if device.sharpen:
        shown = shown + device.sharpen * (shown - cv2.GaussianBlur(shown, (0, 0), 1.0))
    return (np.clip(shown, 0, 1) * 255).round().astype(np.uint8)


def linear(pixels: Pixels) -> NDArray[np.float32]:
    """Shown values to light."""
    return np.power(pixels.astype(np.float32) / 255, np.float32(GAMMA))


def as_jpeg(pixels: Pixels, quality: int, subsampling: int = 2) -> bytes:
    """The file, by libjpeg's own tables."""
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "JPEG", quality=quality, subsampling=subsampling)
    return out.getvalue()


def opened(data: bytes) -> Pixels:
    """The pixels of a file."""
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


@dataclass(frozen=True, slots=True)
class Channel:
    """What a messenger or mail program does to a picture: reduces it to a longest side and saves it anew."""

    name: str
    long_side_px: int
    quality: int

    def send(self, data: bytes) -> tuple[bytes, float]:
        """The file as it arrives, and the scale it was brought to."""
        pixels = opened(data)
        scale = min(1.0, self.long_side_px / max(pixels.shape[:2]))
        if scale < 1.0:
            pixels = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        return as_jpeg(pixels, self.quality), scale


CHANNELS = (
    Channel("messenger", 1600, 78),
    Channel("small", 1280, 70),
    Channel("mail", 2048, 86),
)
