"""Detectors of torchvision with hashed weights, on request: a JSON object a line on the standard input, and one a line back.

{"build": {"model", "inputShape", "threads"}} -> {"parameters": n, "boxes": [[x1, y1, x2, y2], ...], "scores": [...]}
{"steps": n}                                  -> {"ms": [...]}
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


def over_resnet(builder):
    """With the frozen batch norm that the builder has for pretrained weights, without any."""
    return builder(_resnet_fpn_extractor(torchvision.models.resnet50(norm_layer=FrozenBatchNorm2d), 3), num_classes=91)


def over_mobilenet():
    network = detection.fasterrcnn_mobilenet_v3_large_320_fpn(weights=None, weights_backbone=None)
    body = torchvision.models.mobilenet_v3_large(norm_layer=FrozenBatchNorm2d)
    network.backbone = _mobilenet_extractor(body, True, 3)
    return network


BUILDERS = {
    'fasterrcnn_resnet50_fpn': lambda: over_resnet(detection.FasterRCNN),
    'maskrcnn_resnet50_fpn': lambda: over_resnet(detection.MaskRCNN),
    'fasterrcnn_mobilenet_v3_large_320_fpn': over_mobilenet,
}


@torch.no_grad()
def fill(model):
    """Differences of boxes are kept small, so that boxes stay near their anchors."""
    state = model.state_dict()
    for key, entry in state.items():
        values = state_value(key, tuple(entry.shape), state.keys())
        if values is None:
            continue
        if 'bbox_pred' in key:
            values = values * numpy.float32(0.125)
        entry.copy_(torch.from_numpy(numpy.ascontiguousarray(values)))


class Finding:
    """A detector with the image that it looks at again and again."""

    def __init__(self, model, inputShape, threads):
        torch.set_num_threads(threads)
        self.model = BUILDERS[model]().eval()
        fill(self.model)
        count = int(numpy.prod(inputShape))
        values = (uniform('image', count) + 1) / 2
        self.image = torch.from_numpy(values.astype(numpy.float32).reshape(inputShape))

    @torch.no_grad()
    def find(self):
        return self.model([self.image])[0]

    def step(self):
        start = time.perf_counter()
        self.find()
        return (time.perf_counter() - start) * 1000


def main():
    finding = None
    for line in sys.stdin:
        request = json.loads(line)
        if 'build' in request:
            finding = Finding(**request['build'])
            found = finding.find()
            answer = {
                'parameters': sum(p.numel() for p in finding.model.parameters()),
                'boxes': found['boxes'].tolist(),
                'scores': found['scores'].tolist(),
            }
        else:
            answer = {'ms': [finding.step() for _ in range(request['steps'])]}
        print(json.dumps(answer), flush=True)


main()
