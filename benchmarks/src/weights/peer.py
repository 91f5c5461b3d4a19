"""PyTorch's side of against-pytorch.ts: reads commands from its input, one JSON a line, and answers each with one.

`write`: builds a network of torchvision with random weights, some of them learned statistics, saves its state dict, and
gives its logits. `read`: loads a state dict with weights_only and strict, and compares it with the network's.
"""

import json
import sys

import torch
import torchvision

networks = {}


def build(name):
    options = {"weights": None}
    if name in ("googlenet", "inception_v3"):
        options["init_weights"] = False
    torch.manual_seed(0)
    return getattr(torchvision.models, name)(**options)


def write(name, size, path, legacy):
    network = build(name)
    with torch.no_grad():
        # Statistics that batch norm would not have without training.
        for module in network.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.running_mean.normal_(0, 0.1)
                module.running_var.uniform_(0.8, 1.2)
        network.eval()
        inputs = torch.linspace(-1, 1, 3 * size * size).reshape(1, 3, size, size)
        logits = network(inputs)
    state = network.state_dict()
    torch.save(state, path, _use_new_zipfile_serialization=not legacy)
    networks.clear()
    networks[name] = network
    return {"logits": logits.flatten().tolist(), "tensors": len(state)}


def read(name, path):
    expected = networks[name].state_dict()
    state = torch.load(path, map_location="cpu", weights_only=True)
    network = build(name)
    network.load_state_dict(state, strict=True)
    differing = [key for key, tensor in network.state_dict().items() if not torch.equal(tensor, expected[key])]
    return {"differing": differing}


print(json.dumps({"torch": torch.__version__, "torchvision": torchvision.__version__}), flush=True)
for line in sys.stdin:
    command = json.loads(line)
    call = {"write": write, "read": read}[command.pop("command")]
    print(json.dumps(call(**command)), flush=True)
