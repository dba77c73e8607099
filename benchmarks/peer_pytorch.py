"""Times one training step or one inference pass of AlexNet in PyTorch, and prints one line of JSON.

usage: peer_pytorch.py {train,infer} RECIPE BATCH STEPS {eager,compiled} THREADS
                       [--device cpu|cuda] [--precision f32|tf32|bf16] [--channels-last]
Each step starts from a batch in host memory, pinned where there is a device to copy it to, as Tandem's steps do.
"""
import argparse
import json
import statistics
import time

import torch
from torch import nn
from torch.nn import functional as F


class ResponseNormalization(nn.Module):
    """The paper's constants; PyTorch divides alpha by the size, so it is multiplied first."""

    def forward(self, x):
        return F.local_response_norm(x, size=5, alpha=5 * 1e-4, beta=0.75, k=2.0)


class HangingWindow(nn.Module):
    """The paper's 224: three columns and rows of zeros at the right and bottom."""

    def forward(self, x):
        return F.pad(x, (0, 3, 0, 3))


def classifier(first):
    return [nn.Flatten(), *first, nn.Linear(4096, 1000)]


def paper():
    norm = ResponseNormalization
    return nn.Sequential(
        HangingWindow(), nn.Conv2d(3, 96, 11, 4), nn.ReLU(True), norm(), nn.MaxPool2d(3, 2),
        nn.Conv2d(96, 256, 5, padding=2, groups=2), nn.ReLU(True), norm(), nn.MaxPool2d(3, 2),
        nn.Conv2d(256, 384, 3, padding=1), nn.ReLU(True),
        nn.Conv2d(384, 384, 3, padding=1, groups=2), nn.ReLU(True),
        nn.Conv2d(384, 256, 3, padding=1, groups=2), nn.ReLU(True), nn.MaxPool2d(3, 2),
        *classifier([nn.Linear(9216, 4096), nn.ReLU(True), nn.Dropout(),
                     nn.Linear(4096, 4096), nn.ReLU(True), nn.Dropout()]))


def small():
    """Images of 112 pixels and 10 classes; its maps are 26, 13 and 6 wide, as pooling rounds up."""
    norm = ResponseNormalization
    return nn.Sequential(
        nn.Conv2d(3, 48, 11, 4), nn.ReLU(True), norm(), nn.MaxPool2d(3, 2, ceil_mode=True),
        nn.Conv2d(48, 128, 5, padding=2, groups=2), nn.ReLU(True), norm(), nn.MaxPool2d(3, 2, ceil_mode=True),
        nn.Conv2d(128, 192, 3, padding=1), nn.ReLU(True),
        nn.Conv2d(192, 192, 3, padding=1, groups=2), nn.ReLU(True),
        nn.Conv2d(192, 128, 3, padding=1, groups=2), nn.ReLU(True), nn.MaxPool2d(3, 2, ceil_mode=True),
        nn.Flatten(), nn.LazyLinear(512), nn.ReLU(True), nn.Dropout(),
        nn.Linear(512, 512), nn.ReLU(True), nn.Dropout(), nn.Linear(512, 10))


def owt():
    return nn.Sequential(
        nn.Conv2d(3, 64, 11, 4, 2), nn.ReLU(True), nn.MaxPool2d(3, 2),
        nn.Conv2d(64, 192, 5, padding=2), nn.ReLU(True), nn.MaxPool2d(3, 2),
        nn.Conv2d(192, 384, 3, padding=1), nn.ReLU(True),
        nn.Conv2d(384, 256, 3, padding=1), nn.ReLU(True),
        nn.Conv2d(256, 256, 3, padding=1), nn.ReLU(True), nn.MaxPool2d(3, 2),
        *classifier([nn.Dropout(), nn.Linear(9216, 4096), nn.ReLU(True),
                     nn.Dropout(), nn.Linear(4096, 4096), nn.ReLU(True)]))


class WithinMap(nn.Module):
    """Over 3x3 places of the same map."""

    def forward(self, x):
        return x * (1 + 0.00005 * F.avg_pool2d(x * x, 3, 1, 1)) ** -0.75


class AcrossMaps(nn.Module):
    def forward(self, x):
        return F.local_response_norm(x, size=9, alpha=0.001, beta=0.75, k=1.0)


class LocallyConnected(nn.Module):
    """PyTorch has no such layer: windows of 3x3 as columns, and a batched product over the places."""

    def __init__(self, inputs, channels, side):
        super().__init__()
        self.weight = nn.Parameter(0.04 * torch.randn(side * side, inputs * 9, channels))
        self.bias = nn.Parameter(torch.zeros(channels, side, side))
        self.shape = (channels, side, side)

    def forward(self, x):
        windows = F.unfold(x, 3, padding=1).permute(2, 0, 1)
        return torch.bmm(windows, self.weight).permute(1, 2, 0).reshape(-1, *self.shape) + self.bias


