import {
  AvgPool,
  BatchNorm,
  Conv,
  initWeights,
  Linear,
  makeDivisible,
  MaxPool,
  Module,
  ownRules,
  pipe,
  ReLU,
  requireOneOf,
  resolveOptions,
  Sequential,
  stemReduces,
  type ModelOptions,
  type Stem,
} from '@convnet/layers';
import {
  adaptiveAvgPool,
  add,
  channelShuffle,
  concat,
  flatten,
  relu,
  type Tensor,
} from '@convnet/tensor-core';

import { ranks } from './ranks.ts';

/** Numbers of groups that table 1 has a column for. */
export type ShuffleNetGroups = 1 | 2 | 3 | 4 | 8;

/** Output channels of stages 2, 3 and 4 by the number of groups: table 1 of the paper. */
const table: Readonly<Record<ShuffleNetGroups, readonly [number, number, number]>> = {
  1: [144, 288, 576],
  2: [200, 400, 800],
  3: [240, 480, 960],
  4: [272, 544, 1088],
  8: [384, 768, 1536],
};

/** Units of stages 2, 3 and 4, the first of each with stride 2. */
const units = [4, 8, 4] as const;

export interface ShuffleNetV1Options extends ModelOptions<(typeof ranks)[number]> {
  /** Groups of the pointwise convolutions. Default 3. */
  readonly groups?: ShuffleNetGroups;
  /** The scale factor s of the paper, which gives 1, 0.5 and 0.25. Default 1. */
  readonly widthMult?: number;
  /** 'cifar': the first convolution has stride 1 and is not pooled. Default 'imagenet'. */
  readonly stem?: Stem;
}

/**
 * Grouped pointwise convolution, channel shuffle, depthwise convolution, grouped pointwise convolution;
 * the input is added, or with stride 2 pooled and put beside. Figure 2 (b) and (c).
 */
class ShuffleUnit extends Module {
  readonly groups: number;
  gconv1: Conv;
  bn1: BatchNorm;
  dwconv: Conv;
  bn2: BatchNorm;
  gconv2: Conv;
  bn3: BatchNorm;
  shortcut: AvgPool | null;

  /** `compressGroups`: groups of the first convolution, which differ where the input has few channels. */
  constructor(
    dims: number,
    inChannels: number,
    outChannels: number,
    options: {
      readonly groups: number;
      readonly compressGroups: number;
      readonly stride: 1 | 2;
    },
  ) {
    super();
    const { groups, compressGroups, stride } = options;
    const plain = { bias: false };
    const middle = outChannels / 4;
    const added = stride === 2 ? outChannels - inChannels : outChannels;
    this.groups = groups;
    this.gconv1 = new Conv(dims, inChannels, middle, 1, { ...plain, groups: compressGroups });
    this.bn1 = new BatchNorm(dims, middle);
    this.dwconv = new Conv(dims, middle, middle, 3, {
      ...plain,
      stride,
      padding: 1,
      groups: middle,
    });
    this.bn2 = new BatchNorm(dims, middle);
    this.gconv2 = new Conv(dims, middle, added, 1, { ...plain, groups });
    this.bn3 = new BatchNorm(dims, added);
    this.shortcut = stride === 2 ? new AvgPool(dims, 3, { stride: 2, padding: 1 }) : null;
  }

  override forward(x: Tensor): Tensor {
    const compressed = relu(this.bn1.forward(this.gconv1.forward(x)));
    const filtered = this.bn2.forward(this.dwconv.forward(channelShuffle(compressed, this.groups)));
    const y = this.bn3.forward(this.gconv2.forward(filtered));
    return relu(this.shortcut === null ? add(x, y) : concat([this.shortcut.forward(x), y], 1));
  }
}

/**
 * Channels of the first convolution and of stages 2, 3 and 4, scaled to the nearest numbers that the groups
 * divide: a unit convolves a quarter of its channels in groups, and adds to those of the first convolution.
 * @throws ArgumentError for a number of groups that table 1 lacks.
 */
function widthsOf(
  architecture: string,
  groups: ShuffleNetGroups,
  widthMult: number,
): readonly [number, number, number, number] {
  requireOneOf(architecture, 'groups', groups, [1, 2, 3, 4, 8]);
  const [stage2, stage3, stage4] = table[groups];
  const stage = (channels: number): number => makeDivisible(channels * widthMult, 4 * groups);
  return [makeDivisible(24 * widthMult, groups), stage(stage2), stage(stage3), stage(stage4)];
}

/**
 * A convolution, pooling, three stages of shuffle units, a linear classifier:
 * [N, inChannels, …] -> [N, numClasses]. Zhang et al., "ShuffleNet: An Extremely Efficient Convolutional
 * Neural Network for Mobile Devices", CVPR 2018.
 */
export class ShuffleNetV1 extends Module {
  conv1: Sequential;
  /** null with the 'cifar' stem. */
  maxpool: MaxPool | null;
  stage2: Sequential;
  stage3: Sequential;
  stage4: Sequential;
  fc: Linear;

  /** @throws ArgumentError for a number of groups that table 1 lacks. */
  constructor(architecture: string, options: ShuffleNetV1Options = {}) {
    super();
    this.architecture = architecture;
    const { dims, inChannels, numClasses, device, groups, widthMult, stem } = resolveOptions(
      architecture,
      options,
      { groups: 3, widthMult: 1, stem: 'imagenet' },
      ranks,
    );
    const widths = widthsOf(architecture, groups, widthMult);
    const reduces = stemReduces(architecture, stem);
    this.conv1 = new Sequential([
      new Conv(dims, inChannels, widths[0], 3, {
        stride: reduces ? 2 : 1,
        padding: 1,
        bias: false,
      }),
      new BatchNorm(dims, widths[0]),
      new ReLU(),
    ]);
    this.maxpool = reduces ? new MaxPool(dims, 3, { stride: 2, padding: 1 }) : null;
    // The input of the first unit has too few channels to divide.
    const stage = (i: 0 | 1 | 2): Sequential =>
      new Sequential(
        Array.from({ length: units[i] }, (_, unit) => {
          const isFirst = unit === 0;
          const compressGroups = isFirst && i === 0 ? 1 : groups;
          const from = isFirst ? widths[i] : widths[i + 1]!;
          const rest = { groups, compressGroups, stride: isFirst ? 2 : 1 } as const;
          return new ShuffleUnit(dims, from, widths[i + 1]!, rest);
        }),
      );
    this.stage2 = stage(0);
    this.stage3 = stage(1);
    this.stage4 = stage(2);
    this.fc = new Linear(widths[3], numClasses);
    initWeights(this, ownRules, device);
  }

  override forward(x: Tensor): Tensor {
    const { conv1, maxpool, stage2, stage3, stage4, fc } = this;
    const features = pipe(x, conv1, maxpool, stage2, stage3, stage4);
    return fc.forward(flatten(adaptiveAvgPool(features, 1), 1));
  }
}

/**
 * ShuffleNet v1: 1,865,728 parameters, 137 M multiply-accumulates for 3x224x224 with 3 groups (table 2:
 * 137 MFLOPs).
 */
export function shufflenet_v1(options: ShuffleNetV1Options = {}): ShuffleNetV1 {
  return new ShuffleNetV1('shufflenet_v1', options);
}
