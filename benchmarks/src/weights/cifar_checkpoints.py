"""PyTorch's side of cifar-checkpoints.ts: the classes that each checkpoint gives for a folder of images.

    python3 cifar_checkpoints.py <images> <resnet.py> <answers.json> <checkpoint.th ...>

`resnet.py` is that of akamaster/pytorch_resnet_cifar10; a checkpoint is named as its network: `resnet20-12fca82f.th`.
"""

import importlib.util
import json
import os
import sys

import numpy
import torch
from PIL import Image

images, source, answers, *checkpoints = sys.argv[1:]
spec = importlib.util.spec_from_file_location("resnet", source)
resnet = importlib.util.module_from_spec(spec)
spec.loader.exec_module(resnet)

# The normalisation of its trainer.py.
mean = torch.tensor([0.485, 0.456, 0.406]).reshape(1, 3, 1, 1)
std = torch.tensor([0.229, 0.224, 0.225]).reshape(1, 3, 1, 1)

classes = sorted(os.listdir(images))
pixels, labels = [], []
for label, name in enumerate(classes):
    folder = os.path.join(images, name)
    for file in sorted(os.listdir(folder)):
        pixels.append(numpy.asarray(Image.open(os.path.join(folder, file)).convert("RGB")))
        labels.append(label)
inputs = torch.from_numpy(numpy.stack(pixels)).permute(0, 3, 1, 2)
targets = torch.tensor(labels)

found = {"torch": torch.__version__, "images": len(labels), "networks": {}}
for path in checkpoints:
    name = os.path.basename(path).split("-")[0]
    model = torch.nn.DataParallel(getattr(resnet, name)())
    model.load_state_dict(torch.load(path, map_location="cpu")["state_dict"])
    model = model.module.eval()
    with torch.no_grad():
        logits = torch.cat([model((part.float() / 255 - mean) / std) for part in inputs.split(250)])
    predicted = logits.argmax(1)
    found["networks"][os.path.basename(path)] = {
        "accuracy": (predicted == targets).float().mean().item(),
        "predicted": predicted.tolist(),
        "firstLogits": logits[:100].flatten().tolist(),
    }
    print(path, found["networks"][os.path.basename(path)]["accuracy"], flush=True)
with open(answers, "w") as file:
    json.dump(found, file)
