import {
  BatchNorm,
  constant,
  Conv,
  Dropout,
  initWeights,
  kaimingNormal,
  kaimingUniform,
  Linear,
  makeDivisible,
  Module,
  ReLU,
  resolveOptions,
  Sequential,
  stemReduces,
  type Layer,
  type ModelOptions,
  type Stem,
} from '@convnet/layers';
import { adaptiveAvgPool, add, flatten, type Tensor } from '@convnet/tensor-core';

import { ranks } from './ranks.ts';

/** One stack of inverted residuals, whose first block has the stride. */
type Stack = readonly [
  kernel: number,
  stride: 1 | 2,
  expansion: number,
  channels: number,
  blocks: number,
];

/** The stacks of MnasNet-B1, the network without squeeze-and-excitation, for width 1. */
const stacks: readonly Stack[] = [
  [3, 2, 3, 24, 3],
  [5, 2, 3, 40, 3],
  [5, 2, 6, 80, 3],
  [3, 1, 6, 96, 2],
  [5, 2, 6, 192, 4],
  [3, 1, 6, 320, 1],
];

export interface MNASNetOptions extends ModelOptions<(typeof ranks)[number]> {
  /** Probability of the dropout before the classifier. Default 0.2. */
  readonly dropout?: number;
  /** 'cifar': the first convolution has stride 1, for inputs of about 32. Default 'imagenet'. */
  readonly stem?: Stem;
}

/** Batch norm that keeps 0.9997 of its running statistics at each step, as the authors' does. */
function norm(dims: number, channels: number): BatchNorm {
  return new BatchNorm(dims, channels, { momentum: 1 - 0.9997 });
}

/** Expand, filter each channel, project linearly; the input is added where shapes agree. */
class InvertedResidual extends Module {
  layers: Sequential;
  readonly #addsInput: boolean;

  constructor(
    dims: number,
    inChannels: number,
    outChannels: number,
    options: {
      readonly kernel: number;
      readonly stride: 1 | 2;
      readonly expansion: number;
    },
  ) {
    super();
    const { kernel, stride, expansion } = options;
    const middle = inChannels * expansion;
    const plain = { bias: false };
    const depthwise = { ...plain, padding: (kernel - 1) / 2, stride, groups: middle };
    this.layers = new Sequential([
      new Conv(dims, inChannels, middle, 1, plain),
      norm(dims, middle),
      new ReLU(),
      new Conv(dims, middle, middle, kernel, depthwise),
      norm(dims, middle),
      new ReLU(),
      new Conv(dims, middle, outChannels, 1, plain),
      norm(dims, outChannels),
    ]);
    this.#addsInput = stride === 1 && inChannels === outChannels;
  }

  override forward(x: Tensor): Tensor {
    const y = this.layers.forward(x);
    return this.#addsInput ? add(y, x) : y;
  }
}

/**
 * A convolution, a depthwise separable one, six stacks of inverted residuals, a pointwise convolution, a
 * linear classifier: [N, inChannels, …] -> [N, numClasses]. Tan et al., "MnasNet: Platform-Aware Neural
 * Architecture Search for Mobile", CVPR 2019.
 */
export class MNASNet extends Module {
  layers: Sequential;
  classifier: Sequential;

  /** `alpha` is the factor of all widths but the last, 1,280. */
  constructor(architecture: string, alpha: number, options: MNASNetOptions = {}) {
    super();
    this.architecture = architecture;
    const { dims, inChannels, numClasses, device, dropout, stem } = resolveOptions(
      architecture,
      options,
      { dropout: 0.2, stem: 'imagenet' },
      ranks,
    );
    const width = (channels: number): number => makeDivisible(channels * alpha);
    const stride = stemReduces(architecture, stem) ? 2 : 1;
    const plain = { bias: false };
    const padded = { ...plain, padding: 1 };
    const layers: Layer[] = [
      new Conv(dims, inChannels, width(32), 3, { ...padded, stride }),
      norm(dims, width(32)),
      new ReLU(),
      new Conv(dims, width(32), width(32), 3, { ...padded, groups: width(32) }),
      norm(dims, width(32)),
      new ReLU(),
      new Conv(dims, width(32), width(16), 1, plain),
      norm(dims, width(16)),
    ];
    let before = width(16);
    for (const [kernel, stride, expansion, channels, blocks] of stacks) {
      const stack = Array.from({ length: blocks }, (_, i) => {
        const first = i === 0;
        const block = { kernel, stride: first ? stride : 1, expansion } as const;
        return new InvertedResidual(dims, first ? before : width(channels), width(channels), block);
      });
      layers.push(new Sequential(stack));
      before = width(channels);
    }
    layers.push(new Conv(dims, before, 1280, 1, plain), norm(dims, 1280), new ReLU());
    this.layers = new Sequential(layers);
    this.classifier = new Sequential([new Dropout(dropout), new Linear(1280, numClasses)]);
    initWeights(
      this,
      (layer) => {
        if (layer instanceof Conv) return { weight: kaimingNormal({ mode: 'out' }) };
        if (layer instanceof Linear) {
          return { weight: kaimingUniform({ mode: 'out', gain: 1 }), bias: constant(0) };
        }
        return {};
      },
      device,
    );
  }

  override forward(x: Tensor): Tensor {
    return this.classifier.forward(flatten(adaptiveAvgPool(this.layers.forward(x), 1), 1));
  }
}

/** MnasNet of half width: 2,218,512 parameters, 104 M multiply-accumulates for 3x224x224. */
export function mnasnet0_5(options: MNASNetOptions = {}): MNASNet {
  return new MNASNet('mnasnet0_5', 0.5, options);
}

/** MnasNet of width 0.75: 3,170,208 parameters, 215 M multiply-accumulates for 3x224x224. */
export function mnasnet0_75(options: MNASNetOptions = {}): MNASNet {
  return new MNASNet('mnasnet0_75', 0.75, options);
}

/** MnasNet: 4,383,312 parameters, 314 M multiply-accumulates for 3x224x224. */
export function mnasnet1_0(options: MNASNetOptions = {}): MNASNet {
  return new MNASNet('mnasnet1_0', 1, options);
}

/** MnasNet of width 1.3: 6,282,256 parameters, 526 M multiply-accumulates for 3x224x224. */
export function mnasnet1_3(options: MNASNetOptions = {}): MNASNet {
  return new MNASNet('mnasnet1_3', 1.3, options);
}
