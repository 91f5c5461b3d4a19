#!/usr/bin/env python3
"""Trains the detector of bccd.ts in torchvision, by the same recipe, and measures it with pycocotools.

    bccd_pytorch.py FOLDER [--seed 0] [--out FILE]

FOLDER is the folder BCCD of github.com/Shenggan/BCCD_Dataset. Needs torch, torchvision, Pillow and pycocotools (PyPI).
"""

import argparse
import contextlib
import io
import json
import math
import pathlib
import time
import xml.etree.ElementTree as xml

import numpy
import PIL.Image
import torch
import torchvision
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from torch import nn
from torchvision.models.detection import FasterRCNN
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.backbone_utils import BackboneWithFPN
from torchvision.models.detection.faster_rcnn import FastRCNNPredictor, TwoMLPHead
from torchvision.models.resnet import BasicBlock, ResNet

RECIPE = json.loads((pathlib.Path(__file__).resolve().parent / 'recipe.json').read_text())
CLASSES = ['Platelets', 'RBC', 'WBC']


class NarrowResNet(ResNet):
    """ResNet-18 whose first stage has `width` channels, first values as torchvision's."""

    def __init__(self, width):
        super().__init__(BasicBlock, [2, 2, 2, 2])
        self.inplanes = width
        self.conv1 = nn.Conv2d(3, width, 7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        for stage in range(4):
            layer = self._make_layer(BasicBlock, width * 2**stage, 2, stride=1 if stage == 0 else 2)
            setattr(self, f'layer{stage + 1}', layer)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode='fan_out', nonlinearity='relu')


def build():
    own = RECIPE['network']
    width, channels, size = own['width'], own['pyramidChannels'], own['representationSize']
    stages = {f'layer{i + 1}': str(i) for i in range(4)}
    body = NarrowResNet(width)
    backbone = BackboneWithFPN(body, stages, [width * 2**i for i in range(4)], channels)
    sizes = tuple(tuple(level) for level in own['anchorSizes'])
    return FasterRCNN(
        backbone,
        rpn_anchor_generator=AnchorGenerator(sizes, ((0.5, 1.0, 2.0),) * len(sizes)),
        box_head=TwoMLPHead(channels * 7**2, size),
        box_predictor=FastRCNNPredictor(size, len(CLASSES) + 1),
        min_size=own['minSize'],
        rpn_pre_nms_top_n_train=own['rpnPreNmsTopNTrain'],
        rpn_post_nms_top_n_train=own['rpnPostNmsTopNTrain'],
        rpn_pre_nms_top_n_test=own['rpnPreNmsTopNTest'],
        rpn_post_nms_top_n_test=own['rpnPostNmsTopNTest'],
        rpn_batch_size_per_image=own['rpnBatchSizePerImage'],
        box_batch_size_per_image=own['boxBatchSizePerImage'],
    )


def read(folder, image_set):
    """Pictures [3, H, W] from 0 to 1, resized, with objects of sides above 0, cut off at the borders."""
    samples = []
    for name in (folder / 'ImageSets' / 'Main' / f'{image_set}.txt').read_text().split():
        picture = PIL.Image.open(folder / 'JPEGImages' / f'{name}.jpg').convert('RGB')
        ratio = RECIPE['shorterSide'] / min(picture.size)
        size = [round(side * ratio) for side in picture.size]
        scales = [size[0] / picture.width, size[1] / picture.height] * 2
        pixels = numpy.asarray(picture.resize(size, PIL.Image.BILINEAR))
        boxes, labels = [], []
        for entry in xml.parse(folder / 'Annotations' / f'{name}.xml').getroot().iter('object'):
            corners = [float(entry.find(f'bndbox/{side}').text) for side in ('xmin', 'ymin', 'xmax', 'ymax')]
            x1, y1, x2, y2 = (value * scale for value, scale in zip(corners, scales))
            x1, y1, x2, y2 = max(x1, 0), max(y1, 0), min(x2, size[0]), min(y2, size[1])
            if x2 - x1 < 1 or y2 - y1 < 1:
                continue
            boxes.append([x1, y1, x2, y2])
            labels.append(CLASSES.index(entry.find('name').text) + 1)
        samples.append({
            'image': torch.from_numpy(pixels.transpose(2, 0, 1).astype(numpy.float32) / 255),
            'boxes': torch.tensor(boxes, dtype=torch.float32).reshape(-1, 4),
            'labels': torch.tensor(labels, dtype=torch.int64),
        })
    return samples


