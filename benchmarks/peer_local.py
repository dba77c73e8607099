"""Times one locally connected layer in PyTorch, forward and all its gradients, and prints a line of JSON: milliseconds.

usage: peer_local.py SIDE CHANNELS STEPS THREADS
PyTorch has no such layer. Two ways to compose it are compiled, and the better one counts: unfolding and an Einstein sum
over row-major maps, and slices of maps with channels innermost and one batched product. The layer has 3 x 3 windows
with padding 1 over 64 maps in a batch of 128, as benchmarks/.../LocallyConnectedLayer.java has.
"""
import json
import statistics
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

BATCH, MAPS, SIZE = 128, 64, 3


class Unfolded(nn.Module):
    def __init__(self, side, channels):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(channels, side * side, MAPS * SIZE * SIZE))
        self.bias = nn.Parameter(torch.randn(channels, side, side))

    def forward(self, x):
        windows = F.unfold(x, SIZE, padding=1)
        return torch.einsum("nip,kpi->nkp", windows, self.weight).reshape(x.shape[0], *self.bias.shape) + self.bias


class Sliced(nn.Module):
    def __init__(self, side, channels):
        super().__init__()
        self.side = side
        self.weight = nn.Parameter(torch.randn(side * side, SIZE * SIZE * MAPS, channels))
        self.bias = nn.Parameter(torch.randn(side * side, 1, channels))

    def forward(self, x):
        side = self.side
        padded = F.pad(x.permute(2, 3, 0, 1), (0, 0, 0, 0, 1, 1, 1, 1))
        slices = [padded[a:a + side, b:b + side] for a in range(SIZE) for b in range(SIZE)]
        windows = torch.cat(slices, -1).reshape(side * side, x.shape[0], -1)
        outputs = torch.baddbmm(self.bias, windows, self.weight)
        return outputs.permute(1, 2, 0).reshape(x.shape[0], -1, side, side)


def milliseconds(layer, x, dy, steps):
    run = torch.compile(layer)
    times = []
    for _ in range(steps):
        layer.zero_grad(set_to_none=True)
        x.grad = None
        began = time.perf_counter()
        run(x).backward(dy)
        times.append(1e3 * (time.perf_counter() - began))
    return statistics.median(times[steps // 2:])


def main():
    side, channels, steps, threads = (int(argument) for argument in sys.argv[1:])
    torch.manual_seed(0)
    torch.set_num_threads(threads)
    dy = torch.randn(BATCH, channels, side, side)
    maps = torch.randn(BATCH, MAPS, side, side)
    innermost = maps.to(memory_format=torch.channels_last)
    print(json.dumps({"milliseconds": min(
        milliseconds(Unfolded(side, channels), maps.clone().requires_grad_(), dy, steps),
        milliseconds(Sliced(side, channels), innermost.clone().requires_grad_(),
                     dy.to(memory_format=torch.channels_last), steps))}))


if __name__ == "__main__":
    main()
