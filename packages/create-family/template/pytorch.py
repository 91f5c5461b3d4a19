"""The networks of my-family in PyTorch. `npm run fixtures` writes what they give into `fixtures`."""

from torch import nn
from torch.nn import functional

from model_case import Model


def convolution(inputs, outputs, stride=1, activation=True):
    layers = [nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs)]
    return nn.Sequential(*layers, *([nn.ReLU()] if activation else []))


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.conv1 = convolution(width, width)
        self.conv2 = convolution(width, width, activation=False)

    def forward(self, x):
        return functional.relu(x + self.conv2(self.conv1(x)))


class MyFamily(nn.Module):
    def __init__(self, stages, num_classes=1000):
        super().__init__()
        layers, channels = [], 3
        for width, blocks in stages:
            layers += [convolution(channels, width, stride=2), *(Block(width) for _ in range(blocks))]
            channels = width
        self.features = nn.Sequential(*layers)
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.dropout = nn.Dropout(0.2)
        self.fc = nn.Linear(channels, num_classes)

    def forward(self, x):
        return self.fc(self.dropout(self.avgpool(self.features(x)).flatten(1)))


def model(name, stages):
    # Its 1-D twin is made of it; `image` and `signal` are the shapes of the inputs that are tried.
    return Model(
        name,
        lambda **arguments: MyFamily(stages, **arguments),
        image=(2, 3, 16, 16),
        signal=(2, 3, 32),
    )


MODELS = [
    model('my_family_small', [(16, 1), (32, 1)]),
    model('my_family', [(32, 1), (64, 1), (128, 1)]),
]
