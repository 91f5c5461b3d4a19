"""Detectors of torchvision with hashed weights, on request: a JSON object a line on the standard input, and one a line back.

{"find": {"model", "inputShape", "sides", "factors", "threads"}} -> {"parameters": n, "boxes": [[x1, y1, x2, y2], ...], "scores": [...]}
{"train": {the same, "boxes", "labels", "learningRate"}}         -> {"parameters": n, "losses": {name: value}}
{"steps": n}                                                     -> {"ms": [...]}
"""

import json
import sys
import time
from pathlib import Path

import numpy
import torch
import torchvision
from torchvision.models import detection
from torchvision.models.detection.backbone_utils import _mobilenet_extractor, _resnet_fpn_extractor
from torchvision.ops.misc import FrozenBatchNorm2d

sys.path.append(str(Path(__file__).resolve().parents[3] / 'packages/models/testing/python'))
from hashed import state_value, uniform


def over_resnet(builder, **sizes):
    """With the frozen batch norm that the builder has for pretrained weights, without any."""
    body = torchvision.models.resnet50(norm_layer=FrozenBatchNorm2d)
    return builder(_resnet_fpn_extractor(body, 3), num_classes=91, **sizes)


def over_mobilenet():
    network = detection.fasterrcnn_mobilenet_v3_large_320_fpn(weights=None, weights_backbone=None)
    body = torchvision.models.mobilenet_v3_large(norm_layer=FrozenBatchNorm2d)
    network.backbone = _mobilenet_extractor(body, True, 3)
    return network


BUILDERS = {
    'fasterrcnn_resnet50_fpn': lambda **sizes: over_resnet(detection.FasterRCNN, **sizes),
    'maskrcnn_resnet50_fpn': lambda **sizes: over_resnet(detection.MaskRCNN, **sizes),
    'fasterrcnn_mobilenet_v3_large_320_fpn': over_mobilenet,
}


@torch.no_grad()
def fill(model, factors):
    """`factors`: what weights are multiplied by, by parts of their names."""
    state = model.state_dict()
    for key, entry in state.items():
        values = state_value(key, tuple(entry.shape), state.keys())
        if values is None:
            continue
        for part, factor in factors.items():
            if part in key:
                values = values * numpy.float32(factor)
        entry.copy_(torch.from_numpy(numpy.ascontiguousarray(values)))


class Detector:
    """A detector with its image."""

    def __init__(self, model, inputShape, factors, threads, sides=None):
        torch.set_num_threads(threads)
        sizes = {} if sides is None else {'min_size': sides['minSize'], 'max_size': sides['maxSize']}
        self.model = BUILDERS[model](**sizes)
        fill(self.model, factors)
        count = int(numpy.prod(inputShape))
        values = (uniform('image', count) + 1) / 2
        self.image = torch.from_numpy(values.astype(numpy.float32).reshape(inputShape))
        self.parameters = sum(p.numel() for p in self.model.parameters())


class Finding(Detector):
    """Looks at the image again and again."""

    def __init__(self, **detector):
        super().__init__(**detector)
        self.model.eval()

    @torch.no_grad()
    def step(self):
        return self.model([self.image])[0]

    def first(self):
        found = self.step()
        return {'boxes': found['boxes'].tolist(), 'scores': found['scores'].tolist()}


class Training(Detector):
    """Learns from the image again and again."""

    def __init__(self, boxes, labels, learningRate, **detector):
        super().__init__(**detector)
        torch.manual_seed(0)
        self.model.train()
        self.target = {'boxes': torch.tensor(boxes, dtype=torch.float32), 'labels': torch.tensor(labels)}
        learned = [p for p in self.model.parameters() if p.requires_grad]
        self.optimizer = torch.optim.SGD(learned, lr=learningRate, momentum=0.9)

    def step(self):
        losses = self.model([self.image], [self.target])
        self.optimizer.zero_grad()
        sum(losses.values()).backward()
        self.optimizer.step()
        return {name: loss.item() for name, loss in losses.items()}

    def first(self):
        return {'losses': self.step()}


def timed(step):
    start = time.perf_counter()
    step()
    return (time.perf_counter() - start) * 1000


def main():
    detector = None
    for line in sys.stdin:
        request = json.loads(line)
        if 'steps' in request:
            answer = {'ms': [timed(detector.step) for _ in range(request['steps'])]}
        else:
            detector = Finding(**request['find']) if 'find' in request else Training(**request['train'])
            answer = {'parameters': detector.parameters, **detector.first()}
        print(json.dumps(answer), flush=True)


main()
