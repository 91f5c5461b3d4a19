"""Training steps in PyTorch, on request: a JSON object a line on the standard input, and one a line back.

{"build": {"model", "dims", "batch", "inputShape", "numClasses", "threads"}} -> {"parameters": n}
{"steps": n}                                                                 -> {"ms": [...]}
"""

import json
import sys
import time

import torch
from torch import nn


class Rank:
    """The layers of a spatial rank."""

    def __init__(self, dims):
        self.conv = {1: nn.Conv1d, 2: nn.Conv2d}[dims]
        self.batch_norm = {1: nn.BatchNorm1d, 2: nn.BatchNorm2d}[dims]
        self.max_pool = {1: nn.MaxPool1d, 2: nn.MaxPool2d}[dims]
        self.avg_pool = {1: nn.AvgPool1d, 2: nn.AvgPool2d}[dims]


def with_classifier(features, classifier, input_shape):
    numel = features(torch.zeros(1, *input_shape)).numel()
    return nn.Sequential(features, nn.Flatten(), *classifier(numel))


def lenet_five(rank, input_shape, num_classes, activation, pool):
    features = nn.Sequential(
        rank.conv(input_shape[0], 6, 5, padding=2), activation(), pool(2),
        rank.conv(6, 16, 5), activation(), pool(2),
        rank.conv(16, 120, 5), activation(),
    )
    return with_classifier(
        features,
        lambda numel: [nn.Linear(numel, 84), activation(), nn.Linear(84, num_classes)],
        input_shape,
    )


def lenet5(rank, input_shape, num_classes):
    return lenet_five(rank, input_shape, num_classes, nn.Tanh, rank.avg_pool)


def lenet5_relu(rank, input_shape, num_classes):
    return lenet_five(rank, input_shape, num_classes, nn.ReLU, rank.max_pool)


def lenet_bn(rank, input_shape, num_classes):
    features = nn.Sequential(
        rank.conv(input_shape[0], 20, 5), rank.batch_norm(20), rank.max_pool(2),
        rank.conv(20, 50, 5), rank.batch_norm(50), rank.max_pool(2),
    )
    return with_classifier(
        features,
        lambda numel: [nn.Linear(numel, 512), nn.ReLU(), nn.Linear(512, num_classes)],
        input_shape,
    )


BUILDERS = {"lenet5": lenet5, "lenet5_relu": lenet5_relu, "lenet_bn": lenet_bn}


class Training:
    """A network with the batch that it trains on, again and again."""

    def __init__(self, model, dims, batch, inputShape, numClasses, threads):
        torch.set_num_threads(threads)
        torch.manual_seed(0)
        self.model = BUILDERS[model](Rank(dims), inputShape, numClasses).train()
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=0.01, momentum=0.9)
        self.inputs = torch.randn(batch, *inputShape)
        self.labels = torch.arange(batch) % numClasses

    def step(self):
        start = time.perf_counter()
        loss = nn.functional.cross_entropy(self.model(self.inputs), self.labels)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        loss.item()
        return (time.perf_counter() - start) * 1000


def main():
    training = None
    for line in sys.stdin:
        request = json.loads(line)
        if "build" in request:
            training = Training(**request["build"])
            answer = {"parameters": sum(p.numel() for p in training.model.parameters())}
        else:
            answer = {"ms": [training.step() for _ in range(request["steps"])]}
        print(json.dumps(answer), flush=True)


main()
