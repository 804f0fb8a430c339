"""Small Keras 3 models with seeded weights, in Keras's own files, and what Keras computes with them.

pip install keras==3.15.1 jax h5py && KERAS_BACKEND=jax python keras_models.py
"""

import json
import os
import pathlib
import random

os.environ.setdefault("KERAS_BACKEND", "jax")

import h5py
import keras
import numpy as np
from keras import layers as L
from keras import ops

FOLDER = pathlib.Path(__file__).parent.parent / "keras"


def front(x):
    """As in keras.applications: arithmetic in front of the network."""
    x = ops.subtract(ops.true_divide(x, 127.5), 1.0)
    x = L.RandomFlip()(x)
    x = L.Conv2D(6, 3, strides=2, padding="same", use_bias=False)(L.ZeroPadding2D(((0, 1), (0, 1)))(x))
    x = L.ReLU(max_value=6.0)(L.BatchNormalization(epsilon=1e-3)(x))
    y = L.DepthwiseConv2D(3, padding="same", depth_multiplier=2)(x)
    y = L.Conv2D(6, 1, activation=L.ReLU(max_value=6))(y)
    x = x + y
    gate = ops.mean(x, axis=[1, 2], keepdims=True)
    gate = L.Conv2D(6, 1, activation="hard_sigmoid")(gate)
    x = ops.relu6(L.Multiply()([x, gate]) + 3.0) * 0.5
    x = L.Dropout(0.3)(L.GlobalAveragePooling2D()(x))
    return L.Dense(3, activation="softmax")(x)


def activations(x):
    names = ["elu", "hard_swish", "hard_sigmoid", "leaky_relu", "relu6", "silu", "sigmoid", "softmax", "tanh"]
    parts = [L.Activation(name)(x) for name in names]
    parts += [L.LeakyReLU()(x), L.ReLU(negative_slope=0.2)(x), L.ReLU(max_value=0.4)(x), L.ELU(0.5)(x), L.Softmax()(x)]
    parts += [ops.hard_silu(x), ops.silu(x), ops.sigmoid(x), L.Subtract()([x, parts[0]]), 1.0 - x]
    return L.Concatenate()(parts)


def maps(x):
    x = L.Normalization(mean=[0.1, 0.2, 0.3], variance=[0.5, 1.0, 2.0])(x)
    x = L.UpSampling2D((2, 3), interpolation="bilinear")(x)
    x = L.Resizing(9, 7)(x)
    x = L.UpSampling2D(2)(x)
    x = L.Resizing(11, 9, interpolation="nearest")(x)
    x = L.Cropping2D(((1, 0), (1, 2)))(x)
    x = L.AveragePooling2D(3, strides=2, padding="same")(x)
    x = L.MaxPooling2D(2, strides=1, padding="valid")(x)
    x = L.SeparableConv2D(4, 3, padding="same", activation="relu")(x)
    x = L.GlobalMaxPooling2D(keepdims=True)(x)
    return L.Flatten()(x)


def nested(x):
    inner = keras.Sequential(
        [L.Input((8, 8, 3)), L.Rescaling(2.0, 0.5), L.Conv2D(4, 3, activation="relu"), L.BatchNormalization(scale=False)], name="base"
    )
    second = keras.Sequential([L.Input((6, 6, 4)), L.Conv2D(4, 3, groups=4), L.Conv2D(4, 1)], name="other")
    x = second(inner(x))
    normal = L.Normalization()
    normal.adapt(np.random.default_rng(5).normal(size=(20, 4, 4, 4)))
    return L.Dense(2)(L.Flatten()(normal(x)))


def values(shape, as_bytes):
    count = int(np.prod(shape))
    numbers = [(i * 79) % 256 if as_bytes else ((i * 7919) % 1000) / 500 - 1 for i in range(count)]
    return np.array(numbers, dtype="float32").reshape(shape)


def seed(model, start):
    rng = random.Random(start)
    for weight in model.weights:
        if weight.dtype != "float32" or "normalization" in weight.path and "batch" not in weight.path:
            continue
        positive = any(part in weight.path for part in ("variance", "gamma"))
        size = int(np.prod(weight.shape))
        numbers = [0.5 + rng.random() if positive else (rng.random() - 0.5) * 1.2 for _ in range(size)]
        weight.assign(np.array(numbers, dtype="float32").reshape(weight.shape))


def older(path, model):
    """The same model as Keras 2 wrote it: suffixes, fixed-length names, a compressed kernel, optimizer state."""
    with h5py.File(path.with_suffix(".h5")) as source, h5py.File(path.with_name(f"{path.stem}-older.h5"), "w") as target:
        for name, value in source.attrs.items():
            target.attrs[name] = value
        group = target.create_group("model_weights")
        names = [layer.name for layer in model.layers]
        for part, some in enumerate((names[:3], names[3:])):
            group.attrs[f"layer_names{part}"] = np.array([name.encode() for name in some], dtype="S64")
        for layer in model.layers:
            weights = group.create_group(layer.name)
            listed = []
            for weight in source[f"model_weights/{layer.name}"].attrs["weight_names"]:
                value = source[f"model_weights/{layer.name}/{weight}"][()]
                kernel = {"chunks": tuple(max(1, size // 2) for size in value.shape), "compression": "gzip", "shuffle": True}
                weights.create_dataset(f"{weight}:0", data=value, **(kernel if value.ndim == 4 else {}))
                listed.append(f"{weight}:0".encode())
            weights.attrs["weight_names"] = np.array(listed, dtype="S96") if listed else np.array([])
        target.create_dataset("optimizer_weights/Adam/iterations:0", data=np.int64(7))


FOLDER.mkdir(exist_ok=True)
made = []
for index, (build, as_bytes) in enumerate([(front, True), (activations, False), (maps, False), (nested, False)]):
    keras.utils.clear_session()
    source = keras.Input((8, 8, 3))
    model = keras.Model(source, build(source))
    seed(model, index + 1)
    output = np.asarray(model(values((1, 8, 8, 3), as_bytes), training=False)).ravel()
    name = build.__name__
    model.save(FOLDER / f"{name}.keras")
    if name in ("front", "nested"):
        model.save(FOLDER / f"{name}.h5")
    if name == "nested":
        older(FOLDER / name, model)
    made.append({"name": name, "bytes": as_bytes, "output": [float(f"{value:.7g}") for value in output]})
(FOLDER / "expected.json").write_text("".join(f"{json.dumps(one)}\n" for one in made))