def mirrored(sample):
    boxes = sample['boxes'].clone()
    boxes[:, [0, 2]] = sample['image'].shape[2] - boxes[:, [2, 0]]
    return {**sample, 'image': sample['image'].flip(2), 'boxes': boxes}


def train(model, samples, generator):
    optimizer = torch.optim.SGD(
        model.parameters(),
        lr=RECIPE['learningRate'],
        momentum=RECIPE['momentum'],
        weight_decay=RECIPE['weightDecay'],
    )
    size, per_epoch = RECIPE['batchSize'], len(samples) // RECIPE['batchSize']
    steps = per_epoch * RECIPE['epochs']
    history, step, began = [], 0, time.perf_counter()
    for epoch in range(RECIPE['epochs']):
        order, total = torch.randperm(len(samples), generator=generator), 0.0
        for i in range(per_epoch):
            warm = min((step + 1) / RECIPE['warmupSteps'], 1)
            for group in optimizer.param_groups:
                group['lr'] = RECIPE['learningRate'] * warm * (1 + math.cos(math.pi * step / steps)) / 2
            batch = [samples[at] for at in order[i * size : (i + 1) * size]]
            flips = torch.rand(size, generator=generator) < 0.5
            batch = [mirrored(sample) if flip else sample for sample, flip in zip(batch, flips)]
            loss = sum(model([sample['image'] for sample in batch], batch).values())
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), RECIPE['clipNorm'])
            optimizer.step()
            total += loss.item()
            step += 1
        history.append(total / per_epoch)
        print(f'epoch {epoch + 1}: loss {history[-1]:.4f}, {(time.perf_counter() - began) / 60:.1f} minutes', flush=True)
    return history


@torch.no_grad()
def measure(model, samples):
    """COCO's numbers and the average precision of each class at an overlap of 0.5."""
    annotations, results = [], []
    for i, sample in enumerate(samples):
        found = model([sample['image']])[0]
        for kind, entries in ((annotations, sample), (results, found)):
            for k, (x1, y1, x2, y2) in enumerate(entries['boxes'].tolist()):
                kind.append({'id': len(kind) + 1, 'image_id': i + 1, 'category_id': int(entries['labels'][k]), 'bbox': [x1, y1, x2 - x1, y2 - y1], 'area': (x2 - x1) * (y2 - y1), 'iscrowd': 0})
                if entries is found:
                    kind[-1]['score'] = float(found['scores'][k])
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO()
        truth.dataset = {
            'info': {},
            'images': [{'id': i + 1} for i in range(len(samples))],
            'annotations': annotations,
            'categories': [{'id': k + 1} for k in range(len(CLASSES))],
        }
        truth.createIndex()
        evaluation = COCOeval(truth, truth.loadRes(results), 'bbox')
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    per_class = evaluation.eval['precision'][0, :, :, 0, 2].mean(0)
    map_, map50, map75 = (float(value) for value in evaluation.stats[:3])
    return {'map': map_, 'map50': map50, 'map75': map75, 'perClass': dict(zip(CLASSES, map(float, per_class)))}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('folder', type=pathlib.Path)
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument('--threads', type=int, default=1)
    parser.add_argument('--out', type=pathlib.Path)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    samples, test = read(options.folder, 'trainval'), read(options.folder, 'test')
    model = build()
    began, cpu_began = time.perf_counter(), time.process_time()
    history = train(model, samples, torch.Generator().manual_seed(options.seed + 1000))
    minutes, cpu_minutes = (time.perf_counter() - began) / 60, (time.process_time() - cpu_began) / 60
    model.eval()
    result = {
        'library': f'torch {torch.__version__}, torchvision {torchvision.__version__}',
        'seed': options.seed,
        'epochs': RECIPE['epochs'],
        **measure(model, test),
        'minutes': minutes,
        'cpuMinutes': cpu_minutes,
        'losses': history,
    }
    print(json.dumps(result))
    if options.out is not None:
        options.out.write_text(json.dumps(result, indent=2) + '\n')


if __name__ == '__main__':
    main()
