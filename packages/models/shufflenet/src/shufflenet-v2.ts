import {
  BatchNorm,
  Conv,
  initWeights,
  Linear,
  MaxPool,
  Module,
  ownRules,
  pipe,
  ReLU,
  resolveOptions,
  Sequential,
  stemReduces,
  type ModelOptions,
  type Stem,
} from '@convnet/layers';
import {
  adaptiveAvgPool,
  channelShuffle,
  concat,
  flatten,
  split,
  type Tensor,
} from '@convnet/tensor-core';

import { ranks } from './ranks.ts';

/** Output channels of the first convolution, of stages 2, 3 and 4, and of the last convolution. */
type Widths = readonly [
  conv1: number,
  stage2: number,
  stage3: number,
  stage4: number,
  conv5: number,
];

/** Units of stages 2, 3 and 4, the first of each with stride 2: table 5 of the paper. */
const units = [4, 8, 4] as const;

export interface ShuffleNetV2Options extends ModelOptions<(typeof ranks)[number]> {
  /** 'cifar': the first convolution has stride 1 and is not pooled. Default 'imagenet'. */
  readonly stem?: Stem;
}

/** Pointwise, depthwise and pointwise convolution. ReLU follows the pointwise ones. */
function rightBranch(
  dims: number,
  inChannels: number,
  channels: number,
  stride: 1 | 2,
): Sequential {
  const plain = { bias: false };
  return new Sequential([
    new Conv(dims, inChannels, channels, 1, plain),
    new BatchNorm(dims, channels),
    new ReLU(),
    new Conv(dims, channels, channels, 3, { ...plain, stride, padding: 1, groups: channels }),
    new BatchNorm(dims, channels),
    new Conv(dims, channels, channels, 1, plain),
    new BatchNorm(dims, channels),
    new ReLU(),
  ]);
}

/** Depthwise and pointwise convolution: where the extent is halved, the left branch has layers too. */
function leftBranch(dims: number, inChannels: number, channels: number): Sequential {
  const plain = { bias: false };
  return new Sequential([
    new Conv(dims, inChannels, inChannels, 3, {
      ...plain,
      stride: 2,
      padding: 1,
      groups: inChannels,
    }),
    new BatchNorm(dims, inChannels),
    new Conv(dims, inChannels, channels, 1, plain),
    new BatchNorm(dims, channels),
    new ReLU(),
  ]);
}

/** Half of the channels pass unchanged beside the branch, then all are shuffled. Figure 3 (c). */
class Unit extends Module {
  branch2: Sequential;

  constructor(dims: number, channels: number) {
    super();
    this.branch2 = rightBranch(dims, channels / 2, channels / 2, 1);
  }

  override forward(x: Tensor): Tensor {
    const [left, right] = split(x, x.shape[1]! / 2, 1);
    return channelShuffle(concat([left!, this.branch2.forward(right!)], 1), 2);
  }
}

/** Both branches halve the extent of all channels. Figure 3 (d). */
class DownsamplingUnit extends Module {
  branch1: Sequential;
  branch2: Sequential;

  constructor(dims: number, inChannels: number, outChannels: number) {
    super();
    this.branch1 = leftBranch(dims, inChannels, outChannels / 2);
    this.branch2 = rightBranch(dims, inChannels, outChannels / 2, 2);
  }

  override forward(x: Tensor): Tensor {
    return channelShuffle(concat([this.branch1.forward(x), this.branch2.forward(x)], 1), 2);
  }
}

/**
 * A convolution, pooling, three stages of units, a pointwise convolution, a linear classifier:
 * [N, inChannels, …] -> [N, numClasses]. Ma et al., "ShuffleNet V2: Practical Guidelines for Efficient CNN
 * Architecture Design", ECCV 2018.
 */
export class ShuffleNetV2 extends Module {
  conv1: Sequential;
  /** null with the 'cifar' stem. */
  maxpool: MaxPool | null;
  stage2: Sequential;
  stage3: Sequential;
  stage4: Sequential;
  conv5: Sequential;
  fc: Linear;

  constructor(architecture: string, widths: Widths, options: ShuffleNetV2Options = {}) {
    super();
    this.architecture = architecture;
    const { dims, inChannels, numClasses, device, stem } = resolveOptions(
      architecture,
      options,
      {
        stem: 'imagenet',
      },
      ranks,
    );
    const reduces = stemReduces(architecture, stem);
    const convolution = (from: number, to: number, kernel: number, stride: 1 | 2): Sequential =>
      new Sequential([
        new Conv(dims, from, to, kernel, {
          stride,
          padding: (kernel - 1) / 2,
          bias: false,
        }),
        new BatchNorm(dims, to),
        new ReLU(),
      ]);
    const stage = (from: number, to: number, length: number): Sequential =>
      new Sequential(
        Array.from({ length }, (_, i) =>
          i === 0 ? new DownsamplingUnit(dims, from, to) : new Unit(dims, to),
        ),
      );
    this.conv1 = convolution(inChannels, widths[0], 3, reduces ? 2 : 1);
    this.maxpool = reduces ? new MaxPool(dims, 3, { stride: 2, padding: 1 }) : null;
    this.stage2 = stage(widths[0], widths[1], units[0]);
    this.stage3 = stage(widths[1], widths[2], units[1]);
    this.stage4 = stage(widths[2], widths[3], units[2]);
    this.conv5 = convolution(widths[3], widths[4], 1, 1);
    this.fc = new Linear(widths[4], numClasses);
    initWeights(this, ownRules, device);
  }

  override forward(x: Tensor): Tensor {
    const { conv1, maxpool, stage2, stage3, stage4, conv5, fc } = this;
    const features = pipe(x, conv1, maxpool, stage2, stage3, stage4, conv5);
    return fc.forward(flatten(adaptiveAvgPool(features, 1), 1));
  }
}

/** Widths of table 5, which names them by their factor. */
const widths = {
  x0_5: [24, 48, 96, 192, 1024],
  x1_0: [24, 116, 232, 464, 1024],
  x1_5: [24, 176, 352, 704, 1024],
  x2_0: [24, 244, 488, 976, 2048],
} as const satisfies Record<string, Widths>;

/** ShuffleNet v2 0.5x: 1,366,792 parameters, 40 M multiply-accumulates for 3x224x224. */
export function shufflenet_v2_x0_5(options: ShuffleNetV2Options = {}): ShuffleNetV2 {
  return new ShuffleNetV2('shufflenet_v2_x0_5', widths.x0_5, options);
}

/** ShuffleNet v2 1x: 2,278,604 parameters, 145 M multiply-accumulates for 3x224x224. */
export function shufflenet_v2_x1_0(options: ShuffleNetV2Options = {}): ShuffleNetV2 {
  return new ShuffleNetV2('shufflenet_v2_x1_0', widths.x1_0, options);
}

/** ShuffleNet v2 1.5x: 3,503,624 parameters, 296 M multiply-accumulates for 3x224x224. */
export function shufflenet_v2_x1_5(options: ShuffleNetV2Options = {}): ShuffleNetV2 {
  return new ShuffleNetV2('shufflenet_v2_x1_5', widths.x1_5, options);
}

/** ShuffleNet v2 2x: 7,393,996 parameters, 583 M multiply-accumulates for 3x224x224. */
export function shufflenet_v2_x2_0(options: ShuffleNetV2Options = {}): ShuffleNetV2 {
  return new ShuffleNetV2('shufflenet_v2_x2_0', widths.x2_0, options);
}
