"""Writes the ONNX files of `operators/`: quantised networks as onnxruntime's tools write them, bytes as
input, and enlargement in several versions. `make/operators.js` adds what onnxruntime computes.

    python3 test/onnx/make/operators.py      (onnx 1.12, as in Debian 12: apt-get install python3-onnx)
"""
import os

import numpy as np

# onnx 1.12 wants names that numpy has given up.
for name in ("float", "bool", "object", "int", "complex"):
    if not hasattr(np, name):
        setattr(np, name, {"float": float, "bool": bool, "object": object, "int": int, "complex": complex}[name])

import onnx  # noqa: E402
from onnx import TensorProto, helper, numpy_helper  # noqa: E402

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "operators")
node = helper.make_node
random = np.random.RandomState(3)


def real(*values):
    return np.array(values, np.float32) if len(values) > 1 else np.float32(values[0])


def integers(*shape):
    # Seven bits: onnxruntime saturates pairs of products where the processor has no VNNI.
    return random.randint(-60, 61, shape).astype(np.int8)


def save(name, nodes, constants, opset, dims=(1, 3, 16, 16), element=TensorProto.FLOAT, producer="onnx.quantize"):
    graph = helper.make_graph(
        nodes,
        name,
        [helper.make_tensor_value_info("x", element, dims)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(np.asarray(value), key) for key, value in constants.items()],
    )
    opsets = [helper.make_opsetid("", opset), helper.make_opsetid("com.microsoft", 1)]
    model = helper.make_model(graph, opset_imports=opsets, producer_name=producer)
    model.ir_version = 7
    onnx.save(model, os.path.join(HERE, name + ".onnx"))


