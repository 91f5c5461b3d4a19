#!/usr/bin/env python3
"""Trains networks of the suite `architectures` in PyTorch, by the same recipe on the same samples.

Reads requests from its input, one JSON a line, and answers each with one: see pytorch-trainer.ts. The samples are those
that convnet's own training reads, before their random changes, as float32 in a file for each part.
"""

import json
import math
import sys
import time

import numpy
import torch
from torch import nn

CONV = {1: nn.Conv1d, 2: nn.Conv2d}
NORM = {1: nn.BatchNorm1d, 2: nn.BatchNorm2d}
POOL = {1: nn.MaxPool1d, 2: nn.MaxPool2d}
MEAN = {1: nn.AdaptiveAvgPool1d, 2: nn.AdaptiveAvgPool2d}

test_batch_size = 250


class ZeroPadded(nn.Module):
    """Shortcut A of He et al.: every second position, between channels of zeros."""

    def __init__(self, stride, added):
        super().__init__()
        self.stride, self.added = stride, added

    def forward(self, x):
        x = x[(slice(None), slice(None)) + (slice(None, None, self.stride),) * (x.dim() - 2)]
        before = self.added // 2
        return nn.functional.pad(x, (0, 0) * (x.dim() - 2) + (before, self.added - before))


class BasicBlock(nn.Module):
    def __init__(self, dims, channels, planes, stride, shortcut):
        super().__init__()
        self.conv1 = CONV[dims](channels, planes, 3, stride, 1, bias=False)
        self.bn1 = NORM[dims](planes)
        self.conv2 = CONV[dims](planes, planes, 3, 1, 1, bias=False)
        self.bn2 = NORM[dims](planes)
        self.downsample = nn.Identity()
        if stride != 1 or channels != planes:
            self.downsample = (
                ZeroPadded(stride, planes - channels)
                if shortcut == 'A'
                else nn.Sequential(CONV[dims](channels, planes, 1, stride, bias=False), NORM[dims](planes))
            )

    def forward(self, x):
        y = torch.relu(self.bn1(self.conv1(x)))
        return torch.relu(self.bn2(self.conv2(y)) + self.downsample(x))


def resnet(dims, channels, classes, stem, depths, width, shortcut):
    first = (7, 2, 3) if stem == 'imagenet' else (3, 1, 1)
    layers = [CONV[dims](channels, width, *first, bias=False), NORM[dims](width), nn.ReLU()]
    if stem == 'imagenet':
        layers.append(POOL[dims](3, 2, 1))
    channels = width
    for stage, depth in enumerate(depths):
        for block in range(depth):
            stride = 2 if stage > 0 and block == 0 else 1
            layers.append(BasicBlock(dims, channels, width * 2**stage, stride, shortcut))
            channels = width * 2**stage
    model = nn.Sequential(*layers, MEAN[dims](1), nn.Flatten(), nn.Linear(channels, classes))
    for module in model.modules():
        if isinstance(module, (nn.Conv1d, nn.Conv2d)):
            nn.init.kaiming_normal_(module.weight, mode='fan_out', nonlinearity='relu')
    return model


def divisible(channels):
    """torchvision's _make_divisible for a divisor of 8."""
    near = max(8, int(channels + 4) // 8 * 8)
    return near + 8 if near < 0.9 * channels else near


def conv_norm(dims, channels, out, kernel, stride=1, groups=1):
    conv = CONV[dims](channels, out, kernel, stride, kernel // 2, groups=groups, bias=False)
    return [conv, NORM[dims](out), nn.ReLU6()]


class InvertedResidual(nn.Module):
    def __init__(self, dims, channels, out, stride, expansion):
        super().__init__()
        hidden = channels * expansion
        self.adds = stride == 1 and channels == out
        self.layers = nn.Sequential(
            *(conv_norm(dims, channels, hidden, 1) if expansion != 1 else []),
            *conv_norm(dims, hidden, hidden, 3, stride, hidden),
            CONV[dims](hidden, out, 1, bias=False),
            NORM[dims](out),
        )

    def forward(self, x):
        return x + self.layers(x) if self.adds else self.layers(x)


def mobilenet_v2(dims, channels, classes, stem, width):
    table = [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)]
    out = divisible(32 * width)
    layers = conv_norm(dims, channels, out, 3, 2 if stem == 'imagenet' else 1)
    for expansion, c, count, stride in table:
        for block in range(count):
            channels, out = out, divisible(c * width)
            layers.append(InvertedResidual(dims, channels, out, stride if block == 0 else 1, expansion))
    last = divisible(1280 * max(1, width))
    layers += conv_norm(dims, out, last, 1)
    model = nn.Sequential(*layers, MEAN[dims](1), nn.Flatten(), nn.Linear(last, classes))
    for module in model.modules():
        if isinstance(module, (nn.Conv1d, nn.Conv2d)):
            nn.init.kaiming_normal_(module.weight, mode='fan_out')
        elif isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, 0, 0.01)
            nn.init.zeros_(module.bias)
    return model


