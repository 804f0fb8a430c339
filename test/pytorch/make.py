"""Makes the files of test/pytorch/files with PyTorch and torchvision: small seeded MobileNetV2s, saved in
every way that people save them, and what they answer. Run: python3 test/pytorch/make.py
(Debian: apt-get install python3-torch python3-torchvision)."""
import copy
import json
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

with open(os.path.join(folder, "expected.json"), "w") as file:
    json.dump(expected, file, indent=1)
    file.write("\n")
