"""Writes the networks of the comparison that need no training: make_models.py FOLDER

ResNet-50 v1.5 at 224x224, stacks of the layers that the speed of networks hangs on, and one reshape, whose time is that of the
call itself. Weights are random; the time of an integer kernel does not depend on them.
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from peers.tflite_builder import Builder


def resnet50(builder, x):
    """He et al. 2015 with the stride on the 3x3 convolution, as everyone trains it."""
    x = builder.max_pool(builder.conv(x, 64, 7, 2), 3, 2)
    for width, blocks in ((64, 3), (128, 4), (256, 6), (512, 3)):
        for block in range(blocks):
            stride = 2 if block == 0 and width > 64 else 1
            shortcut = builder.conv(x, 4 * width, 1, stride, relu=False) if block == 0 else x
            y = builder.conv(builder.conv(x, width), width, 3, stride)
            x = builder.add(shortcut, builder.conv(y, 4 * width, relu=False, gain=0.5))
    return builder.softmax(builder.fully_connected(builder.mean(x), 1000))


def stack(*layers):
    """Eight layers in a row, so that what a runtime does at the graph's edges hardly counts."""
    def build(builder, x):
        for index in range(8):
            x = layers[index % len(layers)](builder, x)
        return x
    return build


def conv(channels, size=1):
    return lambda builder, x: builder.conv(x, channels, size)


def depthwise(builder, x):
    return builder.depthwise(x)


MODELS = {  # name: (group, input shape, layers)
    "resnet50_v1.5_224": ("network", (1, 224, 224, 3), resnet50),
    "8x_conv1x1_28x28_512_128": ("layer", (1, 28, 28, 512), stack(conv(128), conv(512))),
    "8x_conv3x3_56x56_64": ("layer", (1, 56, 56, 64), stack(conv(64, 3))),
    "8x_conv1x1_56x56_64": ("layer", (1, 56, 56, 64), stack(conv(64))),
    "8x_conv1x1_112x112_16_96": ("layer", (1, 112, 112, 16), stack(conv(96), conv(16))),
    "8x_depthwise3x3_56x56_128": ("layer", (1, 56, 56, 128), stack(depthwise)),
    "8x_depthwise3x3_14x14_512": ("layer", (1, 14, 14, 512), stack(depthwise)),
    "fully_connected_1024_1000": ("layer", (1, 1024), lambda builder, x: builder.fully_connected(x, 1000)),
    "empty_call": ("call", (1, 16), lambda builder, x: builder.reshape(x, (1, 4, 4))),
}


def make(name, path):
    """Writes one of MODELS; the same bytes every time on one machine."""
    _, shape, layers = MODELS[name]
    builder = Builder()
    builder.write(path, layers(builder, builder.input(shape)))


def make_all(folder):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name in MODELS:
        make(name, folder / f"{name}.tflite")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__.splitlines()[0])
    make_all(sys.argv[1])
