import {
  AdaptiveAvgPool,
  BatchNorm,
  constant,
  Conv,
  ConvNormActivation,
  Dropout,
  initWeights,
  kaimingNormal,
  Linear,
  Module,
  normal,
  pipe,
  resolveOptions,
  Sequential,
  type ModelOptions,
} from '@convnet/layers';
import { add, flatten, relu, type Tensor } from '@convnet/tensor-core';

import { ranks } from './ranks.ts';

export interface MyFamilyOptions extends ModelOptions<(typeof ranks)[number]> {
  /** Probability of the dropout before the classifier. Default 0.2. */
  readonly dropout?: number;
}

/** The table of the paper: the width of each stage, and how many blocks it has. Each halves the extent. */
type Stages = readonly (readonly [width: number, blocks: number])[];

/** Two convolutions and what came in: relu(x + f(x)). [N, width, …] -> [N, width, …]. */
class Block extends Module {
  conv1: ConvNormActivation;
  conv2: ConvNormActivation;

  constructor(dims: number, width: number) {
    super();
    this.conv1 = new ConvNormActivation(dims, width, width, 3);
    this.conv2 = new ConvNormActivation(dims, width, width, 3, { activation: null });
  }

  override forward(x: Tensor): Tensor {
    return relu(add(x, pipe(x, this.conv1, this.conv2)));
  }
}

/** [N, inChannels, …] -> [N, numClasses]. Name the paper and its figure here. */
export class MyFamily extends Module {
  features: Sequential;
  avgpool: AdaptiveAvgPool;
  dropout: Dropout;
  fc: Linear;

  /** @throws ArgumentError for an option that there is not, or that is out of its range. */
  constructor(architecture: string, stages: Stages, options: MyFamilyOptions) {
    super();
    this.architecture = architecture;
    const resolved = resolveOptions(architecture, options, { dropout: 0.2 }, ranks);
    const { dims, inChannels, numClasses, dropout, device } = resolved;
    let channels = inChannels;
    const layers = stages.flatMap(([width, blocks]) => {
      const narrowing = new ConvNormActivation(dims, channels, width, 3, { stride: 2 });
      channels = width;
      return [narrowing, ...Array.from({ length: blocks }, () => new Block(dims, width))];
    });
    this.features = new Sequential(layers);
    this.avgpool = new AdaptiveAvgPool(dims, 1);
    this.dropout = new Dropout(dropout);
    this.fc = new Linear(channels, numClasses);
    // Layers have shapes only until here: now each weight is drawn once, by its rule, on the device.
    initWeights(
      this,
      (layer) => {
        if (layer instanceof Conv) return { weight: kaimingNormal({ mode: 'out' }) };
        if (layer instanceof BatchNorm) return { weight: constant(1), bias: constant(0) };
        return layer instanceof Linear ? { weight: normal(0, 0.01), bias: constant(0) } : {};
      },
      device,
    );
  }

  override forward(x: Tensor): Tensor {
    const pooled = flatten(pipe(x, this.features, this.avgpool), 1);
    return pipe(pooled, this.dropout, this.fc);
  }
}

/** Two stages. */
export function my_family_small(options: MyFamilyOptions = {}): MyFamily {
  return new MyFamily(
    'my_family_small',
    [
      [16, 1],
      [32, 1],
    ],
    options,
  );
}

/** Three stages. */
export function my_family(options: MyFamilyOptions = {}): MyFamily {
  return new MyFamily(
    'my_family',
    [
      [32, 1],
      [64, 1],
      [128, 1],
    ],
    options,
  );
}
