"""Writes the ONNX files of `exports/`, as PyTorch's exporter writes them, and what PyTorch computes.

    python3 test/onnx/make/exports.py      (torch 1.13, as in Debian 12: apt-get install python3-torch)

Every network is small and seeded. Inputs are x[i] = sin(0.37 i), i counting [n, c, h, w]; `expected.json`
has the outputs in their own order.
"""
import json
import os
import warnings

import torch
from torch import nn
from torch.nn import functional as F

warnings.filterwarnings("ignore")
HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "exports")


def norm_relu(channels, act=nn.ReLU6):
    norm = nn.BatchNorm2d(channels)
    nn.init.uniform_(norm.weight, 0.5, 1.5)
    nn.init.uniform_(norm.bias, -0.5, 0.5)
    nn.init.uniform_(norm.running_mean, -0.3, 0.3)
    nn.init.uniform_(norm.running_var, 0.5, 1.5)
    return [norm] + ([act(inplace=True)] if act else [])


def conv(a, b, k=3, s=1, groups=1, act=nn.ReLU6):
    return [nn.Conv2d(a, b, k, s, k // 2, groups=groups, bias=False)] + norm_relu(b, act)


class Block(nn.Module):
    def __init__(self, a, b, stride):
        super().__init__()
        self.shortcut = stride == 1 and a == b
        self.body = nn.Sequential(
            *conv(a, 4 * a, 1), *conv(4 * a, 4 * a, 3, stride, 4 * a), *conv(4 * a, b, 1, act=None)
        )

    def forward(self, x):
        return x + self.body(x) if self.shortcut else self.body(x)


def trunk():
    return nn.Sequential(*conv(3, 4, 3, 2), Block(4, 6, 2), Block(6, 6, 1), *conv(6, 10, 1))


class Classifier(nn.Module):
    """As torchvision's MobileNetV2 ends."""

    def __init__(self):
        super().__init__()
        self.features = trunk()
        self.head = nn.Sequential(nn.Dropout(0.2), nn.Linear(10, 5))

    def forward(self, x):
        return self.head(torch.flatten(F.adaptive_avg_pool2d(self.features(x), (1, 1)), 1))


class Views(Classifier):
    """As older code ends: a mean over two axes, or a view by the batch's size."""

    def forward(self, x):
        y = F.avg_pool2d(self.features(x), 8)
        y = y.view(y.size(0), -1)
        return torch.softmax(self.head(y), dim=1)


class Flat(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = trunk()
        self.dense = nn.Linear(10 * 8 * 8, 5)

    def forward(self, x):
        return torch.sigmoid(self.dense(self.features(x).flatten(1)))


class Heads(nn.Module):
    """Boxes and classes of two maps, in TensorFlow's and in torchvision's way of listing anchors."""

    def __init__(self):
        super().__init__()
        self.features = trunk()
        self.more = nn.Sequential(*conv(10, 8, 3, 2))
        self.a = nn.Conv2d(10, 2 * 3, 1)
        self.b = nn.Conv2d(8, 4 * 3, 1)

    def forward(self, x):
        one = self.features(x)
        two = self.more(one)
        a = self.a(one).permute(0, 2, 3, 1).reshape(x.shape[0], -1, 3)
        n, _, h, w = self.b(two).shape
        b = self.b(two).view(n, -1, 3, h, w).permute(0, 3, 4, 1, 2).reshape(n, -1, 3)
        return torch.softmax(torch.cat([a, b], 1), -1)


class Excited(nn.Module):
    """MobileNetV3: hard swish, and channels that are excited by their mean."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(*conv(3, 8, 3, 2, act=nn.Hardswish))
        self.down = nn.Conv2d(8, 4, 1)
        self.up = nn.Conv2d(4, 8, 1)
        self.last = nn.Sequential(*conv(8, 12, 1, act=nn.SiLU))
        self.head = nn.Sequential(nn.Linear(12, 6), nn.Hardswish(), nn.Linear(6, 3))

    def forward(self, x):
        y = self.stem(x)
        s = F.hardsigmoid(self.up(F.relu(self.down(F.adaptive_avg_pool2d(y, 1)))))
        return self.head(self.last(s * y).mean([2, 3]))


class Segmenter(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = trunk()
        self.pool = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(10, 4, 1), nn.ReLU())
        self.side = nn.Conv2d(10, 4, 3, padding=2, dilation=2)
        self.last = nn.Conv2d(8, 3, 1)

    def forward(self, x):
        y = self.features(x)
        p = F.interpolate(self.pool(y), size=y.shape[-2:], mode="bilinear", align_corners=False)
        z = self.last(torch.cat([p, self.side(y)], 1))
        z = F.interpolate(z, scale_factor=2, mode="nearest")
        return F.interpolate(z, size=x.shape[-2:], mode="bilinear", align_corners=False)


class Shuffled(nn.Module):
    """Groups of channels, shuffled, split and joined; channels of their own slopes."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, 2, 1)
        self.groups = nn.Conv2d(8, 8, 3, 1, 1, groups=2)
        self.multiplied = nn.Conv2d(8, 16, 3, 1, 1, groups=8)
        self.slopes = nn.PReLU(8)
        nn.init.uniform_(self.slopes.weight, -0.5, 0.9)
        self.slope = nn.PReLU()
        self.scale = nn.Parameter(torch.rand(1, 8, 1, 1))
        self.head = nn.Linear(8, 4)

    def forward(self, x):
        y = self.slopes(self.groups(self.stem(x)))
        n, c, h, w = y.shape
        y = y.view(n, 2, c // 2, h, w).transpose(1, 2).reshape(n, c, h, w)
        a, b = torch.chunk(self.slope(self.multiplied(y)), 2, 1)
        y = torch.tanh(a) - F.elu(b, 0.7) + F.leaky_relu(y * self.scale, 0.2)
        y = F.max_pool2d(y, 3, 2, 1) + F.avg_pool2d(y, 3, 2, 1) * 0.5
        y = F.avg_pool2d(y, 3, 2, 1, count_include_pad=False)[:, :, 1:, :]
        return torch.clamp(self.head(torch.amax(y, (2, 3)) / 2), -1, 1.5)


class Prepared(Classifier):
    """Takes bytes: means and deviations are part of the network."""

    def __init__(self):
        super().__init__()
        self.register_buffer("mean", torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1))

    def forward(self, x):
        return super().forward((x / 255 - self.mean) / self.std)


class Quantised(nn.Module):
    """Scales as training with quantisation in mind leaves them: activations of one, weights of many."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, 2, 1)
        self.deep = nn.Conv2d(8, 8, 3, 1, 1, groups=8)
        self.point = nn.Conv2d(8, 8, 1)
        self.dense = nn.Linear(8, 4)
        for name, module in list(self.named_children()):
            scales = module.weight.detach().abs().flatten(1).max(1).values / 127
            self.register_buffer(name + "_scales", scales)

    def forward(self, x):
        def map_(y, scale, zero):
            return torch.fake_quantize_per_tensor_affine(y, scale, zero, 0, 255)

        def layer(y, name, call):
            module, scales = getattr(self, name), getattr(self, name + "_scales")
            zeros = torch.zeros(len(scales), dtype=torch.int32)
            w = torch.fake_quantize_per_channel_affine(module.weight, scales, zeros, 0, -128, 127)
            return call(y, w, module.bias)

        x = map_(x, 2 / 255, 128)
        x = map_(F.relu(layer(x, "stem", lambda y, w, b: F.conv2d(y, w, b, 2, 1))), 0.008, 0)
        y = layer(x, "deep", lambda y, w, b: F.conv2d(y, w, b, 1, 1, groups=8))
        y = map_(F.relu6(y), 0.008, 0)
        y = map_(layer(y, "point", F.conv2d), 0.008, 120)
        x = map_(x + y, 0.012, 90)
        x = map_(F.adaptive_avg_pool2d(x, 1), 0.01, 100)
        return map_(layer(torch.flatten(x, 1), "dense", F.linear), 0.01, 128)


OPEN = {"x": {0: "n"}}
ALL_OPEN = {"x": {0: "n", 2: "h", 3: "w"}}
NETWORKS = [
    ("classifier-7", Classifier, dict(opset_version=7)),
    ("classifier-9-norms", Classifier, dict(opset_version=9, training=torch.onnx.TrainingMode.PRESERVE, do_constant_folding=False)),
    ("classifier-13-open", Classifier, dict(opset_version=13, dynamic_axes=OPEN)),
    ("classifier-17-size-open", Classifier, dict(opset_version=17, dynamic_axes=ALL_OPEN)),
    ("views-10", Views, dict(opset_version=10)),
    ("views-12-open", Views, dict(opset_version=12, dynamic_axes=OPEN)),
    ("flat-11", Flat, dict(opset_version=11)),
    ("heads-11", Heads, dict(opset_version=11)),
    ("heads-16-open", Heads, dict(opset_version=16, dynamic_axes=OPEN)),
    ("excited-11", Excited, dict(opset_version=11)),
    ("excited-14", Excited, dict(opset_version=14)),
    ("segmenter-11", Segmenter, dict(opset_version=11)),
    ("segmenter-13-open", Segmenter, dict(opset_version=13, dynamic_axes=ALL_OPEN)),
    ("shuffled-13", Shuffled, dict(opset_version=13)),
    ("prepared-12", Prepared, dict(opset_version=12)),
    ("quantised-13", Quantised, dict(opset_version=13)),
]


def main():
    os.makedirs(HERE, exist_ok=True)
    expected = {}
    for name, make, options in NETWORKS:
        torch.manual_seed(7)
        network = make().eval()
        x = torch.sin(0.37 * torch.arange(3 * 32 * 32, dtype=torch.float32)).view(1, 3, 32, 32)
        if make is Prepared:
            x = (x * 127 + 128).round()
        path = os.path.join(HERE, name + ".onnx")
        with torch.no_grad():
            y = network(x)
            torch.onnx.export(network, x, path, input_names=["x"], output_names=["y"], **options)
        values = [round(float(v), 6) for v in y.flatten()]
        if len(values) > 400:
            # Every 37th is enough to see that maps lie as they should.
            values = values[::37]
        expected[name] = {"dims": list(y.shape), "values": values}
        print(name, os.path.getsize(path), list(y.shape))
    with open(os.path.join(HERE, "expected.json"), "w") as file:
        json.dump(expected, file, separators=(",", ":"))
        file.write("\n")


main()
