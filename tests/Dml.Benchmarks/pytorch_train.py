"""One training-speed measurement of PyTorch, for `Dml.Benchmarks train`: the same network, loss, optimiser and batch.

Usage: pytorch_train.py BACKBONE SIZE PATCH BATCH STEPS WARMUP THREADS DIMENSION CLASSES PROCESSOR_TIME(0|1)
Prints one line of JSON: images a second over the steps after the warm-up, and the shares of forward, backward and optimiser.
"""
import json
import math
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F


class BasicConv(nn.Module):
    def __init__(self, inputs, outputs, kernel, stride=1, padding=0):
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, padding, bias=False)
        self.bn = nn.BatchNorm2d(outputs, 1e-3)

    def forward(self, x):
        return F.relu(self.bn(self.conv(x)), inplace=True)


class Inception(nn.Module):
    def __init__(self, inputs, c1, r3, c3, r5, c5, pool):
        super().__init__()
        self.branch1 = BasicConv(inputs, c1, 1)
        self.branch2 = nn.Sequential(BasicConv(inputs, r3, 1), BasicConv(r3, c3, 3, padding=1))
        self.branch3 = nn.Sequential(BasicConv(inputs, r5, 1), BasicConv(r5, c5, 3, padding=1))
        self.branch4 = nn.Sequential(nn.MaxPool2d(3, 1, 1, ceil_mode=True), BasicConv(inputs, pool, 1))

    def forward(self, x):
        return torch.cat([self.branch1(x), self.branch2(x), self.branch3(x), self.branch4(x)], 1)


def halve():
    return nn.MaxPool2d(3, 2, ceil_mode=True)


def googlenet():
    return nn.Sequential(
        BasicConv(3, 64, 7, 2, 3), halve(), BasicConv(64, 64, 1), BasicConv(64, 192, 3, padding=1), halve(),
        Inception(192, 64, 96, 128, 16, 32, 32), Inception(256, 128, 128, 192, 32, 96, 64), halve(),
        Inception(480, 192, 96, 208, 16, 48, 64), Inception(512, 160, 112, 224, 24, 64, 64),
        Inception(512, 128, 128, 256, 24, 64, 64), Inception(512, 112, 144, 288, 32, 64, 64),
        Inception(528, 256, 160, 320, 32, 128, 128), nn.MaxPool2d(2, 2, ceil_mode=True),
        Inception(832, 256, 160, 320, 32, 128, 128), Inception(832, 384, 192, 384, 48, 128, 128),
        nn.AdaptiveAvgPool2d(1), nn.Flatten()), 1024


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width, 1e-6), nn.LayerNorm(width, 1e-6)
        self.qkv, self.proj = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.fc1, self.fc2 = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.heads = heads

    def forward(self, x):
        b, n, c = x.shape
        q, k, v = self.qkv(self.norm1(x)).reshape(b, n, 3, self.heads, c // self.heads).permute(2, 0, 3, 1, 4).unbind(0)
        attention = ((q * (c // self.heads) ** -0.5) @ k.transpose(-2, -1)).softmax(-1)
        x = x + self.proj((attention @ v).transpose(1, 2).reshape(b, n, c))
        return x + self.fc2(F.gelu(self.fc1(self.norm2(x))))


class Deit(nn.Module):
    def __init__(self, size, patch, width, depth, heads):
        super().__init__()
        self.patch = nn.Conv2d(3, width, patch, patch)
        self.cls_token = nn.Parameter(torch.zeros(1, 1, width))
        self.pos_embed = nn.Parameter(torch.randn(1, (size // patch) ** 2 + 1, width) * 0.02)
        self.blocks = nn.Sequential(*[Block(width, heads) for _ in range(depth)])
        self.norm = nn.LayerNorm(width, 1e-6)

    def forward(self, x):
        x = self.patch(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.cls_token.expand(len(x), -1, -1), x], 1) + self.pos_embed
        return self.norm(self.blocks(x))[:, 0]


def proxy_anchor(embeddings, labels, proxies, alpha=32.0, delta=0.1):
    similarity = embeddings @ F.normalize(proxies).t()
    positive = F.one_hot(labels, len(proxies)).bool()

    def log_sum(exponents, mask):
        return F.softplus(exponents.masked_fill(~mask, -math.inf).logsumexp(0))

    present = positive.any(0)
    return (log_sum(-alpha * (similarity - delta), positive) * present).sum() / present.sum() \
        + log_sum(alpha * (similarity + delta), ~positive).sum() / len(proxies)


def main():
    backbone = sys.argv[1]
    size, patch, batch, steps, warmup, threads, dimension, classes, processor_time = map(int, sys.argv[2:11])
    clock = time.process_time if processor_time else time.perf_counter
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    if backbone == "googlenet":
        trunk, width = googlenet()
    else:
        width, heads = {"deit-tiny": (192, 3), "deit-small": (384, 6)}[backbone]
        trunk = Deit(size, patch, width, 12, heads)
    network = nn.Sequential(trunk, nn.Linear(width, dimension))
    images = torch.randn(batch, 3, size, size)
    labels = torch.randint(classes, (batch,))
    proxies = nn.Parameter(torch.randn(classes, dimension))
    optimizer = torch.optim.AdamW(list(network.parameters()) + [proxies], 1e-4, weight_decay=1e-4, foreach=True)
    times = {"forward": 0.0, "backward": 0.0, "optimizer": 0.0}

    def step():
        marks = [clock()]
        optimizer.zero_grad(set_to_none=True)
        loss = proxy_anchor(F.normalize(network(images)), labels, proxies)
        loss.item()
        marks.append(clock())
        loss.backward()
        marks.append(clock())
        optimizer.step()
        marks.append(clock())
        for name, begin, end in zip(times, marks, marks[1:]):
            times[name] += end - begin

    for _ in range(warmup):
        step()
    times.update(dict.fromkeys(times, 0.0))
    for _ in range(steps):
        step()
    total = sum(times.values())
    print(json.dumps({"imagesPerSecond": batch * steps / total} | {name: seconds / total for name, seconds in times.items()}))


main()
