import {
  fasterrcnn_mobilenet_v3_large_320_fpn,
  fasterrcnn_resnet50_fpn,
  maskrcnn_resnet50_fpn,
  type RCNN,
} from '@convnet/detection';
import { hashedValues, useHashedWeights } from '@convnet/model-testing/hashed';
import { mul, tensor, type Device, type Tensor } from '@convnet/tensor-core';

/** Pixels that the shorter and the longer side of an image are brought to. */
export interface Sides {
  readonly minSize: number;
  readonly maxSize: number;
}

/** A detector and the image that it is timed with. */
export interface TimedDetector {
  readonly name: string;
  /** 'inference': from pixels to boxes on the host. 'training step': losses of one image, their gradients, and SGD. */
  readonly work: 'inference' | 'training step';
  readonly build: (sides?: Sides) => RCNN;
  /** Where the builder has others by default. */
  readonly sides?: Sides;
  /** [C, H, W] */
  readonly inputShape: readonly [number, number, number];
}

/** The first is that of the paper, at the size that torchvision's are measured at. */
export const timedDetectors: readonly TimedDetector[] = [
  {
    name: 'fasterrcnn_resnet50_fpn',
    work: 'inference',
    build: fasterrcnn_resnet50_fpn,
    inputShape: [3, 800, 1066],
  },
  {
    name: 'maskrcnn_resnet50_fpn',
    work: 'inference',
    build: maskrcnn_resnet50_fpn,
    inputShape: [3, 800, 1066],
  },
  {
    name: 'fasterrcnn_mobilenet_v3_large_320_fpn',
    work: 'inference',
    build: fasterrcnn_mobilenet_v3_large_320_fpn,
    inputShape: [3, 320, 426],
  },
  {
    name: 'fasterrcnn_resnet50_fpn',
    work: 'training step',
    build: fasterrcnn_resnet50_fpn,
    sides: { minSize: 320, maxSize: 640 },
    inputShape: [3, 320, 426],
  },
];

export const timedNames: readonly string[] = [...new Set(timedDetectors.map(({ name }) => name))];

/** Of weights that would otherwise take boxes far from their anchors, or make scores all 1, which one then comes first by chance. */
export const weightFactors: Readonly<Record<string, number>> = {
  bbox_pred: 1 / 8,
  cls_score: 1 / 8,
  cls_logits: 1 / 64,
};

/** The detector on a device, with hashed weights. */
export async function withHashedWeights(
  { build, sides }: TimedDetector,
  device: Device,
): Promise<RCNN> {
  const model = build(sides);
  useHashedWeights(model);
  for (const [key, entry] of model.stateDict()) {
    const part = Object.keys(weightFactors).find((name) => key.includes(name));
    if (part === undefined) continue;
    const { initializer } = entry;
    entry.initializer = (shape, on) => mul(initializer(shape, on), weightFactors[part]!);
  }
  await model.to(device);
  return model;
}

/** Makes the image of a detector again and again. */
export function imageOf({ inputShape }: TimedDetector, device: Device): () => Tensor {
  const count = inputShape.reduce((product, extent) => product * extent, 1);
  const values = hashedValues('image', count).map((value) => (value + 1) / 2);
  return () => tensor(values, inputShape, { device });
}
