import {
  AdaptiveAvgPool,
  BatchNorm,
  Conv,
  initWeights,
  Linear,
  MaxPool,
  Module,
  ModuleList,
  pipe,
  ReLU,
  requireCounts,
  requireOneOf,
  resolveOptions,
  Sequential,
  type Layer,
} from '@convnet/layers';
import { add, concat, flatten, integerFrom, type Tensor } from '@convnet/tensor-core';

import { convNorm, kerasRules } from './conv-block.ts';
import { requireKernelSizes, seriesDefaults, type TimeSeriesOptions } from './options.ts';
import { ranks } from './ranks.ts';

/** Options of `inception_time`. */
export interface InceptionTimeOptions extends TimeSeriesOptions {
  /** Channels of the bottleneck and of each of a module's four branches. Default 32. */
  readonly width?: number;
  /** Inception modules; after every third one stands a shortcut. Default 6. */
  readonly depth?: number;
  /** Of the three branches with long kernels. Default [40, 20, 10], as in the paper; tsai has [39, 19, 9]. */
  readonly kernelSizes?: readonly number[];
  /**
   * What is on the shortcuts between equal widths. Default 'B', a 1x1 convolution and batch norm, as in the authors'
   * code; 'A' is batch norm alone, as in tsai.
   */
  readonly shortcut?: 'A' | 'B';
}

const unbiased = { padding: 'same', bias: false } as const;

/**
 * A bottleneck, then convolutions of three lengths over it and one over the maxima of the input, side by side:
 * [N, inChannels, L] -> [N, 4 width, L]. Figure 2 of the paper. One channel needs no bottleneck.
 */
class InceptionModule extends Module {
  bottleneck: Conv | null;
  convs: ModuleList<Conv>;
  maxconvpool: Sequential;
  bn: BatchNorm;
  relu: ReLU;

  constructor(inChannels: number, width: number, kernelSizes: readonly number[]) {
    super();
    this.bottleneck = inChannels > 1 ? new Conv(1, inChannels, width, 1, unbiased) : null;
    const convolved = this.bottleneck === null ? inChannels : width;
    this.convs = new ModuleList(
      kernelSizes.map((kernelSize) => new Conv(1, convolved, width, kernelSize, unbiased)),
    );
    this.maxconvpool = new Sequential([
      new MaxPool(1, 3, { stride: 1, padding: 1 }),
      new Conv(1, inChannels, width, 1, unbiased),
    ]);
    this.bn = new BatchNorm(1, 4 * width);
    this.relu = new ReLU();
  }

  override forward(x: Tensor): Tensor {
    const { bottleneck, convs, maxconvpool, bn, relu } = this;
    const narrow = pipe(x, bottleneck);
    const branches = Array.from(convs, (conv) => conv.forward(narrow));
    return pipe(concat([...branches, maxconvpool.forward(x)], 1), bn, relu);
  }
}

/** Inception modules; what went into each three is added to what comes out: [N, inChannels, L] -> [N, 4 width, L]. */
class InceptionBlock extends Module {
  inception: ModuleList<InceptionModule>;
  shortcut: ModuleList;
  relu: ReLU;

  constructor(
    inChannels: number,
    {
      width,
      depth,
      kernelSizes,
      shortcut,
    }: Required<Omit<InceptionTimeOptions, keyof TimeSeriesOptions>>,
  ) {
    super();
    const channels = 4 * width;
    this.inception = new ModuleList(
      Array.from(
        { length: depth },
        (_, i) => new InceptionModule(i === 0 ? inChannels : channels, width, kernelSizes),
      ),
    );
    this.shortcut = new ModuleList(
      Array.from({ length: Math.floor(depth / 3) }, (_, i): Layer => {
        const from = i === 0 ? inChannels : channels;
        const isBare = shortcut === 'A' && from === channels;
        return isBare ? new BatchNorm(1, channels) : convNorm(from, channels, 1);
      }),
    );
    this.relu = new ReLU();
  }

  override forward(x: Tensor): Tensor {
    const shortcuts = [...this.shortcut];
    let [y, before] = [x, x];
    for (const [i, module] of [...this.inception].entries()) {
      y = module.forward(y);
      if (i % 3 !== 2) continue;
      y = this.relu.forward(add(y, shortcuts[(i - 2) / 3]!.forward(before)));
      before = y;
    }
    return y;
  }
}

/**
 * One network of InceptionTime: Inception modules with shortcuts, the mean over time, a linear classifier:
 * [N, inChannels, L] -> [N, numClasses]. The paper's InceptionTime is an `Ensemble` of five of them. Ismail Fawaz et al.,
 * "InceptionTime: Finding AlexNet for Time Series Classification", Data Mining and Knowledge Discovery 34, 2020.
 * State-dict keys are those of tsai's `InceptionTime`.
 */
export class InceptionTime extends Module {
  inceptionblock: InceptionBlock;
  gap: AdaptiveAvgPool;
  fc: Linear;

  /** @throws ArgumentError for options out of range. */
  constructor(architecture: string, options: InceptionTimeOptions = {}) {
    super();
    this.architecture = architecture;
    const { inChannels, numClasses, device, ...own } = resolveOptions(
      architecture,
      options,
      { ...seriesDefaults, width: 32, depth: 6, kernelSizes: [40, 20, 10], shortcut: 'B' },
      ranks,
      // Deeper ones would be built for ever.
      { depth: integerFrom(1, 1000) },
    );
    requireCounts(architecture, { width: own.width });
    requireKernelSizes(architecture, own.kernelSizes);
    requireOneOf(architecture, 'shortcut', own.shortcut, ['A', 'B']);
    this.inceptionblock = new InceptionBlock(inChannels, own);
    this.gap = new AdaptiveAvgPool(1, 1);
    this.fc = new Linear(4 * own.width, numClasses);
    initWeights(this, kerasRules, device);
  }

  override forward(x: Tensor): Tensor {
    return this.fc.forward(flatten(pipe(x, this.inceptionblock, this.gap), 1));
  }
}

/** One network of InceptionTime, 0.42 M parameters. */
export function inception_time(options?: InceptionTimeOptions): InceptionTime {
  return new InceptionTime('inception_time', options);
}
