"""Times one training step or one inference pass of AlexNet in PyTorch, and prints one line of JSON.

usage: peer_pytorch.py {train,infer} {small,paper,owt} BATCH STEPS {eager,compiled} THREADS
                       [--device cpu|cuda] [--precision f32|tf32] [--channels-last]
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


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("mode", choices=["train", "infer"])
    parser.add_argument("recipe", choices=["small", "paper", "owt"])
    parser.add_argument("batch", type=int)
    parser.add_argument("steps", type=int)
    parser.add_argument("how", choices=["eager", "compiled"])
    parser.add_argument("threads", type=int)
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    parser.add_argument("--precision", choices=["f32", "tf32"], default="f32")
    parser.add_argument("--channels-last", action="store_true")
    arguments = parser.parse_args()
    batch, steps, device = arguments.batch, arguments.steps, arguments.device
    torch.manual_seed(0)
    torch.set_num_threads(arguments.threads)
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = arguments.precision == "tf32"
    layout = torch.channels_last if arguments.channels_last else torch.contiguous_format
    model = {"small": small, "paper": paper, "owt": owt}[arguments.recipe]()
    side, classes = (112, 10) if arguments.recipe == "small" else (224, 1000)
    host_images = torch.randn(batch, 3, side, side).contiguous(memory_format=layout)
    host_labels = torch.randint(0, classes, (batch,))
    with torch.no_grad():
        model(host_images[:1])  # layers that are made for their first input
    model = model.to(device, memory_format=layout)
    if device != "cpu":
        host_images, host_labels = host_images.pin_memory(), host_labels.pin_memory()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, weight_decay=5e-4)
    run = torch.compile(model) if arguments.how == "compiled" else model

    def train():
        optimizer.zero_grad(set_to_none=True)
        images, labels = host_images.to(device, non_blocking=True), host_labels.to(device, non_blocking=True)
        loss = F.cross_entropy(run(images), labels)
        loss.backward()
        optimizer.step()
        return loss.item()

    def infer():
        with torch.inference_mode():
            return run(host_images.to(device, non_blocking=True)).sum().item()

    if arguments.mode == "infer":
        model.eval()
    step = {"train": train, "infer": infer}[arguments.mode]
    for _ in range(2):
        step()
    times = []
    for _ in range(steps):
        begin = time.perf_counter()
        step()
        times.append(time.perf_counter() - begin)
    median = statistics.median(times)
    print(json.dumps({"imagesPerSecond": batch / median, "millisecondsPerStep": 1000 * median,
                      "version": torch.__version__}))


if __name__ == "__main__":
    main()
