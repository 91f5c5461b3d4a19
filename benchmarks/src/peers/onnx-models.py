"""ONNX files of torchvision's networks with hashed weights, on request: a JSON object a line each way.

{"model", "inputShape", "file"} -> {"parameters": n}
"""

import json
import sys
import warnings
from pathlib import Path

import torch
import torchvision

sys.path.append(str(Path(__file__).resolve().parents[3] / 'packages/models/testing/python'))
from hashed import state_value

# The auxiliary heads of these are left out: inference does not run them.
OPTIONS = {
    'googlenet': {'aux_logits': False, 'init_weights': False},
    'inception_v3': {'aux_logits': False, 'init_weights': False},
}


def hashed_network(name):
    build = getattr(torchvision.models, name, None) or getattr(torchvision.models.video, name)
    network = build(weights=None, **OPTIONS.get(name, {}))
    keys = network.state_dict().keys()
    with torch.no_grad():
        for key, entry in network.state_dict().items():
            value = state_value(key, tuple(entry.shape), keys)
            if value is not None:
                entry.copy_(torch.from_numpy(value))
    return network.eval()


def export(model, inputShape, file):
    network = hashed_network(model)
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        torch.onnx.export(network, torch.zeros(inputShape), file, opset_version=13)
    return {'parameters': sum(p.numel() for p in network.parameters())}


for line in sys.stdin:
    print(json.dumps(export(**json.loads(line))), flush=True)
