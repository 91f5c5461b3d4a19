import {
  AdaptiveAvgPool,
  AvgPool,
  Conv,
  Dropout,
  initWeights,
  Linear,
  MaxPool,
  Module,
  normal,
  pipe,
  resolveOptions,
  type ModelOptions,
} from '@convnet/layers';
import { concat, flatten, type Tensor } from '@convnet/tensor-core';

import { BasicConv, type MakeConv } from './basic-conv.ts';
import { Branches } from './branches.ts';
import { transformInput } from './transform-input.ts';
import { ranks } from './ranks.ts';

export interface InceptionV3Options extends ModelOptions<(typeof ranks)[number]> {
  /** Adds a classifier in the middle of the network, for training. Default true. */
  readonly auxLogits?: boolean;
  /** Takes input normalised for other ImageNet weights, as the published ones need. Default false. */
  readonly transformInput?: boolean;
  /** Whether averages count the zeros around the input; those of Keras do not. Default true. */
  readonly countIncludePad?: boolean;
  /** Probability of the dropout before the classifier. Default 0.5. */
  readonly dropout?: number;
}

/** What Inception v3 with its auxiliary classifier gives in training; each [N, numClasses]. */
export interface InceptionV3Output {
  readonly logits: Tensor;
  /** Of the auxiliary classifier, after Mixed_6e. */
  readonly auxLogits: Tensor;
}

type MakeAverage = () => AvgPool;

const halving = { stride: 2, padding: 'valid' } as const;

/** Branches of 1x1, 5x5, twice 3x3, pooling; the extent stays. Figure 5. */
class InceptionA extends Branches {
  constructor(inChannels: number, poolChannels: number, conv: MakeConv, average: MakeAverage) {
    super(
      { branch1x1: conv(inChannels, 64, 1) },
      { branch5x5_1: conv(inChannels, 48, 1), branch5x5_2: conv(48, 64, 5) },
      {
        branch3x3dbl_1: conv(inChannels, 64, 1),
        branch3x3dbl_2: conv(64, 96, 3),
        branch3x3dbl_3: conv(96, 96, 3),
      },
      { pool: average(), branch_pool: conv(inChannels, poolChannels, 1) },
    );
  }
}

/** Branches of 3x3, twice 3x3, pooling; the extent is halved. Figure 10. */
class InceptionB extends Branches {
  constructor(dims: number, inChannels: number, conv: MakeConv) {
    super(
      { branch3x3: conv(inChannels, 384, 3, halving) },
      {
        branch3x3dbl_1: conv(inChannels, 64, 1),
        branch3x3dbl_2: conv(64, 96, 3),
        branch3x3dbl_3: conv(96, 96, 3, halving),
      },
      { pool: new MaxPool(dims, 3, { stride: 2 }) },
    );
  }
}

/** Branches of 1x1, 7x7, twice 7x7, pooling, with 7x7 as 1x7 and 7x1; the extent stays. Figure 6. */
class InceptionC extends Branches {
  /** `c7`: channels between the factors of the 7x7 convolutions. */
  constructor(inChannels: number, c7: number, conv: MakeConv, average: MakeAverage) {
    super(
      { branch1x1: conv(inChannels, 192, 1) },
      {
        branch7x7_1: conv(inChannels, c7, 1),
        branch7x7_2: conv(c7, c7, [1, 7]),
        branch7x7_3: conv(c7, 192, [7, 1]),
      },
      {
        branch7x7dbl_1: conv(inChannels, c7, 1),
        branch7x7dbl_2: conv(c7, c7, [7, 1]),
        branch7x7dbl_3: conv(c7, c7, [1, 7]),
        branch7x7dbl_4: conv(c7, c7, [7, 1]),
        branch7x7dbl_5: conv(c7, 192, [1, 7]),
      },
      { pool: average(), branch_pool: conv(inChannels, 192, 1) },
    );
  }
}

/** Branches of 3x3, 7x7 and 3x3, pooling; the extent is halved. */
class InceptionD extends Branches {
  constructor(dims: number, inChannels: number, conv: MakeConv) {
    super(
      { branch3x3_1: conv(inChannels, 192, 1), branch3x3_2: conv(192, 320, 3, halving) },
      {
        branch7x7x3_1: conv(inChannels, 192, 1),
        branch7x7x3_2: conv(192, 192, [1, 7]),
        branch7x7x3_3: conv(192, 192, [7, 1]),
        branch7x7x3_4: conv(192, 192, 3, halving),
      },
      { pool: new MaxPool(dims, 3, { stride: 2 }) },
    );
  }
}

