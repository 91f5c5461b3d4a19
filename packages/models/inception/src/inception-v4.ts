import {
  AdaptiveAvgPool,
  AvgPool,
  Dropout,
  initWeights,
  Linear,
  MaxPool,
  Module,
  ownRules,
  pipe,
  resolveOptions,
  Sequential,
  type ModelOptions,
} from '@convnet/layers';
import { concat, flatten, type Tensor } from '@convnet/tensor-core';

import { BasicConv, type MakeConv } from './basic-conv.ts';
import { Branches } from './branches.ts';
import { ranks } from './ranks.ts';

export interface InceptionV4Options extends ModelOptions<(typeof ranks)[number]> {
  /** Probability of the dropout before the classifier. Default 0.2. */
  readonly dropout?: number;
}

const valid = { padding: 'valid' } as const;
const halving = { stride: 2, padding: 'valid' } as const;

/** Means over 3x3 windows; zeros beyond the edge do not count. */
function averaging(dims: number): AvgPool {
  return new AvgPool(dims, 3, { stride: 1, padding: 1, countIncludePad: false });
}

/** The stem: [N, inChannels, 299, 299] -> [N, 384, 35, 35]. Figure 3. */
function stem(dims: number, inChannels: number, conv: MakeConv): Module[] {
  return [
    conv(inChannels, 32, 3, halving),
    conv(32, 32, 3, valid),
    conv(32, 64, 3),
    new Branches(
      { maxpool: new MaxPool(dims, 3, { stride: 2 }) },
      { conv: conv(64, 96, 3, halving) },
    ),
    new Branches(
      { branch0: new Sequential([conv(160, 64, 1), conv(64, 96, 3, valid)]) },
      {
        branch1: new Sequential([
          conv(160, 64, 1),
          conv(64, 64, [1, 7]),
          conv(64, 64, [7, 1]),
          conv(64, 96, 3, valid),
        ]),
      },
    ),
    new Branches(
      { conv: conv(192, 192, 3, halving) },
      { maxpool: new MaxPool(dims, 3, { stride: 2 }) },
    ),
  ];
}

/** [N, 384, …] -> the same. Figure 4. */
class InceptionA extends Branches {
  constructor(dims: number, conv: MakeConv) {
    super(
      { branch0: conv(384, 96, 1) },
      { branch1: new Sequential([conv(384, 64, 1), conv(64, 96, 3)]) },
      { branch2: new Sequential([conv(384, 64, 1), conv(64, 96, 3), conv(96, 96, 3)]) },
      { branch3: new Sequential([averaging(dims), conv(384, 96, 1)]) },
    );
  }
}

/** [N, 384, 35, 35] -> [N, 1024, 17, 17]. Figure 7 with k, l, m, n = 192, 224, 256, 384. */
class ReductionA extends Branches {
  constructor(dims: number, conv: MakeConv) {
    super(
      { branch0: conv(384, 384, 3, halving) },
      {
        branch1: new Sequential([conv(384, 192, 1), conv(192, 224, 3), conv(224, 256, 3, halving)]),
      },
      { branch2: new MaxPool(dims, 3, { stride: 2 }) },
    );
  }
}

/** [N, 1024, …] -> the same. Figure 5. */
class InceptionB extends Branches {
  constructor(dims: number, conv: MakeConv) {
    super(
      { branch0: conv(1024, 384, 1) },
      {
        branch1: new Sequential([
          conv(1024, 192, 1),
          conv(192, 224, [1, 7]),
          conv(224, 256, [7, 1]),
        ]),
      },
      {
        branch2: new Sequential([
          conv(1024, 192, 1),
          conv(192, 192, [7, 1]),
          conv(192, 224, [1, 7]),
          conv(224, 224, [7, 1]),
          conv(224, 256, [1, 7]),
        ]),
      },
      { branch3: new Sequential([averaging(dims), conv(1024, 128, 1)]) },
    );
  }
}

