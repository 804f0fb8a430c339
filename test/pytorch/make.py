"""Makes the files of test/pytorch/files with PyTorch and torchvision: small seeded MobileNetV2s, saved in
every way that people save them, and what they answer. Run: python3 test/pytorch/make.py
(Debian: apt-get install python3-torch python3-torchvision)."""
import copy
import gzip
import json
import math
import os

import torch
from torch import nn
from torchvision.models import mobilenet_v2

folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "files")
os.makedirs(folder, exist_ok=True)


def picture(size):
    """Channel k of row r and column c: sin(0.37 r + 0.23 c + k), as the tests compute it."""
    r = torch.arange(size, dtype=torch.float64).view(1, 1, size, 1)
    c = torch.arange(size, dtype=torch.float64).view(1, 1, 1, size)
    k = torch.arange(3, dtype=torch.float64).view(1, 3, 1, 1)
    return torch.sin(0.37 * r + 0.23 * c + k).float()


def seeded(seed, width=0.05, classes=5, head=None):
    torch.manual_seed(seed)
    model = mobilenet_v2(weights=None, width_mult=width, num_classes=classes)
    if head is not None:
        model.classifier = head
    # Statistics as training leaves them, so that what a wrong epsilon or padding does can be seen.
    model.train()
    for _ in range(60):
        model(torch.randn(8, 3, 64, 64) * 1.5)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.uniform_(module.bias, -0.3, 0.3)
        if isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, 0, 0.2)
    return model.eval()


expected = {}


def answer(model, size):
    with torch.no_grad():
        return [float(f"{x:.7g}") for x in model(picture(size))[0].tolist()]


def save(name, model, what, size=64, **options):
    path = os.path.join(folder, name)
    torch.save(what, path, **options)
    expected[name] = {"size": size, "logits": answer(model, size)}
    print(name, os.path.getsize(path), expected[name]["logits"])


plain = seeded(1)
save("state-dict.pth", plain, plain.state_dict())
# Where strides meet an odd size, PyTorch's padding and TensorFlow's differ otherwise than at an even one.
expected["state-dict.pth at 97"] = {"size": 97, "logits": answer(plain, 97)}

half = seeded(2, classes=3).half().float()
state = {f"module.{k}": v.half() if v.is_floating_point() else v for k, v in half.state_dict().items()}
save("legacy-half.pth", half, state, _use_new_zipfile_serialization=False)

optimizer = torch.optim.SGD(plain.parameters(), lr=0.1)
bf16 = seeded(3, classes=4).bfloat16().float()
save(
    "checkpoint.pth.tar",
    bf16,
    {
        "epoch": 7,
        "arch": "mobilenet_v2",
        "best_acc1": torch.tensor(71.5),
        "state_dict": {
            k: v.bfloat16() if v.is_floating_point() else v for k, v in bf16.state_dict().items()
        },
        "optimizer": optimizer.state_dict(),
    },
)

deep = seeded(
    4,
    head=nn.Sequential(nn.Dropout(0.2), nn.Linear(1280, 8), nn.ReLU(), nn.Linear(8, 3)),
)
with torch.no_grad():
    # A view that is not contiguous: what it stands for counts, not how it lies.
    halves = copy.deepcopy(deep).half()
    halves.classifier[1].weight.set_(halves.classifier[1].weight.detach().t().contiguous().t())
save("whole-module.pt", deep.half().float(), halves)



# Networks of Hugging Face transformers and timm, as their code (modeling_mobilenet_v2.py; EfficientNet of
# timm's mobilenetv2_110d) names and runs them. Their weights follow from their names' order, so that tests
# make the same: see transformers.test.ts.


