import {
  AdaptiveAvgPool,
  initWeights,
  Linear,
  Module,
  pipe,
  requireCounts,
  resolveOptions,
  type ConvNormActivation,
} from '@convnet/layers';
import { flatten, type Tensor } from '@convnet/tensor-core';

import { convBlock, kerasRules } from './conv-block.ts';
import { requireKernelSizes, seriesDefaults, type TimeSeriesOptions } from './options.ts';
import { ranks } from './ranks.ts';

export interface FcnOptions extends TimeSeriesOptions {
  /** Channels of the first and last block; that between has twice as many. Default 128. */
  readonly width?: number;
  /** Of the three blocks. Default [8, 5, 3], as in the paper; tsai has [7, 5, 3]. */
  readonly kernelSizes?: readonly number[];
}

/**
 * The fully convolutional network: three blocks of convolution, batch norm and ReLU, the mean over time, a linear
 * classifier: [N, inChannels, L] -> [N, numClasses]. Wang, Yan and Oates, "Time Series Classification from Scratch with
 * Deep Neural Networks: A Strong Baseline", IJCNN 2017, section II-B. State-dict keys are those of tsai's `FCN`.
 */
export class Fcn extends Module {
  convblock1: ConvNormActivation;
  convblock2: ConvNormActivation;
  convblock3: ConvNormActivation;
  gap: AdaptiveAvgPool;
  fc: Linear;

  /** @throws ArgumentError for options out of range. */
  constructor(architecture: string, options: FcnOptions = {}) {
    super();
    this.architecture = architecture;
    const defaults = { ...seriesDefaults, width: 128, kernelSizes: [8, 5, 3] };
    const resolved = resolveOptions(architecture, options, defaults, ranks);
    const { inChannels, numClasses, width, kernelSizes, device } = resolved;
    requireCounts(architecture, { width });
    requireKernelSizes(architecture, kernelSizes);
    const [first, second, third] = kernelSizes as readonly [number, number, number];
    this.convblock1 = convBlock(inChannels, width, first);
    this.convblock2 = convBlock(width, 2 * width, second);
    this.convblock3 = convBlock(2 * width, width, third);
    this.gap = new AdaptiveAvgPool(1, 1);
    this.fc = new Linear(width, numClasses);
    initWeights(this, kerasRules, device);
  }

  override forward(x: Tensor): Tensor {
    const { convblock1, convblock2, convblock3, gap, fc } = this;
    return fc.forward(flatten(pipe(x, convblock1, convblock2, convblock3, gap), 1));
  }
}

/** The fully convolutional network of Wang et al., 0.26 M parameters. */
export function fcn_wang(options?: FcnOptions): Fcn {
  return new Fcn('fcn_wang', options);
}
