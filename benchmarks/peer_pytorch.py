"""Times one training step or one inference pass of AlexNet in PyTorch on the CPU, and prints one line of JSON.

usage: peer_pytorch.py {train,infer} {paper,owt} BATCH STEPS {eager,compiled} THREADS
"""
import json
import statistics
import sys
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
    mode, recipe, batch, steps, how, threads = sys.argv[1:7]
    batch, steps = int(batch), int(steps)
    torch.manual_seed(0)
    torch.set_num_threads(int(threads))
    model = {"paper": paper, "owt": owt}[recipe]()
    images, labels = torch.randn(batch, 3, 224, 224), torch.randint(0, 1000, (batch,))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, weight_decay=5e-4)
    run = torch.compile(model) if how == "compiled" else model

    def train():
        optimizer.zero_grad(set_to_none=True)
        loss = F.cross_entropy(run(images), labels)
        loss.backward()
        optimizer.step()
        return loss.item()

    def infer():
        with torch.inference_mode():
            return run(images).sum().item()

    if mode == "infer":
        model.eval()
    step = {"train": train, "infer": infer}[mode]
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