def divisible(value, divisor=8, least=8):
    rounded = max(least, int(value + divisor / 2) // divisor * divisor)
    return int(rounded + divisor if rounded < 0.9 * value else rounded)


class ConvLayer(nn.Module):
    def __init__(self, config, i, o, k, stride=1, groups=1, dilation=1, norm=True, act="relu6", eps=None, bias=False):
        super().__init__()
        self.tf = config["tf_padding"]
        pad = 0 if self.tf else (k - 1) // 2 * dilation
        self.convolution = nn.Conv2d(i, o, k, stride, pad, dilation, groups, bias)
        if norm:
            self.normalization = nn.BatchNorm2d(o, eps=config["layer_norm_eps"] if eps is None else eps)
        self.act = {"relu6": nn.functional.relu6, "relu": nn.functional.relu}.get(act)

    def forward(self, x):
        if self.tf:
            k, s, d = self.convolution.kernel_size[0], self.convolution.stride[0], self.convolution.dilation[0]
            pads = []
            for size in (x.shape[-1], x.shape[-2]):
                whole = max(k - s, 0) if size % s == 0 else max(k - size % s, 0)
                pads += [whole // 2 * d, (whole - whole // 2) * d]
            x = nn.functional.pad(x, pads)
        x = self.convolution(x)
        if hasattr(self, "normalization"):
            x = self.normalization(x)
        return self.act(x) if self.act else x


class Residual(nn.Module):
    def __init__(self, config, i, o, stride, dilation):
        super().__init__()
        wide = divisible(round(i * config["expand_ratio"]))
        self.skip = stride == 1 and i == o
        self.expand_1x1 = ConvLayer(config, i, wide, 1)
        self.conv_3x3 = ConvLayer(config, wide, wide, 3, stride, wide, dilation)
        self.reduce_1x1 = ConvLayer(config, wide, o, 1, act=None)

    def forward(self, x):
        y = self.reduce_1x1(self.conv_3x3(self.expand_1x1(x)))
        return x + y if self.skip else y


class Stem(nn.Module):
    def __init__(self, config, wide, o):
        super().__init__()
        self.first_conv = ConvLayer(config, 3, wide, 3, 2)
        self.conv_3x3 = ConvLayer(config, wide, wide, 3, 1, wide)
        self.reduce_1x1 = ConvLayer(config, wide, o, 1, act=None)

    def forward(self, x):
        return self.reduce_1x1(self.conv_3x3(self.first_conv(x)))


class Backbone(nn.Module):
    def __init__(self, config):
        super().__init__()
        scaled = lambda c: divisible(round(c * config["depth_multiplier"]))
        channels = [scaled(c) for c in [16, 24, 24, 32, 32, 32, 64, 64, 64, 64, 96, 96, 96, 160, 160, 160, 320]]
        strides = [2, 1, 2, 1, 1, 2, 1, 1, 1, 1, 1, 1, 2, 1, 1, 1]
        self.conv_stem = Stem(config, scaled(32), channels[0])
        current, dilation = 2, 1
        self.layer = nn.ModuleList()
        for i in range(16):
            if current == config["output_stride"]:
                stride, own = 1, dilation
                dilation *= strides[i]
            else:
                stride, own = strides[i], 1
                current *= stride
            self.layer.append(Residual(config, channels[i], channels[i + 1], stride, own))
        last = 1280 if config["finegrained_output"] and config["depth_multiplier"] < 1 else scaled(1280)
        self.conv_1x1 = ConvLayer(config, channels[-1], last, 1)

    def forward(self, x):
        x = self.conv_stem(x)
        for layer in self.layer:
            x = layer(x)
        return x


class Classification(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.mobilenet_v2 = Backbone(config)
        self.classifier = nn.Linear(self.mobilenet_v2.conv_1x1.convolution.out_channels, 5)

    def forward(self, x):
        x = self.mobilenet_v2.conv_1x1(self.mobilenet_v2(x))
        return self.classifier(x.mean((2, 3)))


class Head(nn.Module):
    def __init__(self, config, i):
        super().__init__()
        self.conv_pool = ConvLayer(config, i, 256, 1, act="relu", eps=1e-5)
        self.conv_aspp = ConvLayer(config, i, 256, 1, act="relu", eps=1e-5)
        self.conv_projection = ConvLayer(config, 512, 256, 1, act="relu", eps=1e-5)
        self.classifier = ConvLayer(config, 256, 4, 1, norm=False, act=None, bias=True)

    def forward(self, x):
        pooled = self.conv_pool(x.mean((2, 3), keepdim=True))
        pooled = nn.functional.interpolate(pooled, size=x.shape[-2:], mode="bilinear", align_corners=True)
        return self.classifier(self.conv_projection(torch.cat([pooled, self.conv_aspp(x)], 1)))


class Segmentation(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.mobilenet_v2 = Backbone(config)
        self.segmentation_head = Head(config, self.mobilenet_v2.layer[-1].reduce_1x1.convolution.out_channels)

    def forward(self, x):
        return self.segmentation_head(self.mobilenet_v2(x))


class TimmBlock(nn.Module):
    """DepthwiseSeparableConv where nothing expands, InvertedResidual else."""

    def __init__(self, i, o, stride, expansion):
        super().__init__()
        wide = divisible(i * expansion)
        self.skip = stride == 1 and i == o
        depthwise = nn.Conv2d(wide, wide, 3, stride, 1, groups=wide, bias=False)
        if expansion == 1:
            self.conv_dw, self.bn1 = depthwise, nn.BatchNorm2d(wide)
            self.conv_pw, self.bn2 = nn.Conv2d(wide, o, 1, bias=False), nn.BatchNorm2d(o)
        else:
            self.conv_pw, self.bn1 = nn.Conv2d(i, wide, 1, bias=False), nn.BatchNorm2d(wide)
            self.conv_dw, self.bn2 = depthwise, nn.BatchNorm2d(wide)
            self.conv_pwl, self.bn3 = nn.Conv2d(wide, o, 1, bias=False), nn.BatchNorm2d(o)

    def forward(self, x):
        relu6 = nn.functional.relu6
        if not hasattr(self, "conv_pwl"):
            y = self.bn2(self.conv_pw(relu6(self.bn1(self.conv_dw(x)))))
        else:
            y = relu6(self.bn2(self.conv_dw(relu6(self.bn1(self.conv_pw(x))))))
            y = self.bn3(self.conv_pwl(y))
        return x + y if self.skip else y


class Deeper(nn.Module):
    """mobilenetv2_110d, but for its widths: stages are 1.2 times as deep, the first and last are not."""

    def __init__(self, width, head):
        super().__init__()
        self.conv_stem, self.bn1 = nn.Conv2d(3, 32, 3, 2, 1, bias=False), nn.BatchNorm2d(32)
        stages, i = [], 32
        for expansion, channels, repeats, stride in [
            (1, 16, 1, 1), (6, 24, 3, 2), (6, 32, 4, 2), (6, 64, 5, 2), (6, 96, 4, 1), (6, 160, 4, 2), (6, 320, 1, 1),
        ]:
            blocks = []
            for k in range(repeats):
                o = divisible(channels * width)
                blocks.append(TimmBlock(i, o, stride if k == 0 else 1, expansion))
                i = o
            stages.append(nn.Sequential(*blocks))
        self.blocks = nn.Sequential(*stages)
        self.conv_head, self.bn2 = nn.Conv2d(i, head, 1, bias=False), nn.BatchNorm2d(head)
        self.classifier = nn.Linear(head, 5)

    def forward(self, x):
        relu6 = nn.functional.relu6
        x = self.blocks(relu6(self.bn1(self.conv_stem(x))))
        return self.classifier(relu6(self.bn2(self.conv_head(x))).mean((2, 3)))


def fill(model):
    """Value i of tensor t: sin(0.7 i + t), spread so that maps keep their size."""
    shapes = {}
    for t, (name, tensor) in enumerate(model.state_dict().items()):
        if not tensor.is_floating_point():
            continue
        shapes[name] = list(tensor.shape)
        wave = torch.sin(0.7 * torch.arange(tensor.numel(), dtype=torch.float64) + t).view(tensor.shape)
        inputs = tensor[0].numel() if tensor.dim() > 1 else 1
        if name.endswith("running_var"):
            wave = 0.04 + 0.03 * wave
        elif tensor.dim() > 1:
            wave = wave * 0.8 / math.sqrt(inputs)
        elif name.endswith("weight"):
            wave = 0.3 + 0.1 * wave
        else:
            wave = 0.2 * wave
        tensor.copy_(wave.float())
    return shapes


base = dict(
    model_type="mobilenet_v2", depth_multiplier=0.1, expand_ratio=6, output_stride=32, tf_padding=True,
    layer_norm_eps=1e-3, finegrained_output=True, hidden_act="relu6",
)
made = {}
for name, build, size, config in [
    ("classification", Classification, 64, {}),
    ("symmetric", Classification, 65, {"tf_padding": False, "layer_norm_eps": 1e-5}),
    ("coarse", Classification, 64, {"finegrained_output": False}),
    ("expansion", Classification, 64, {"expand_ratio": 3}),
    ("stride-16", Classification, 64, {"output_stride": 16}),
    ("segmentation", Segmentation, 65, {"output_stride": 8}),
    ("segmentation-symmetric", Segmentation, 64, {"output_stride": 16, "tf_padding": False}),
    ("timm-deeper", None, 64, None),
]:
    model = (Deeper(0.11, 1280) if build is None else build({**base, **config})).eval()
    with torch.no_grad():
        shapes = fill(model)
        # Rows and columns of maps, then classes, as the library orders them.
        out = model(picture(size))
        values = out[0] if out.dim() == 2 else out[0].permute(1, 2, 0).flatten()
    made[name] = {
        "size": size,
        "config": None if config is None else {**base, **config},
        "order": [n if n in shapes else None for n in model.state_dict()],
        "shapes": shapes,
        "values": [float(f"{x:.7g}") for x in values.tolist()],
    }
    print(name, values[:6])
with open(os.path.join(folder, "made.json.gz"), "wb") as file:
    file.write(gzip.compress(json.dumps(made).encode(), mtime=0))

with open(os.path.join(folder, "expected.json"), "w") as file:
    json.dump(expected, file, indent=1)
    file.write("\n")