def main():
    os.makedirs(HERE, exist_ok=True)
    stem = dict(strides=[2, 2], pads=[1, 1, 1, 1])
    w, scales = integers(8, 3, 3, 3), random.uniform(0.001, 0.01, 8).astype(np.float32)
    zeros = np.zeros(8, np.int8)
    byte = np.uint8

    save(
        "qlinear",
        [
            node("QuantizeLinear", ["x", "xs", "xz"], ["xq"]),
            node("QLinearConv", ["xq", "xs", "xz", "w", "ws", "wz", "as", "az", "b"], ["a"], **stem),
            node("QLinearConv", ["a", "as", "az", "d", "ds", "wz", "bs", "bz"], ["dw"], group=8, pads=[1, 1, 1, 1]),
            node("QLinearAdd", ["a", "as", "az", "dw", "bs", "bz", "cs", "cz"], ["sum"], domain="com.microsoft"),
            node("QLinearGlobalAveragePool", ["sum", "cs", "cz", "gs", "gz"], ["mean"], domain="com.microsoft", channels_last=0),
            node("Flatten", ["mean"], ["flat"]),
            node("QLinearMatMul", ["flat", "gs", "gz", "m", "ms", "mz", "ys", "yz"], ["product"]),
            node("DequantizeLinear", ["product", "ys", "yz"], ["y"]),
        ],
        dict(
            xs=real(0.0078), xz=byte(128), w=w, ws=scales, wz=zeros,
            b=random.randint(-2000, 2000, 8).astype(np.int32), **{"as": real(0.02)}, az=byte(0),
            d=integers(8, 1, 3, 3), ds=random.uniform(0.001, 0.01, 8).astype(np.float32), bs=real(0.015), bz=byte(110),
            cs=real(0.03), cz=byte(90), gs=real(0.01), gz=byte(100),
            m=integers(8, 5), ms=real(0.008), mz=np.int8(0), ys=real(0.02), yz=byte(128),
        ),
        13,
    )

    save(
        "dynamic",
        [
            node("DynamicQuantizeLinear", ["x"], ["xq", "xs", "xz"]),
            node("ConvInteger", ["xq", "w", "xz", "wz"], ["ci"], **stem),
            node("Cast", ["ci"], ["cf"], to=1),
            node("Mul", ["xs", "ws"], ["cs"]),
            node("Mul", ["cf", "cs"], ["c"]),
            node("Relu", ["c"], ["r"]),
            node("GlobalAveragePool", ["r"], ["g"]),
            node("Flatten", ["g"], ["flat"]),
            node("DynamicQuantizeLinear", ["flat"], ["fq", "fs", "fz"]),
            node("MatMulInteger", ["fq", "m", "fz", "mz"], ["mi"]),
            node("Cast", ["mi"], ["mf"], to=1),
            node("Mul", ["fs", "ms"], ["s"]),
            node("Mul", ["mf", "s"], ["p"]),
            node("Add", ["p", "b"], ["y"]),
        ],
        dict(
            w=w, wz=np.int8(0), ws=real(0.005), b=random.randn(5).astype(np.float32),
            m=random.randint(60, 180, (8, 5)).astype(np.uint8), mz=byte(120), ms=real(0.008),
        ),
        13,
    )

    save(
        "weights",
        [
            node("DequantizeLinear", ["w", "ws", "wz"], ["wf"], axis=0),
            node("Conv", ["x", "wf"], ["c"], strides=[2, 2], auto_pad="SAME_UPPER"),
            node("HardSwish", ["c"], ["h"]),
            node("GlobalAveragePool", ["h"], ["y"]),
        ],
        dict(w=w, ws=scales, wz=zeros),
        14,
    )

    save(
        "bytes",
        [
            node("Cast", ["x"], ["xf"], to=1),
            node("Transpose", ["xf"], ["xt"], perm=[0, 3, 1, 2]),
            node("Div", ["xt", "half"], ["xd"]),
            node("Sub", ["xd", "one"], ["xs"]),
            node("Conv", ["xs", "w"], ["c"], auto_pad="SAME_LOWER", strides=[2, 2]),
            node("Clip", ["c", "low", "high"], ["r"]),
            node("Flatten", ["r"], ["flat"]),
            node("MatMul", ["flat", "m"], ["p"]),
            node("Softmax", ["p"], ["y"]),
        ],
        dict(
            half=real(127.5), one=real(1), low=real(0), high=real(6),
            w=(random.randn(4, 3, 4, 4) * 0.1).astype(np.float32), m=(random.randn(256, 4) * 0.1).astype(np.float32),
        ),
        12,
        dims=("n", 16, 16, 3),
        element=TensorProto.UINT8,
        producer="tf2onnx",
    )

    small = (integers(2, 3, 3, 3) * 0.01).astype(np.float32)
    enlarged = [
        ("upsample-7", 7, "Upsample", dict(mode="nearest", scales=[1.0, 1.0, 2.0, 2.0]), ["c"], {}),
        ("upsample-9", 9, "Upsample", dict(mode="linear"), ["c", "s"], dict(s=real(1, 1, 2, 2))),
        ("resize-10", 10, "Resize", dict(mode="linear"), ["c", "s"], dict(s=real(1, 1, 2, 2))),
        (
            "resize-13", 13, "Resize", dict(mode="linear", coordinate_transformation_mode="pytorch_half_pixel"),
            ["c", "", "s"], dict(s=real(1, 1, 1.5, 2)),
        ),
        (
            "resize-13-nearest", 13, "Resize",
            dict(mode="nearest", coordinate_transformation_mode="asymmetric", nearest_mode="floor"),
            ["c", "", "", "s"], dict(s=np.array([1, 2, 13, 5], np.int64)),
        ),
        (
            "resize-18", 18, "Resize", dict(mode="linear", axes=[2, 3], antialias=0),
            ["c", "", "", "s"], dict(s=np.array([11, 13], np.int64)),
        ),
    ]
    for name, opset, kind, settings, inputs, constants in enlarged:
        nodes = [node("Conv", ["x", "w"], ["c"], **stem), node(kind, inputs, ["y"], **settings)]
        save(name, nodes, dict(w=small, **constants), opset, producer="")


main()
