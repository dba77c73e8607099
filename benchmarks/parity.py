"""Checks a training step that Tandem exported against PyTorch, in double precision.

usage: parity.py FILE.safetensors      (written by dev.tandem.benchmarks.StepExport RECIPE BATCH STEPS FILE SEED)

Prints the relative difference (largest difference over largest value) of the logits, of each gradient, of each step's
loss and of the final weights. The networks are written here anew, from the same sources as Tandem's.
"""
import json
import struct
import sys

import numpy as np
import torch
from torch.nn import functional as F

KEEP_BELOW = 2**31  # dropout of one half keeps a unit whose 32-bit word is below this

# The weight decay of each layer in the authors' parameter files for CIFAR-10.
CIFAR_DECAY = {
    "cifar-80sec": {"conv": 0.004, "fc": 0.03},
    "cifar-19pct": {"conv": 0.004, "fc": 3},
    "cifar-18pct": {"conv": 0.004, "fc": 1},
    "cifar-13pct": {"conv": 0, "local": 0.004, "fc": 0.004},
    "cifar-11pct": {"conv": 0, "local": 0.004, "fc": 0.01},
}


def load(path):
    raw = open(path, "rb").read()
    length = struct.unpack("<Q", raw[:8])[0]
    header = json.loads(raw[8:8 + length])
    data = raw[8 + length:]
    metadata = header.pop("__metadata__")
    tensors = {name: np.frombuffer(data[slice(*entry["data_offsets"])], "<f4").reshape(entry["shape"])
               for name, entry in header.items()}
    return metadata, tensors


def stream(name):
    """FNV-1a, as Tandem numbers the random streams of layers."""
    value = 0x811C9DC5
    for byte in name.encode():
        value = ((value ^ byte) * 0x01000193) & 0xFFFFFFFF
    return value