# By the names of members.ts. The stem of resnet20 is always the one for small images.
NETWORKS = {
    'resnet20': lambda dims, channels, classes, _: resnet(dims, channels, classes, 'cifar', [3, 3, 3], 16, 'A'),
    'resnet18_w16': lambda *given: resnet(*given, [2, 2, 2, 2], 16, 'B'),
    'mobilenet_v2_w0.25': lambda *given: mobilenet_v2(*given, 0.25),
}


def read(part, shape):
    inputs = numpy.fromfile(part['inputs'], dtype='<f4').reshape(-1, *shape)
    labels = numpy.fromfile(part['labels'], dtype='<i4')
    return torch.from_numpy(inputs), torch.from_numpy(labels).long()


def changed(batch, changes, generator):
    """The random changes of a training: random-changes.ts has the same, in the same order."""
    move = changes.get('move', 0)
    if move > 0:
        spatial = batch.shape[2:]
        padded = nn.functional.pad(batch, (move, move) * len(spatial))
        starts = torch.randint(0, 2 * move + 1, (len(batch), len(spatial)), generator=generator).tolist()
        batch = torch.stack(
            [
                sample[(slice(None),) + tuple(slice(a, a + n) for a, n in zip(start, spatial))]
                for sample, start in zip(padded, starts)
            ]
        )
    if changes.get('mirror', False):
        mirrored = torch.rand(len(batch), generator=generator) < 0.5
        batch = torch.where(mirrored.reshape(-1, *[1] * (batch.dim() - 1)), batch.flip(-1), batch)
    decibels = changes.get('decibels', 0)
    if decibels > 0:
        gains = 10 ** ((torch.rand(len(batch), generator=generator) * 2 - 1) * decibels / 20)
        batch = batch * gains.reshape(-1, *[1] * (batch.dim() - 1))
    return batch


def evaluate(model, inputs, labels):
    model.eval()
    loss = right = 0.0
    with torch.no_grad():
        for x, y in zip(inputs.split(test_batch_size), labels.split(test_batch_size)):
            logits = model(x)
            loss += nn.functional.cross_entropy(logits, y, reduction='sum').item()
            right += (logits.argmax(1) == y).sum().item()
    model.train()
    return right / len(labels), loss / len(labels)


def train(request):
    shape, repeats = request['inputShape'], request['repeats']
    parts = {name: read(part, shape) for name, part in request['parts'].items()}
    inputs, labels = parts['train']
    torch.manual_seed(request['seed'])
    generator = torch.Generator().manual_seed(request['seed'])
    model = NETWORKS[request['member']](request['dims'], shape[0], request['classes'], request['stem'])
    model.train()
    batch_size, epochs, rate = request['batchSize'], request['epochs'], request['rate']
    seen = repeats * len(labels)
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=request['weightDecay'])
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, rate, total_steps=epochs * math.ceil(seen / batch_size), cycle_momentum=False
    )
    curve = []
    seconds = core_seconds = 0.0
    for epoch in range(epochs):
        begun, core_begun = time.perf_counter(), time.process_time()
        total = 0.0
        for chosen in torch.randperm(seen, generator=generator).split(batch_size):
            chosen = chosen % len(labels)
            loss = nn.functional.cross_entropy(model(changed(inputs[chosen], request['changes'], generator)), labels[chosen])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item() * len(chosen)
        seconds += time.perf_counter() - begun
        core_seconds += time.process_time() - core_begun
        accuracy, validation_loss = evaluate(model, *parts['validation'])
        curve.append(
            {
                'epoch': epoch + 1,
                'loss': total / seen,
                'validationAccuracy': accuracy,
                'validationLoss': validation_loss,
                'coreSeconds': core_seconds,
            }
        )
    accuracy, loss = evaluate(model, *parts['test'])
    return {
        'parameters': sum(p.numel() for p in model.parameters()),
        'accuracy': accuracy,
        'testLoss': loss,
        'curve': curve,
        'seconds': seconds,
        'coreSeconds': core_seconds,
    }


for line in sys.stdin:
    print(json.dumps(train(json.loads(line))), flush=True)
