"""Makes weights.h5.gz: what Keras's save_weights leaves of a MobileNetV2 of width 0.1 with 3 classes, each
tensor filled with its place among all over 1000. Run: python3 make.py (Debian: python3-h5py)."""
import gzip
import io
import os

import h5py
import numpy as np


def scaled(channels, width=0.1):
    rounded = max(8, int(channels * width + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * channels * width else rounded


layers = []


def conv(name, norm, shape, depthwise=False):
    kernel = "depthwise_kernel" if depthwise else "kernel"
    channels = shape[2] if depthwise else shape[3]
    layers.append((name, [(kernel, shape)]))
    layers.append((norm, [(p, (channels,)) for p in ("gamma", "beta", "moving_mean", "moving_variance")]))


stem = scaled(32)
layers.append(("input_1", []))
conv("Conv1", "bn_Conv1", (3, 3, 3, stem))
inputs, block = stem, 0
for expansion, channels, repeats in [(1, 16, 1), (6, 24, 2), (6, 32, 3), (6, 64, 4), (6, 96, 3), (6, 160, 3), (6, 320, 1)]:
    for _ in range(repeats):
        prefix = f"block_{block}_" if block else "expanded_conv_"
        wide, outputs = inputs * expansion, scaled(channels)
        if expansion > 1:
            conv(prefix + "expand", prefix + "expand_BN", (1, 1, inputs, wide))
        conv(prefix + "depthwise", prefix + "depthwise_BN", (3, 3, wide, 1), True)
        conv(prefix + "project", prefix + "project_BN", (1, 1, wide, outputs))
        inputs, block = outputs, block + 1
conv("Conv_1", "Conv_1_bn", (1, 1, inputs, 1280))
layers.append(("predictions", [("kernel", (1280, 3)), ("bias", (3,))]))

buffer, count = io.BytesIO(), 0
with h5py.File(buffer, "w") as file:
    file.attrs["layer_names"] = [name.encode() for name, _ in layers]
    file.attrs["backend"] = b"tensorflow"
    file.attrs["keras_version"] = b"2.2.4"
    for name, weights in layers:
        group = file.create_group(name)
        names = [f"{name}/{weight}:0" for weight, _ in weights]
        group.attrs["weight_names"] = [n.encode() for n in names]
        for full, (_, shape) in zip(names, weights):
            count += 1
            group.create_dataset(full, data=np.full(shape, count / 1000, dtype=np.float32))
folder = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(folder, "weights.h5.gz"), "wb") as file:
    file.write(gzip.compress(buffer.getvalue(), mtime=0))
