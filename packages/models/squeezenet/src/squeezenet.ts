import {
  AdaptiveAvgPool,
  constant,
  Conv,
  Dropout,
  initWeights,
  kaimingUniform,
  MaxPool,
  Module,
  normal,
  ReLU,
  resolveOptions,
  Sequential,
  type Layer,
  type ModelOptions,
} from '@convnet/layers';
import { concat, flatten, type Tensor } from '@convnet/tensor-core';

import { ranks } from './ranks.ts';

export interface SqueezeNetOptions extends ModelOptions<(typeof ranks)[number]> {
  /** Probability of the dropout before the classifier. Default 0.5. */
  readonly dropout?: number;
}

/** 1x1 convolutions to few channels, then 1x1 and 3x3 convolutions to many, side by side. Figure 1. */
class Fire extends Module {
  squeeze: Conv;
  squeeze_activation: ReLU;
  expand1x1: Conv;
  expand1x1_activation: ReLU;
  expand3x3: Conv;
  expand3x3_activation: ReLU;

  /** `squeezed` channels in between, `expanded` from each of the two branches. */
  constructor(dims: number, inChannels: number, squeezed: number, expanded: number) {
    super();
    this.squeeze = new Conv(dims, inChannels, squeezed, 1);
    this.squeeze_activation = new ReLU();
    this.expand1x1 = new Conv(dims, squeezed, expanded, 1);
    this.expand1x1_activation = new ReLU();
    this.expand3x3 = new Conv(dims, squeezed, expanded, 3, { padding: 1 });
    this.expand3x3_activation = new ReLU();
  }

  override forward(x: Tensor): Tensor {
    const squeezed = this.squeeze_activation.forward(this.squeeze.forward(x));
    return concat(
      [
        this.expand1x1_activation.forward(this.expand1x1.forward(squeezed)),
        this.expand3x3_activation.forward(this.expand3x3.forward(squeezed)),
      ],
      1,
    );
  }
}

/** Squeezed and expanded channels of fire modules 2 to 9: table 1 of the paper. */
const fires = [
  [16, 64],
  [16, 64],
  [32, 128],
  [32, 128],
  [48, 192],
  [48, 192],
  [64, 256],
  [64, 256],
] as const;

/** What differs between the versions. */
interface Version {
  readonly stem: { readonly channels: number; readonly kernelSize: number };
  /** Numbers of the fire modules that a pooling stands before; one also stands before the first. */
  readonly poolBefore: readonly number[];
}

/**
 * A convolution, eight fire modules, and a convolution whose maps' means are the logits:
 * [N, inChannels, …] -> [N, numClasses]. Iandola et al., "SqueezeNet: AlexNet-level accuracy with 50x fewer
 * parameters and <0.5MB model size", 2016.
 */
export class SqueezeNet extends Module {
  features: Sequential;
  classifier: Sequential;

  constructor(architecture: string, { stem, poolBefore }: Version, options: SqueezeNetOptions) {
    super();
    this.architecture = architecture;
    const { dims, inChannels, numClasses, dropout, device } = resolveOptions(
      architecture,
      options,
      {
        dropout: 0.5,
      },
      ranks,
    );
    const pool = (): Layer => new MaxPool(dims, 3, { stride: 2, ceilMode: true });
    const layers: Layer[] = [
      new Conv(dims, inChannels, stem.channels, stem.kernelSize, { stride: 2 }),
      new ReLU(),
      pool(),
    ];
    let channels = stem.channels;
    for (const [i, [squeezed, expanded]] of fires.entries()) {
      if (poolBefore.includes(i + 2)) layers.push(pool());
      layers.push(new Fire(dims, channels, squeezed, expanded));
      channels = 2 * expanded;
    }
    this.features = new Sequential(layers);
    const classify = new Conv(dims, channels, numClasses, 1);
    this.classifier = new Sequential([
      new Dropout(dropout),
      classify,
      new ReLU(),
      new AdaptiveAvgPool(dims, 1),
    ]);
    initWeights(
      this,
      (layer) => {
        if (!(layer instanceof Conv)) return {};
        return {
          weight: layer === classify ? normal(0, 0.01) : kaimingUniform(),
          bias: constant(0),
        };
      },
      device,
    );
  }

  override forward(x: Tensor): Tensor {
    return flatten(this.classifier.forward(this.features.forward(x)), 1);
  }
}

/** As in the paper, 1.25 M parameters. */
export function squeezenet1_0(options: SqueezeNetOptions = {}): SqueezeNet {
  const version = { stem: { channels: 96, kernelSize: 7 }, poolBefore: [5, 9] };
  return new SqueezeNet('squeezenet1_0', version, options);
}

/**
 * A smaller stem and earlier pooling: 1.24 M parameters and 2.4 times less work, from the authors'
 * repository.
 */
export function squeezenet1_1(options: SqueezeNetOptions = {}): SqueezeNet {
  const version = { stem: { channels: 64, kernelSize: 3 }, poolBefore: [4, 6] };
  return new SqueezeNet('squeezenet1_1', version, options);
}