/** Branches that end in a 1x3 beside a 3x1 convolution; the extent stays. Figure 7. */
class InceptionE extends Module {
  branch1x1: BasicConv;
  branch3x3_1: BasicConv;
  branch3x3_2a: BasicConv;
  branch3x3_2b: BasicConv;
  branch3x3dbl_1: BasicConv;
  branch3x3dbl_2: BasicConv;
  branch3x3dbl_3a: BasicConv;
  branch3x3dbl_3b: BasicConv;
  pool: AvgPool;
  branch_pool: BasicConv;

  constructor(inChannels: number, conv: MakeConv, average: MakeAverage) {
    super();
    this.branch1x1 = conv(inChannels, 320, 1);
    this.branch3x3_1 = conv(inChannels, 384, 1);
    this.branch3x3_2a = conv(384, 384, [1, 3]);
    this.branch3x3_2b = conv(384, 384, [3, 1]);
    this.branch3x3dbl_1 = conv(inChannels, 448, 1);
    this.branch3x3dbl_2 = conv(448, 384, 3);
    this.branch3x3dbl_3a = conv(384, 384, [1, 3]);
    this.branch3x3dbl_3b = conv(384, 384, [3, 1]);
    this.pool = average();
    this.branch_pool = conv(inChannels, 192, 1);
  }

  override forward(x: Tensor): Tensor {
    const once = this.branch3x3_1.forward(x);
    const twice = pipe(x, this.branch3x3dbl_1, this.branch3x3dbl_2);
    return concat(
      [
        this.branch1x1.forward(x),
        this.branch3x3_2a.forward(once),
        this.branch3x3_2b.forward(once),
        this.branch3x3dbl_3a.forward(twice),
        this.branch3x3dbl_3b.forward(twice),
        pipe(x, this.pool, this.branch_pool),
      ],
      1,
    );
  }
}

/** A classifier on features from the middle: [N, inChannels, …] -> [N, numClasses]. Figure 8. */
class AuxiliaryClassifier extends Module {
  pool: AvgPool;
  conv0: BasicConv;
  conv1: BasicConv;
  avgpool: AdaptiveAvgPool;
  fc: Linear;

  constructor(dims: number, inChannels: number, numClasses: number, conv: MakeConv) {
    super();
    this.pool = new AvgPool(dims, 5, { stride: 3 });
    this.conv0 = conv(inChannels, 128, 1);
    this.conv1 = conv(128, 768, 5, { padding: 'valid' });
    this.avgpool = new AdaptiveAvgPool(dims, 1);
    this.fc = new Linear(768, numClasses);
  }

  override forward(x: Tensor): Tensor {
    return this.fc.forward(flatten(pipe(x, this.pool, this.conv0, this.conv1, this.avgpool), 1));
  }
}

/**
 * Five convolutions, eleven inception modules, global pooling, a linear classifier:
 * [N, inChannels, …] -> [N, numClasses], and in training the auxiliary classifier's logits beside it.
 * Szegedy et al., "Rethinking the Inception Architecture for Computer Vision", CVPR 2016, table 1.
 */
export class InceptionV3<
  Output extends Tensor | InceptionV3Output = Tensor | InceptionV3Output,
