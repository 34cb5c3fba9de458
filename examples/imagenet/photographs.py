"""Crops of the photographs that Python packages carry, as the network takes them: float32 [n,3,224,224].

Calibration and evaluation use different photographs. Everything is deterministic.
"""

import dataclasses

import numpy as np
from PIL import Image
from packages import package_folder

IMAGE = 224
# Of TensorFlow's efficientnet_lite_builder.py, by which the weights were trained. (efficientnet_lite_pytorch has a comment
# inherited from another network, with other constants; by those fewer labelled photographs are recognized.)
MEAN, DEVIATION = 127.0, 128.0


@dataclasses.dataclass(frozen=True)
class Crop:
    """A square: its side as a share of the photograph's shorter one, its place from 0 (left, top) to 1 (right, bottom)."""
    size: float
    x: float
    y: float


CALIBRATION_CROPS = (Crop(1, 0.5, 0.5), Crop(0.75, 0, 0), Crop(0.75, 1, 1), Crop(0.5, 1, 0), Crop(0.5, 0, 1))
EVALUATION_CROPS = (Crop(0.875, 0.5, 0.5), Crop(0.75, 0, 0), Crop(0.75, 1, 0), Crop(0.75, 0, 1), Crop(0.75, 1, 1),
                    Crop(0.6, 0.5, 0.5))


def calibration_photographs():
    general = ("astronaut.png", "camera.png", "chelsea.png", "coffee.png", "coins.png", "hubble_deep_field.jpg",
               "motorcycle_left.png", "rocket.jpg")
    return ([package_folder("skimage") / "data" / name for name in general] +
            [package_folder("sklearn") / "datasets" / "images" / name for name in ("china.jpg", "flower.jpg")])


def evaluation_photographs():
    """Twenty of ImageNet's classes, which their names end with."""
    return sorted((package_folder("foolbox") / "data").glob("imagenet_*.jpg"))


def label(photograph):
    """The class of an evaluation photograph: 243 of imagenet_00_243.jpg."""
    return int(photograph.stem.rpartition("_")[2])


def crops(photographs, places):
    """All places of the first photograph, then all of the second, ..."""
    return np.stack([_crop(Image.open(path).convert("RGB"), place) for path in photographs for place in places])


def _crop(photograph, place):
    side = min(photograph.size) * place.size
    left, top = (photograph.width - side) * place.x, (photograph.height - side) * place.y
    square = photograph.resize((IMAGE, IMAGE), Image.Resampling.BICUBIC, box=(left, top, left + side, top + side))
    pixels = np.asarray(square, np.float32)
    return np.ascontiguousarray(((pixels - np.float32(MEAN)) / np.float32(DEVIATION)).transpose(2, 0, 1))