def philox(seed, purpose, step, number, count):
    blocks = np.arange((count + 3) // 4, dtype=np.uint64)
    low = np.uint64(0xFFFFFFFF)
    full = lambda value: np.full(len(blocks), value, np.uint64)
    c0, c1, c2, c3 = blocks & low, full(step), full(number), full(purpose + 1)
    key0, key1 = seed & 0xFFFFFFFF, seed >> 32
    for _ in range(10):
        p0, p1 = c0 * np.uint64(0xD2511F53), c2 * np.uint64(0xCD9E8D57)
        c0, c1, c2, c3 = (((p1 >> np.uint64(32)) ^ c1 ^ np.uint64(key0)) & low, p1 & low,
                          ((p0 >> np.uint64(32)) ^ c3 ^ np.uint64(key1)) & low, p0 & low)
        key0, key1 = (key0 + 0x9E3779B9) & 0xFFFFFFFF, (key1 + 0xBB67AE85) & 0xFFFFFFFF
    return np.stack([c0, c1, c2, c3], 1).reshape(-1)[:count]


class Net:
    """The recipes as functions of named parameters."""

    def __init__(self, recipe, parameters, seed):
        self.recipe, self.p, self.seed, self.step = recipe, parameters, seed, 0

    def conv(self, name, x, **how):
        return F.conv2d(x, self.p[name + ".weight"], self.p[name + ".bias"], **how)

    def linear(self, name, x):
        return F.linear(x, self.p[name + ".weight"], self.p[name + ".bias"])

    def dropout(self, name, x, value):
        words = philox(self.seed, 1, self.step, stream(name), x.numel()).reshape(tuple(x.shape))
        return x * torch.tensor((words < KEEP_BELOW) * value, dtype=x.dtype)

    @staticmethod
    def across(x, alpha_of_sum, k, columns=1):
        squares = F.pad(torch.stack((x * x).chunk(columns, 1), 1), (0, 0, 0, 0, 2, 2))
        size = x.shape[1] // columns
        total = sum(squares[:, :, i:i + size] for i in range(5)).flatten(1, 2)
        return x / (k + alpha_of_sum * total) ** 0.75

    @staticmethod
    def within(x, alpha_of_sum, k):
        total = F.avg_pool2d(x * x, 5, 1, 2, count_include_pad=True) * 25
        return x / (k + alpha_of_sum * total) ** 0.75

    @staticmethod
    def pool(x, up=True):
        return F.max_pool2d(x, 3, 2, ceil_mode=up)

    def first(self, x):
        hang = -(x.shape[-1] - 11) % 4
        return self.conv("conv1", F.pad(x, (0, hang, 0, hang)), stride=4)

    def upper(self, x):
        x = F.relu(self.conv("conv3", x, padding=1))
        x = F.relu(self.conv("conv4", x, padding=1, groups=2))
        return self.pool(F.relu(self.conv("conv5", x, padding=1, groups=2))).flatten(1)

    def classifier(self, x, value):
        x = self.dropout("drop6", F.relu(self.linear("fc6", x)), value)
        x = self.dropout("drop7", F.relu(self.linear("fc7", x)), value)
        return self.linear("fc8", x)

    def second(self, x):
        return F.relu(self.conv("conv2", x, padding=2, groups=2))

    def paper(self, x):
        x = self.pool(self.across(F.relu(self.first(x)), 1e-4, 2))
        x = self.pool(self.across(self.second(x), 1e-4, 2))
        return self.classifier(self.upper(x), 1)

    small = paper

    def original(self, x):
        x = F.relu(self.pool(self.across(self.first(x), 1e-4 / 5, 2, columns=2)))
        x = self.within(self.across(self.second(x), 1e-4 / 5, 2, columns=2), 0.001 / 25, 1)
        return self.classifier(self.upper(self.pool(x)), 1)

    def caffe(self, x):
        x = self.pool(self.across(F.relu(self.conv("conv1", x, stride=4)), 1e-4 / 5, 1))
        x = self.pool(self.across(self.second(x), 1e-4 / 5, 1))
        return self.classifier(self.upper(x), 2)

    def caffenet(self, x):
        x = self.across(self.pool(F.relu(self.conv("conv1", x, stride=4))), 1e-4 / 5, 1)
        x = self.across(self.pool(self.second(x)), 1e-4 / 5, 1)
        return self.classifier(self.upper(x), 2)

    def owt(self, x):
        x = self.pool(F.relu(self.conv("conv1", x, stride=4, padding=2)), up=False)
        x = self.pool(F.relu(self.conv("conv2", x, padding=2)), up=False)
        for name in ("conv3", "conv4", "conv5"):
            x = F.relu(self.conv(name, x, padding=1))
        x = self.dropout("drop6", self.pool(x, up=False).flatten(1), 2)
        x = self.dropout("drop7", F.relu(self.linear("fc6", x)), 2)
        return self.linear("fc8", F.relu(self.linear("fc7", x)))

    @staticmethod
    def average(x):
        return F.avg_pool2d(x, 3, 2, ceil_mode=True, count_include_pad=False)

    @staticmethod
    def within_3(x):
        total = F.avg_pool2d(x * x, 3, 1, 1, count_include_pad=True) * 9
        return x / (1 + 0.00005 / 9 * total) ** 0.75

    @staticmethod
    def across_9(x):
        squares = F.pad(x * x, (0, 0, 0, 0, 4, 4))
        total = sum(squares[:, i:i + x.shape[1]] for i in range(9))
        return x / (1 + 0.001 / 9 * total) ** 0.75

    def local(self, name, x):
        """Kernels of 3x3 of their own at each place: weights are (channels, places, inputs * 9)."""
        patches = F.unfold(x, 3, padding=1)
        y = torch.einsum("nip,kpi->nkp", patches, self.p[name + ".weight"])
        return F.relu(y.reshape(y.shape[0], y.shape[1], *x.shape[2:]) + self.p[name + ".bias"])

    def cifar_80sec(self, x):
        x = self.cifar_maps(x, lambda maps: maps)
        return self.linear("fc10", F.relu(self.linear("fc64", x)))

    def cifar_19pct(self, x):
        return self.linear("fc10", self.cifar_maps(x, lambda maps: maps))

    def cifar_18pct(self, x):
        return self.linear("fc10", self.cifar_maps(x, self.within_3))

    def cifar_maps(self, x, norm):
        x = norm(F.relu(self.pool(self.conv("conv1", x, padding=2))))
        x = norm(self.average(F.relu(self.conv("conv2", x, padding=2))))
        return self.average(F.relu(self.conv("conv3", x, padding=2))).flatten(1)

    def cifar_13pct(self, x):
        x = self.pool(F.relu(self.conv("conv1", x, padding=2)))
        x = self.pool(F.relu(self.conv("conv2", x, padding=2)))
        return self.linear("fc10", self.local("local4", self.local("local3", x)).flatten(1))

    def cifar_11pct(self, x):
        x = self.across_9(self.pool(F.relu(self.conv("conv1", x, padding=2))))
        x = self.pool(self.across_9(F.relu(self.conv("conv2", x, padding=2))))
        return self.linear("fc10", self.local("local4", self.local("local3", x)).flatten(1))

    def __call__(self, x):
        return getattr(self, self.recipe.replace("-", "_"))(x)


def difference(ours, theirs):
    theirs = np.asarray(theirs, np.float64)
    return np.abs(np.asarray(ours, np.float64) - theirs).max() / max(1e-30, np.abs(theirs).max())


def main():
    metadata, tensors = load(sys.argv[1])
    recipe, seed, rate = metadata["recipe"], int(metadata["seed"]), float(metadata["rate"])
    momentum, decay, outside = float(metadata["momentum"]), float(metadata["decay"]), metadata["rule"] == "RATE_OUTSIDE"
    bias_rate = 2 if recipe in ("original", "caffe", "caffenet", *CIFAR_DECAY) else 1
    bias_decay = 1 if recipe == "owt" else 0
    parameters = {name[5:]: torch.tensor(value, dtype=torch.float64, requires_grad=True)
                  for name, value in tensors.items() if name.startswith("init/")}
    velocities = {name: torch.zeros_like(value) for name, value in parameters.items()}
    images = torch.tensor(tensors["images"], dtype=torch.float64)
    labels = torch.tensor(tensors["labels"].astype(np.int64))
    net = Net(recipe, parameters, seed)
    worst = {}
    for net.step, ours in enumerate(tensors["losses"]):
        for value in parameters.values():
            value.grad = None
        logits = net(images)
        loss = F.cross_entropy(logits, labels)
        loss.backward()
        if net.step == 0:
            worst["logits"] = difference(tensors["logits"], logits.detach())
            for name, value in parameters.items():
                worst["gradient " + name] = difference(tensors["gradient/" + name], value.grad)
        worst[f"loss of step {net.step}"] = difference(ours, loss.detach())
        with torch.no_grad():
            for name, value in parameters.items():
                bias = name.endswith("bias")
                own_rate = rate * (bias_rate if bias else 1)
                if recipe in CIFAR_DECAY and not bias:
                    own_decay = next(wc for kind, wc in CIFAR_DECAY[recipe].items() if name.startswith(kind))
                else:
                    own_decay = decay * (bias_decay if bias else 1)
                velocity = velocities[name]
                if outside:
                    velocity.mul_(momentum).add_(value.grad + own_decay * value)
                    value.sub_(own_rate * velocity)
                else:
                    velocity.mul_(momentum).sub_(own_rate * (own_decay * value + value.grad))
                    value.add_(velocity)
    for name, value in parameters.items():
        worst["final " + name] = difference(tensors["final/" + name], value.detach())
    for name, value in worst.items():
        print(f"{name:28s} {value:.1e}")
    groups = {kind: max(v for k, v in worst.items() if k.startswith(kind)) for kind in ("logits", "gradient", "loss", "final")}
    print(recipe, json.dumps({kind: float(f"{value:.1e}") for kind, value in groups.items()}))


if __name__ == "__main__":
    main()