> extends Module<[Tensor], Output> {
  readonly transformsInput: boolean;
  Conv2d_1a_3x3: BasicConv;
  Conv2d_2a_3x3: BasicConv;
  Conv2d_2b_3x3: BasicConv;
  maxpool1: MaxPool;
  Conv2d_3b_1x1: BasicConv;
  Conv2d_4a_3x3: BasicConv;
  maxpool2: MaxPool;
  Mixed_5b: InceptionA;
  Mixed_5c: InceptionA;
  Mixed_5d: InceptionA;
  Mixed_6a: InceptionB;
  Mixed_6b: InceptionC;
  Mixed_6c: InceptionC;
  Mixed_6d: InceptionC;
  Mixed_6e: InceptionC;
  AuxLogits: AuxiliaryClassifier | null;
  Mixed_7a: InceptionD;
  Mixed_7b: InceptionE;
  Mixed_7c: InceptionE;
  avgpool: AdaptiveAvgPool;
  dropout: Dropout;
  fc: Linear;

  constructor(architecture: string, options: InceptionV3Options = {}) {
    super();
    this.architecture = architecture;
    const resolved = resolveOptions(
      architecture,
      options,
      {
        auxLogits: true,
        transformInput: false,
        countIncludePad: true,
        dropout: 0.5,
      },
      ranks,
    );
    const { dims, inChannels, numClasses, countIncludePad, device } = resolved;
    const conv: MakeConv = (inChannels, outChannels, kernel, options) =>
      new BasicConv(dims, inChannels, outChannels, kernel, options);
    const average: MakeAverage = () =>
      new AvgPool(dims, 3, { stride: 1, padding: 1, countIncludePad });
    this.transformsInput = resolved.transformInput;

    // Extents of an image of 299: 149, 147, 147, 73, 73, 71, 35.
    this.Conv2d_1a_3x3 = conv(inChannels, 32, 3, { stride: 2, padding: 'valid' });
    this.Conv2d_2a_3x3 = conv(32, 32, 3, { padding: 'valid' });
    this.Conv2d_2b_3x3 = conv(32, 64, 3);
    this.maxpool1 = new MaxPool(dims, 3, { stride: 2 });
    this.Conv2d_3b_1x1 = conv(64, 80, 1);
    this.Conv2d_4a_3x3 = conv(80, 192, 3, { padding: 'valid' });
    this.maxpool2 = new MaxPool(dims, 3, { stride: 2 });
    // 35
    this.Mixed_5b = new InceptionA(192, 32, conv, average);
    this.Mixed_5c = new InceptionA(256, 64, conv, average);
    this.Mixed_5d = new InceptionA(288, 64, conv, average);
    // 17
    this.Mixed_6a = new InceptionB(dims, 288, conv);
    this.Mixed_6b = new InceptionC(768, 128, conv, average);
    this.Mixed_6c = new InceptionC(768, 160, conv, average);
    this.Mixed_6d = new InceptionC(768, 160, conv, average);
    this.Mixed_6e = new InceptionC(768, 192, conv, average);
    this.AuxLogits = resolved.auxLogits
      ? new AuxiliaryClassifier(dims, 768, numClasses, conv)
      : null;
    // 8
    this.Mixed_7a = new InceptionD(dims, 768, conv);
    this.Mixed_7b = new InceptionE(1280, conv, average);
    this.Mixed_7c = new InceptionE(2048, conv, average);
    this.avgpool = new AdaptiveAvgPool(dims, 1);
    this.dropout = new Dropout(resolved.dropout);
    this.fc = new Linear(2048, numClasses);

    initWeights(
      this,
      (layer) => {
        if (!(layer instanceof Conv || layer instanceof Linear)) return {};
        if (layer === this.AuxLogits?.conv1.conv) return { weight: normal(0, 0.01) };
        if (layer === this.AuxLogits?.fc) return { weight: normal(0, 0.001) };
        return { weight: normal(0, 0.1) };
      },
      device,
    );
  }

  override forward(input: Tensor): Output {
    const x = this.transformsInput ? transformInput(input) : input;
    const x2 = pipe(x, this.Conv2d_1a_3x3, this.Conv2d_2a_3x3, this.Conv2d_2b_3x3, this.maxpool1);
    const x4 = pipe(x2, this.Conv2d_3b_1x1, this.Conv2d_4a_3x3, this.maxpool2);
    const x5 = pipe(x4, this.Mixed_5b, this.Mixed_5c, this.Mixed_5d);
    const modules = [this.Mixed_6b, this.Mixed_6c, this.Mixed_6d, this.Mixed_6e];
    const x6 = pipe(x5, this.Mixed_6a, ...modules);
    const x7 = pipe(x6, this.Mixed_7a, this.Mixed_7b, this.Mixed_7c, this.avgpool);
    const logits = pipe(flatten(x7, 1), this.dropout, this.fc);
    if (!this.training || this.AuxLogits === null) return logits as Output;
    return { logits, auxLogits: this.AuxLogits.forward(x6) } as Output;
  }
}

/**
 * Inception v3: 27,161,264 parameters, of them 3,326,696 in the auxiliary classifier; 5.7 G
 * multiply-accumulates for 3x299x299.
 */
export function inception_v3(
  options: InceptionV3Options & { readonly auxLogits: false },
): InceptionV3<Tensor>;
export function inception_v3(options?: InceptionV3Options): InceptionV3;
export function inception_v3(options: InceptionV3Options = {}): InceptionV3 {
  return new InceptionV3('inception_v3', options);
}