/** [N, 1024, 17, 17] -> [N, 1536, 8, 8]. Figure 8. */
class ReductionB extends Branches {
  constructor(dims: number, conv: MakeConv) {
    super(
      { branch0: new Sequential([conv(1024, 192, 1), conv(192, 192, 3, halving)]) },
      {
        branch1: new Sequential([
          conv(1024, 256, 1),
          conv(256, 256, [1, 7]),
          conv(256, 320, [7, 1]),
          conv(320, 320, 3, halving),
        ]),
      },
      { branch2: new MaxPool(dims, 3, { stride: 2 }) },
    );
  }
}

/** [N, 1536, …] -> the same; two branches end in a 1x3 beside a 3x1 convolution. Figure 6. */
class InceptionC extends Module {
  branch0: BasicConv;
  branch1_0: BasicConv;
  branch1_1a: BasicConv;
  branch1_1b: BasicConv;
  branch2_0: BasicConv;
  branch2_1: BasicConv;
  branch2_2: BasicConv;
  branch2_3a: BasicConv;
  branch2_3b: BasicConv;
  branch3: Sequential;

  constructor(dims: number, conv: MakeConv) {
    super();
    this.branch0 = conv(1536, 256, 1);
    this.branch1_0 = conv(1536, 384, 1);
    this.branch1_1a = conv(384, 256, [1, 3]);
    this.branch1_1b = conv(384, 256, [3, 1]);
    this.branch2_0 = conv(1536, 384, 1);
    this.branch2_1 = conv(384, 448, [3, 1]);
    this.branch2_2 = conv(448, 512, [1, 3]);
    this.branch2_3a = conv(512, 256, [1, 3]);
    this.branch2_3b = conv(512, 256, [3, 1]);
    this.branch3 = new Sequential([averaging(dims), conv(1536, 256, 1)]);
  }

  override forward(x: Tensor): Tensor {
    const short = this.branch1_0.forward(x);
    const long = pipe(x, this.branch2_0, this.branch2_1, this.branch2_2);
    return concat(
      [
        this.branch0.forward(x),
        this.branch1_1a.forward(short),
        this.branch1_1b.forward(short),
        this.branch2_3a.forward(long),
        this.branch2_3b.forward(long),
        this.branch3.forward(x),
      ],
      1,
    );
  }
}

/**
 * A stem, fourteen inception modules with two reductions between, global pooling, a linear classifier:
 * [N, inChannels, …] -> [N, numClasses]. Szegedy et al., "Inception-v4, Inception-ResNet and the Impact of
 * Residual Connections on Learning", AAAI 2017, figure 9.
 */
export class InceptionV4 extends Module {
  features: Sequential;
  avgpool: AdaptiveAvgPool;
  dropout: Dropout;
  last_linear: Linear;

  constructor(architecture: string, options: InceptionV4Options = {}) {
    super();
    this.architecture = architecture;
    const { dims, inChannels, numClasses, device, dropout } = resolveOptions(
      architecture,
      options,
      { dropout: 0.2 },
      ranks,
    );
    const conv: MakeConv = (inChannels, outChannels, kernel, options) =>
      new BasicConv(dims, inChannels, outChannels, kernel, options);
    const times = (length: number, make: () => Module): Module[] => Array.from({ length }, make);
    this.features = new Sequential([
      ...stem(dims, inChannels, conv),
      ...times(4, () => new InceptionA(dims, conv)),
      new ReductionA(dims, conv),
      ...times(7, () => new InceptionB(dims, conv)),
      new ReductionB(dims, conv),
      ...times(3, () => new InceptionC(dims, conv)),
    ]);
    this.avgpool = new AdaptiveAvgPool(dims, 1);
    this.dropout = new Dropout(dropout);
    this.last_linear = new Linear(1536, numClasses);
    initWeights(this, ownRules, device);
  }

  override forward(x: Tensor): Tensor {
    const y = flatten(pipe(x, this.features, this.avgpool), 1);
    return pipe(y, this.dropout, this.last_linear);
  }
}

/** Inception v4: 42,679,816 parameters, 12.3 G multiply-accumulates for 3x299x299. */
export function inception_v4(options: InceptionV4Options = {}): InceptionV4 {
  return new InceptionV4('inception_v4', options);
}
