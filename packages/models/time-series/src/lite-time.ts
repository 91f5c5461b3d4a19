import {
  AdaptiveAvgPool,
  BatchNorm,
  Buffer,
  Conv,
  initWeights,
  Linear,
  Module,
  ModuleList,
  pipe,
  ReLU,
  requireCounts,
  resolveOptions,
  Sequential,
  type Initializer,
} from '@convnet/layers';
import { concat, conv, flatten, tensor, type Tensor } from '@convnet/tensor-core';

import { kerasRules } from './conv-block.ts';
import { requireKernelSizes, seriesDefaults, type TimeSeriesOptions } from './options.ts';
import { ranks } from './ranks.ts';

/** Options of `lite_time`. */
export interface LiteTimeOptions extends TimeSeriesOptions {
  /** Channels of each long convolution, and of what follows. Default 32. */
  readonly width?: number;
  /** Of the three convolutions of the first layer. Default [40, 20, 10]; half of the first two are those that follow. */
  readonly kernelSizes?: readonly number[];
}

/** Lengths of the filters that find rises and falls; peaks have all but the first, half as long again. */
const lengths = [2, 4, 8, 16, 32, 64];

/** Samples of the longest filter; shorter ones lie in its middle, between zeros. */
const longest = 96;

/** The made filters: where the series rises, where it falls, and peaks. Section III-B of the paper. */
export function madeFilters(): readonly (readonly number[])[] {
  const rises = lengths.map((length) => Array.from({ length }, (_, i) => (i % 2 === 0 ? -1 : 1)));
  const falls = rises.map((filter) => filter.map((value) => -value));
  const peaks = lengths.slice(1).map((length) => {
    const quarter = length / 4;
    const up = Array.from({ length: quarter }, (_, i) => ((i + 1) / quarter) ** 2);
    const hill = [...up, ...up.map((_, i) => up[quarter - 1 - i]!)];
    const valley = hill.map((value) => -value);
    return [...valley, ...hill.map((value) => 2 * value), ...valley];
  });
  return [...rises, ...falls, ...peaks];
}

/** The made filters as weights [17, inChannels, 96], the same for each channel. */
const filterValues: Initializer = (shape, device) => {
  const [, channels] = shape as readonly [number, number, number];
  const values = madeFilters().flatMap((filter) => {
    const zeros = Array.from({ length: (longest - filter.length) / 2 }, () => 0);
    const padded = [...zeros, ...filter, ...zeros];
    return Array.from({ length: channels }, () => padded).flat();
  });
  return tensor(values, shape, { device });
};

/** Convolutions with filters that are not learned, and ReLU: [N, inChannels, L] -> [N, 17, L]. */
class MadeFilters extends Module {
  static readonly count: number = 3 * lengths.length - 1;
  weight: Buffer;
  relu: ReLU;

  constructor(inChannels: number) {
    super();
    this.weight = new Buffer([MadeFilters.count, inChannels, longest], filterValues);
    this.relu = new ReLU();
  }

  override forward(x: Tensor): Tensor {
    return this.relu.forward(conv(x, this.weight, null, { padding: 'same' }));
  }
}

/** A convolution of each channel by itself, then one across them, batch norm and ReLU. */
function separable(
  inChannels: number,
  width: number,
  kernelSize: number,
  dilation: number,
): Sequential {
  const geometry = { padding: 'same', dilation, groups: inChannels, bias: false } as const;
  return new Sequential({
    depthwise: new Conv(1, inChannels, inChannels, kernelSize, geometry),
    pointwise: new Conv(1, inChannels, width, 1, { bias: false }),
    bn: new BatchNorm(1, width),
    relu: new ReLU(),
  });
}

/**
 * LITE: convolutions of three lengths beside filters that are made, not learned, then two dilated separable convolutions,
 * the mean over time, a linear classifier: [N, inChannels, L] -> [N, numClasses]. With a fortieth of the parameters of
 * InceptionTime it is as accurate. The paper's LITETime is an `Ensemble` of five. Ismail-Fawaz et al., "LITE: Light
 * Inception with boosTing tEchniques for Time Series Classification", DSAA 2023. The authors' code is Keras: the state-dict
 * keys are of convnet's own.
 */
export class LiteTime extends Module {
  convs: ModuleList<Conv>;
  hybrid: MadeFilters;
  bn: BatchNorm;
  relu: ReLU;
  fcn: ModuleList<Sequential>;
  gap: AdaptiveAvgPool;
  fc: Linear;

  /** @throws ArgumentError for options out of range. */
  constructor(architecture: string, options: LiteTimeOptions = {}) {
    super();
    this.architecture = architecture;
    const defaults = { ...seriesDefaults, width: 32, kernelSizes: [40, 20, 10] };
    const resolved = resolveOptions(architecture, options, defaults, ranks);
    const { inChannels, numClasses, width, kernelSizes, device } = resolved;
    requireCounts(architecture, { width });
    requireKernelSizes(architecture, kernelSizes);
    const unbiased = { padding: 'same', bias: false } as const;
    this.convs = new ModuleList(
      kernelSizes.map((kernelSize) => new Conv(1, inChannels, width, kernelSize, unbiased)),
    );
    this.hybrid = new MadeFilters(inChannels);
    const channels = 3 * width + MadeFilters.count;
    this.bn = new BatchNorm(1, channels);
    this.relu = new ReLU();
    const half = (kernelSize: number): number => Math.max(1, Math.floor(kernelSize / 2));
    const [first, second] = kernelSizes as readonly [number, number, number];
    this.fcn = new ModuleList([
      separable(channels, width, half(first), 2),
      separable(width, width, half(second), 4),
    ]);
    this.gap = new AdaptiveAvgPool(1, 1);
    this.fc = new Linear(width, numClasses);
    initWeights(this, kerasRules, device);
  }

  override forward(x: Tensor): Tensor {
    const branches = [...Array.from(this.convs, (one) => one.forward(x)), this.hybrid.forward(x)];
    const active = pipe(concat(branches, 1), this.bn, this.relu, ...this.fcn, this.gap);
    return this.fc.forward(flatten(active, 1));
  }
}

/** LITE, 9.9 k parameters. */
export function lite_time(options?: LiteTimeOptions): LiteTime {
  return new LiteTime('lite_time', options);
}
