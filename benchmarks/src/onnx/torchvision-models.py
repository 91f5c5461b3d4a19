"""PyTorch's side of against-pytorch.ts: reads commands from its input, one JSON a line, and answers each with one.

`list`: the convolutional classifiers of torchvision with at most so many parameters. `export`: builds one with random weights
from a seed, some of them learned statistics, writes it as ONNX with a dynamic batch, and gives its logits for two inputs. With
`folded` off batch norm stays as it is, and every weight keeps its name.
"""

import contextlib
import json
import os
import sys
import warnings

import torch
import torchvision

warnings.filterwarnings("ignore")

# Everything in torchvision.models that classifies images, but for transformers (vit_*, swin_*, maxvit_t).
CLASSIFIERS = """
alexnet
convnext_base convnext_small convnext_tiny
densenet121 densenet161 densenet169 densenet201
efficientnet_b0 efficientnet_b1 efficientnet_b2 efficientnet_b3 efficientnet_b4 efficientnet_b5 efficientnet_b6 efficientnet_b7
efficientnet_v2_l efficientnet_v2_m efficientnet_v2_s
googlenet inception_v3
mnasnet0_5 mnasnet0_75 mnasnet1_0 mnasnet1_3
mobilenet_v2 mobilenet_v3_large mobilenet_v3_small
regnet_x_16gf regnet_x_1_6gf regnet_x_32gf regnet_x_3_2gf regnet_x_400mf regnet_x_800mf regnet_x_8gf
regnet_y_16gf regnet_y_1_6gf regnet_y_32gf regnet_y_3_2gf regnet_y_400mf regnet_y_800mf regnet_y_8gf
resnet101 resnet152 resnet18 resnet34 resnet50 resnext101_32x8d resnext101_64x4d resnext50_32x4d
shufflenet_v2_x0_5 shufflenet_v2_x1_0 shufflenet_v2_x1_5 shufflenet_v2_x2_0
squeezenet1_0 squeezenet1_1
vgg11 vgg11_bn vgg13 vgg13_bn vgg16 vgg16_bn vgg19 vgg19_bn
wide_resnet101_2 wide_resnet50_2
""".split()


def build(name):
    options = {"weights": None}
    if name in ("googlenet", "inception_v3"):
        options["init_weights"] = False
    torch.manual_seed(0)
    network = getattr(torchvision.models, name)(**options)
    with torch.no_grad():
        # Statistics that batch norm would not have without training.
        for module in network.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.running_mean.normal_(0, 0.1)
                module.running_var.uniform_(0.8, 1.2)
    return network.eval()


def list_models(most):
    names = set(torchvision.models.list_models(module=torchvision.models))
    transformers = {name for name in names if name.startswith(("vit_", "swin_", "maxvit_"))}
    large = set()
    for name in sorted(names - transformers - set(CLASSIFIERS)):
        count = sum(p.numel() for p in build(name).parameters())
        if count > most:
            large.add(name)
    missing = names - transformers - large - set(CLASSIFIERS)
    assert not missing, f"not listed: {missing}"
    return {"names": CLASSIFIERS, "large": sorted(large)}


def export(name, size, path, opset, folded):
    network = build(name)
    inputs = torch.linspace(-1, 1, 2 * 3 * size * size).reshape(2, 3, size, size)
    with torch.no_grad():
        logits = network(inputs)
    training = torch.onnx.TrainingMode.EVAL if folded else torch.onnx.TrainingMode.PRESERVE
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):
        torch.onnx.export(
            network,
            inputs[:1],
            path,
            opset_version=opset,
            training=training,
            do_constant_folding=folded,
            input_names=["image"],
            output_names=["logits"],
            dynamic_axes={"image": {0: "batch"}, "logits": {0: "batch"}},
        )
    keys = [key for key in network.state_dict() if not key.endswith("num_batches_tracked")]
    auxiliary = [key for key in keys if key.startswith(("aux1.", "aux2.", "AuxLogits."))]
    return {
        "logits": logits.flatten().tolist(),
        "keys": [key for key in keys if key not in auxiliary],
        "parameters": sum(p.numel() for p in network.parameters()),
    }


for line in sys.stdin:
    command = json.loads(line)
    call = {"list": list_models, "export": export}[command.pop("command")]
    print(json.dumps(call(**command)), flush=True)