def average():
    return nn.AvgPool2d(3, 2, ceil_mode=True, count_include_pad=False)


def cifar_18pct():
    return nn.Sequential(
        nn.Conv2d(3, 32, 5, padding=2), nn.MaxPool2d(3, 2, ceil_mode=True), nn.ReLU(True), WithinMap(),
        nn.Conv2d(32, 32, 5, padding=2), nn.ReLU(True), average(), WithinMap(),
        nn.Conv2d(32, 64, 5, padding=2), nn.ReLU(True), average(), nn.Flatten(), nn.Linear(1024, 10))


def cifar_11pct():
    return nn.Sequential(
        nn.Conv2d(3, 64, 5, padding=2), nn.ReLU(True), nn.MaxPool2d(3, 2, ceil_mode=True), AcrossMaps(),
        nn.Conv2d(64, 64, 5, padding=2), nn.ReLU(True), AcrossMaps(), nn.MaxPool2d(3, 2, ceil_mode=True),
        LocallyConnected(64, 64, 6), nn.ReLU(True), LocallyConnected(64, 32, 6), nn.ReLU(True),
        nn.Flatten(), nn.Linear(1152, 10))


NETS = {"small": small, "paper": paper, "owt": owt, "cifar-18pct": cifar_18pct, "cifar-11pct": cifar_11pct}
SIDES = {"small": 112, "cifar-18pct": 32, "cifar-11pct": 24}


class Steps:
    """Steps of training or inference on one batch in host memory, pinned where there is a device to copy it to."""

    def __init__(self, mode, recipe, batch, how, device="cpu", precision="f32", channels_last=False, ahead=False):
        torch.manual_seed(0)
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = precision != "f32"
        self.device, self.precision = device, precision
        layout = torch.channels_last if channels_last else torch.contiguous_format
        model = NETS[recipe]()
        side, classes = (SIDES[recipe], 10) if recipe in SIDES else (224, 1000)
        self.images = torch.randn(batch, 3, side, side).contiguous(memory_format=layout)
        self.labels = torch.randint(0, classes, (batch,))
        with torch.no_grad():
            model(self.images[:1])  # layers that are made for their first input
        model = model.to(device, memory_format=layout)
        if device != "cpu":
            self.images, self.labels = self.images.pin_memory(), self.labels.pin_memory()
        self.optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, weight_decay=5e-4)
        if mode == "infer":
            model.eval()
        self.model = torch.compile(model) if how == "compiled" else model
        self.step = {"train": self.train, "infer": self.infer}[mode]
        # The next batch is sent on a stream of its own while this one is computed.
        self.side = torch.cuda.Stream() if ahead and device != "cpu" else None
        self.sent = None

    def autocast(self):
        return torch.autocast(self.device, torch.bfloat16, enabled=self.precision == "bf16")

    def send(self):
        return self.images.to(self.device, non_blocking=True), self.labels.to(self.device, non_blocking=True)

    def batch(self):
        if not self.side:
            return self.send()
        if not self.sent:
            with torch.cuda.stream(self.side):
                self.sent = self.send()
        torch.cuda.current_stream().wait_stream(self.side)
        batch = self.sent
        for tensor in batch:
            tensor.record_stream(torch.cuda.current_stream())
        with torch.cuda.stream(self.side):
            self.sent = self.send()
        return batch

    def train(self):
        """Returns the loss, which may still be computed."""
        self.optimizer.zero_grad(set_to_none=True)
        images, labels = self.batch()
        with self.autocast():
            loss = F.cross_entropy(self.model(images), labels)
        loss.backward()
        self.optimizer.step()
        return loss

    def infer(self):
        with torch.inference_mode(), self.autocast():
            return self.model(self.images.to(self.device, non_blocking=True)).sum()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mode", choices=["train", "infer"])
    parser.add_argument("recipe", choices=[*NETS])
    parser.add_argument("batch", type=int)
    parser.add_argument("steps", type=int)
    parser.add_argument("how", choices=["eager", "compiled"])
    parser.add_argument("threads", type=int)
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--precision", choices=["f32", "tf32", "bf16"], default="f32")
    parser.add_argument("--channels-last", action="store_true")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    steps = Steps(arguments.mode, arguments.recipe, arguments.batch, arguments.how, arguments.device,
                  arguments.precision, arguments.channels_last)
    for _ in range(2):
        steps.step().item()
    times = []
    for _ in range(arguments.steps):
        begin = time.perf_counter()
        steps.step().item()
        times.append(time.perf_counter() - begin)
    median = statistics.median(times)
    print(json.dumps({"imagesPerSecond": arguments.batch / median, "millisecondsPerStep": 1000 * median,
                      "version": torch.__version__}))


if __name__ == "__main__":
    main()
