"""The recipe of `convnet train` on CIFAR-10 in PyTorch, for a comparison: cifar10_pytorch.py FOLDER [SEED].

The same network (resnet18 with 32 planes), pictures, preparation, random changes, optimiser, schedule and epochs as
    convnet train --data FOLDER --model resnet18 --option width=32 --epochs 8 --batch-size 64 --learning-rate 0.003
FOLDER has train/<class>/* and test/<class>/*.
"""

import sys

import torch
import torch.nn.functional as F
from torch import nn
from torchvision import datasets, transforms
from torchvision.models.resnet import BasicBlock, ResNet

folder, seed = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 0
EPOCHS, BATCH, RATE, WIDTH = 8, 64, 0.003, 32


def network():
    """torchvision's resnet18 with half of its channels everywhere: 2.8 million parameters."""
    model = ResNet(BasicBlock, [2, 2, 2, 2], num_classes=10)
    model.inplanes = WIDTH
    model.conv1 = nn.Conv2d(3, WIDTH, 7, 2, 3, bias=False)
    model.bn1 = nn.BatchNorm2d(WIDTH)
    for stage in range(4):
        layer = model._make_layer(BasicBlock, WIDTH * 2**stage, 2, stride=1 if stage == 0 else 2)
        setattr(model, f"layer{stage + 1}", layer)
    model.fc = nn.Linear(8 * WIDTH, 10)
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
    return model


class InMemory(torch.utils.data.Dataset):
    """Pictures that are decoded once, as the command line keeps them."""

    def __init__(self, root, transform):
        found = datasets.ImageFolder(root)
        self.samples = [found[i] for i in range(len(found))]
        self.transform = transform

    def __len__(self):
        return len(self.samples)

    def __getitem__(self, index):
        image, label = self.samples[index]
        return self.transform(image), label


torch.manual_seed(seed)
arrays = [transforms.ToTensor(), transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])]
changes = [transforms.RandomCrop(32, padding=4), transforms.RandomHorizontalFlip()]
train = InMemory(f"{folder}/train", transforms.Compose(changes + arrays))
test = InMemory(f"{folder}/test", transforms.Compose(arrays))
train_loader = torch.utils.data.DataLoader(train, BATCH, shuffle=True)
test_loader = torch.utils.data.DataLoader(test, 256)

model = network()
print(sum(p.numel() for p in model.parameters()), "parameters", flush=True)
optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=0.01)
schedule = torch.optim.lr_scheduler.OneCycleLR(
    optimizer, max_lr=RATE, total_steps=EPOCHS * len(train_loader), cycle_momentum=False
)
for epoch in range(EPOCHS):
    model.train()
    total = 0.0
    for x, y in train_loader:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        schedule.step()
        total += loss.item() * len(y)
    model.eval()
    with torch.no_grad():
        right = sum((model(x).argmax(1) == y).sum().item() for x, y in test_loader)
    print(f"epoch {epoch + 1}/{EPOCHS}  loss {total / len(train):.4f}  accuracy {right / len(test):.4f}", flush=True)
