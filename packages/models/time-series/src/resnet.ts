import {
  AdaptiveAvgPool,
  BatchNorm,
  initWeights,
  Linear,
  Module,
  pipe,
  ReLU,
  requireCounts,
  resolveOptions,
  type ConvNormActivation,
  type Layer,
} from '@convnet/layers';
import { add, flatten, type Tensor } from '@convnet/tensor-core';

import { convBlock, convNorm, kerasRules } from './conv-block.ts';
import { requireKernelSizes, seriesDefaults, type TimeSeriesOptions } from './options.ts';
import { ranks } from './ranks.ts';

export interface TimeResNetOptions extends TimeSeriesOptions {
  /** Channels of the first block; the others have twice as many. Default 64. */
  readonly width?: number;
  /** Of the three convolutions of each block. Default [8, 5, 3], as in the paper; tsai has [7, 5, 3]. */
  readonly kernelSizes?: readonly number[];
}

/** Three convolutions, added to what went in: [N, inChannels, L] -> [N, planes, L]. */
class ResBlock extends Module {
  convblock1: ConvNormActivation;
  convblock2: ConvNormActivation;
  convblock3: ConvNormActivation;
  /** Batch norm, behind a 1x1 convolution where the channels differ. */
  shortcut: Layer;
  relu: ReLU;

  constructor(inChannels: number, planes: number, kernelSizes: readonly number[]) {
    super();
    const [first, second, third] = kernelSizes as readonly [number, number, number];
    this.convblock1 = convBlock(inChannels, planes, first);
    this.convblock2 = convBlock(planes, planes, second);
    this.convblock3 = convNorm(planes, planes, third);
    this.shortcut =
      inChannels === planes ? new BatchNorm(1, planes) : convNorm(inChannels, planes, 1);
    this.relu = new ReLU();
  }

  override forward(x: Tensor): Tensor {
    const { convblock1, convblock2, convblock3, shortcut, relu } = this;
    return relu.forward(add(pipe(x, convblock1, convblock2, convblock3), shortcut.forward(x)));
  }
}

/**
 * Three residual blocks that keep every sample, the mean over time, a linear classifier:
 * [N, inChannels, L] -> [N, numClasses]. Wang, Yan and Oates, "Time Series Classification from Scratch with Deep Neural
 * Networks: A Strong Baseline", IJCNN 2017, section II-C. State-dict keys are those of tsai's `ResNet`.
 */
export class TimeResNet extends Module {
  resblock1: ResBlock;
  resblock2: ResBlock;
  resblock3: ResBlock;
  gap: AdaptiveAvgPool;
  fc: Linear;

  /** @throws ArgumentError for options out of range. */
  constructor(architecture: string, options: TimeResNetOptions = {}) {
    super();
    this.architecture = architecture;
    const defaults = { ...seriesDefaults, width: 64, kernelSizes: [8, 5, 3] };
    const resolved = resolveOptions(architecture, options, defaults, ranks);
    const { inChannels, numClasses, width, kernelSizes, device } = resolved;
    requireCounts(architecture, { width });
    requireKernelSizes(architecture, kernelSizes);
    this.resblock1 = new ResBlock(inChannels, width, kernelSizes);
    this.resblock2 = new ResBlock(width, 2 * width, kernelSizes);
    this.resblock3 = new ResBlock(2 * width, 2 * width, kernelSizes);
    this.gap = new AdaptiveAvgPool(1, 1);
    this.fc = new Linear(2 * width, numClasses);
    initWeights(this, kerasRules, device);
  }

  override forward(x: Tensor): Tensor {
    const { resblock1, resblock2, resblock3, gap, fc } = this;
    return fc.forward(flatten(pipe(x, resblock1, resblock2, resblock3, gap), 1));
  }
}

/** The residual network of Wang et al. for time series, 0.50 M parameters. */
export function resnet_wang(options?: TimeResNetOptions): TimeResNet {
  return new TimeResNet('resnet_wang', options);
}
