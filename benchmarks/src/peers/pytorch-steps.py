"""Training steps in PyTorch, on request: a JSON object a line on the standard input, and one a line back.

{"build": {"model", "dims", "batch", "inputShape", "numClasses", "threads"}} -> {"parameters": n, or null}
{"steps": n}                                                                 -> {"ms": [...]}
{"memory": true}                                          -> {"resident": bytes, "peak": bytes}, or nulls
"""

import json
import sys
import time
from pathlib import Path

import torch
from torch import nn

sys.path.append(str(Path(__file__).resolve().parents[3] / 'packages/models/testing/python'))
from one_dimensional import to_one_dimensional


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


LENETS = {"lenet5": lenet5, "lenet5_relu": lenet5_relu, "lenet_bn": lenet_bn}


def take_channels(network, channels):
    """Lets the first convolution take another number of input channels."""
    name, conv = next((name, m) for name, m in network.named_modules() if isinstance(m, nn.Conv2d))
    parent, _, key = name.rpartition(".")
    setattr(
        network.get_submodule(parent),
        key,
        nn.Conv2d(
            channels, conv.out_channels, conv.kernel_size, conv.stride, conv.padding,
            bias=conv.bias is not None,
        ),
    )


def of_torchvision(name, dims, input_shape, num_classes):
    """torchvision's network of this name, with the layers of another rank where asked; None where it has none."""
    try:
        import torchvision
    except ImportError:
        return None
    build = getattr(torchvision.models, name, None) or getattr(torchvision.models.video, name, None)
    if build is None:
        return None
    network = build(num_classes=num_classes)
    if input_shape[0] != 3:
        take_channels(network, input_shape[0])
    return to_one_dimensional(network) if dims == 1 else network


def build_network(name, dims, input_shape, num_classes):
    if name in LENETS:
        return LENETS[name](Rank(dims), input_shape, num_classes)
    return of_torchvision(name, dims, input_shape, num_classes)


class Training:
    """A network with the batch that it trains on, again and again."""

    def __init__(self, model, batch, inputShape, numClasses):
        self.model = model.train()
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


def memory():
    """The process's resident memory, now and at its peak, from Linux; getrusage would count the parent's peak too."""
    try:
        fields = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    except OSError:
        return {"resident": None, "peak": None}
    return {key: 1024 * int(fields[name].split()[0]) for key, name in (("resident", "VmRSS"), ("peak", "VmHWM"))}


def build(model, dims, batch, inputShape, numClasses, threads):
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    network = build_network(model, dims, inputShape, numClasses)
    return None if network is None else Training(network, batch, inputShape, numClasses)


def main():
    training = None
    for line in sys.stdin:
        request = json.loads(line)
        if "build" in request:
            training = build(**request["build"])
            known = None if training is None else training.model.parameters()
            answer = {"parameters": None if known is None else sum(p.numel() for p in known)}
        elif "memory" in request:
            answer = memory()
        else:
            answer = {"ms": [training.step() for _ in range(request["steps"])]}
        print(json.dumps(answer), flush=True)


if __name__ == '__main__':
    main()
