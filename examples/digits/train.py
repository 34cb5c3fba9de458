"""Trains the digits example and writes every file of this folder that is not source.

A small residual network on scikit-learn's bundled 8x8 handwritten digits: trained with Keras, quantized to full int8 by
TensorFlow's converter, measured with the reference kernels of LiteRT; and written as float ONNX with the images to calibrate it
with. README.md says how to run it.
"""

import os
import pathlib

os.environ["TF_ENABLE_ONEDNN_OPTS"] = "0"  # its sums depend on the CPU
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"

import numpy as np
import onnx
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

import float_onnx

FOLDER = pathlib.Path(__file__).resolve().parent
SEED = 7
TEST_COUNT = 360
EPOCHS = 60
BATCH = 32
CALIBRATION_COUNT = 400
PIXEL_MAXIMUM = 16  # of scikit-learn's images
CLASSES = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]


def load_data():
    """Images [n, 8, 8, 1] in [0, 1] and labels, as (train, train labels, test, test labels); every class in both."""
    digits = load_digits()
    images = (digits.images / PIXEL_MAXIMUM).astype(np.float32)[..., np.newaxis]
    train, test, train_labels, test_labels = train_test_split(
        images, digits.target, test_size=TEST_COUNT, random_state=SEED, stratify=digits.target)
    return train, train_labels, test, test_labels


def augment(images, labels):
    """The images and their copies moved by one pixel in each of the four directions."""
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1), (0, 0)))
    moved = [padded[:, y:y + 8, x:x + 8] for y, x in ((1, 1), (0, 1), (2, 1), (1, 0), (1, 2))]
    return np.concatenate(moved), np.tile(labels, len(moved))


def build_network(batch_size=None):
    """A residual block at 8x8, a depthwise separable layer at 4x4, a classifier: about 4,500 parameters."""
    layers = tf.keras.layers

    def convolution(x, layer, relu=True):
        x = layers.BatchNormalization()(layer(x))
        return layers.ReLU()(x) if relu else x

    image = tf.keras.Input((8, 8, 1), batch_size=batch_size, name="image")
    stem = convolution(image, layers.Conv2D(24, 3, padding="same", use_bias=False))
    x = convolution(stem, layers.DepthwiseConv2D(3, padding="same", use_bias=False))
    x = convolution(x, layers.Conv2D(24, 1, use_bias=False), relu=False)
    x = layers.ReLU()(layers.Add()([stem, x]))
    x = convolution(x, layers.DepthwiseConv2D(3, strides=2, padding="same", use_bias=False))
    x = convolution(x, layers.Conv2D(48, 1, use_bias=False))
    x = layers.Flatten()(layers.AveragePooling2D(2)(x))
    x = layers.Dense(10)(layers.Dropout(0.3)(x))
    return tf.keras.Model(image, layers.Softmax(name="scores")(x), name="digits")


def train_network(images, labels):
    network = build_network()
    images, labels = augment(images, labels)
    steps = EPOCHS * -(-len(images) // BATCH)
    network.compile(
        optimizer=tf.keras.optimizers.Adam(tf.keras.optimizers.schedules.CosineDecay(2e-3, steps)),
        loss="sparse_categorical_crossentropy")
    network.fit(images, labels, batch_size=BATCH, epochs=EPOCHS, verbose=0)
    return network


def convert(network, calibration):
    """Full int8, inputs and outputs included; ranges come from the calibration images."""
    fixed = build_network(batch_size=1)
    fixed.set_weights(network.get_weights())
    converter = tf.lite.TFLiteConverter.from_keras_model(fixed)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: ([image[np.newaxis]] for image in calibration)
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = tf.int8
    converter.inference_output_type = tf.int8
    return converter.convert()


def quantize(images, interpreter):
    scale, zero_point = interpreter.get_input_details()[0]["quantization"]
    return np.clip(np.round(images / scale) + zero_point, -128, 127).astype(np.int8)


def run_reference(interpreter, images):
    """The model's bytes for each image, from TensorFlow Lite's reference kernels."""
    input_index = interpreter.get_input_details()[0]["index"]
    output_index = interpreter.get_output_details()[0]["index"]
    outputs = []
    for image in images:
        interpreter.set_tensor(input_index, image[np.newaxis])
        interpreter.invoke()
        outputs.append(interpreter.get_tensor(output_index)[0])
    return np.array(outputs)


def main():
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    tf.config.experimental.enable_op_determinism()
    tf.keras.utils.set_random_seed(SEED)

    train, train_labels, test, test_labels = load_data()
    network = train_network(train, train_labels)
    float_correct = int((network.predict(test, verbose=0).argmax(axis=1) == test_labels).sum())

    calibration = train[:CALIBRATION_COUNT]
    onnx.save(float_onnx.export(network), FOLDER / "digits_float.onnx")
    pixels = np.round(calibration * PIXEL_MAXIMUM).astype(np.uint8)
    np.save(FOLDER / "calibration.npy", pixels.transpose(0, 3, 1, 2))
    (FOLDER / "digits.tflite").write_bytes(convert(network, calibration))
    interpreter = Interpreter(
        str(FOLDER / "digits.tflite"), experimental_op_resolver_type=OpResolverType.BUILTIN_REF, num_threads=1)
    interpreter.allocate_tensors()
    images = quantize(test, interpreter)
    outputs = run_reference(interpreter, images)
    int8_correct = int((outputs.argmax(axis=1) == test_labels).sum())

    images.tofile(FOLDER / "test_images.bin")
    outputs.tofile(FOLDER / "expected_outputs.bin")
    test_labels.astype(np.uint8).tofile(FOLDER / "test_labels.bin")
    (FOLDER / "labels.txt").write_text("\n".join(CLASSES) + "\n")
    print(f"float: {float_correct} of {len(test)}, int8 with the reference kernels: {int8_correct} of {len(test)}")


if __name__ == "__main__":
    main()
