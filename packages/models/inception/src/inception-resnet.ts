import {
  AdaptiveAvgPool,
  AvgPool,
  Conv,
  Dropout,
  initWeights,
  Linear,
  MaxPool,
  Module,
  ownRules,
  pipe,
  resolveOptions,
  Sequential,
  type Layer,
  type ModelOptions,
} from '@convnet/layers';
import { add, flatten, mul, relu, type Tensor } from '@convnet/tensor-core';

import { BasicConv, type MakeConv } from './basic-conv.ts';
import { Branches, type Branch } from './branches.ts';
import { ranks } from './ranks.ts';

type Pair = readonly [number, number];
type Triple = readonly [number, number, number];

/** What differs between the two networks: output channels of the convolutions of each branch. */
interface Specification {
  /** Channels that the stem leaves. */
  readonly stemChannels: 256 | 320;
  /** 35x35 positions: number of modules, and their branches. Figures 10 and 16. */
  readonly a: { readonly count: number; readonly branches: readonly [number, Pair, Triple] };
  /** k, l, m and n of figure 7. */
  readonly reductionA: readonly [k: number, l: number, m: number, n: number];
  /** 17x17 positions. Figures 11 and 17. */
  readonly b: { readonly count: number; readonly branches: readonly [number, Triple] };
  /** Figures 12 and 18. */
  readonly reductionB: readonly [Pair, Pair, Triple];
  /** 8x8 positions. Figures 13 and 19. */
  readonly c: { readonly count: number; readonly branches: readonly [number, Triple] };
  /** Channels of a last pointwise convolution, or null. */
  readonly lastChannels: number | null;
}

const v1: Specification = {
  stemChannels: 256,
  a: { count: 5, branches: [32, [32, 32], [32, 32, 32]] },
  reductionA: [192, 192, 256, 384],
  b: { count: 10, branches: [128, [128, 128, 128]] },
  reductionB: [
    [256, 384],
    [256, 256],
    [256, 256, 256],
  ],
  c: { count: 5, branches: [192, [192, 192, 192]] },
  lastChannels: null,
};

/** As the authors' code has it, which has more modules than figure 15. */
const v2: Specification = {
  stemChannels: 320,
  a: { count: 10, branches: [32, [32, 32], [32, 48, 64]] },
  reductionA: [256, 256, 384, 384],
  b: { count: 20, branches: [192, [128, 160, 192]] },
  reductionB: [
    [256, 384],
    [256, 288],
    [256, 288, 320],
  ],
  c: { count: 10, branches: [192, [192, 224, 256]] },
  lastChannels: 1536,
};

export interface InceptionResNetOptions extends ModelOptions<(typeof ranks)[number]> {
  /** Probability of the dropout before the classifier. Default 0.2. */
  readonly dropout?: number;
}

const valid = { padding: 'valid' } as const;
const halving = { stride: 2, padding: 'valid' } as const;

/** What every part is made with. */
interface Maker {
  readonly dims: number;
  readonly conv: MakeConv;
}

/** Adds what its branches make of the input, projected and scaled down, so that training is stable. */
class ResidualModule extends Branches {
  readonly scale: number;
  readonly rectifies: boolean;
  conv2d: Conv;

  constructor(
    { dims }: Maker,
    channels: number,
    branchChannels: number,
    branches: readonly Branch[],
    scale: number,
    rectifies = true,
  ) {
    super(...branches);
    this.scale = scale;
    this.rectifies = rectifies;
    this.conv2d = new Conv(dims, branchChannels, channels, 1);
  }

  override forward(x: Tensor): Tensor {
    const y = add(x, mul(this.conv2d.forward(super.forward(x)), this.scale));
    return this.rectifies ? relu(y) : y;
  }

  override *namedChildren(): Generator<[string, Layer]> {
    yield* super.namedChildren();
    yield ['conv2d', this.conv2d];
  }
}

/** On 35x35 positions: branches of 1x1, 3x3, twice 3x3. */
function moduleA(
  maker: Maker,
  channels: number,
  [a, [b0, b1], [c0, c1, c2]]: Specification['a']['branches'],
): ResidualModule {
  const { conv } = maker;
  const branches = [
    { branch0: conv(channels, a, 1) },
    { branch1: new Sequential([conv(channels, b0, 1), conv(b0, b1, 3)]) },
    { branch2: new Sequential([conv(channels, c0, 1), conv(c0, c1, 3), conv(c1, c2, 3)]) },
  ];
  return new ResidualModule(maker, channels, a + b1 + c2, branches, 0.17);
}

/** On 17x17 positions: branches of 1x1, and of 7x7 as 1x7 and 7x1. */
function moduleB(
  maker: Maker,
  channels: number,
  [a, [b0, b1, b2]]: Specification['b']['branches'],
): ResidualModule {
  const { conv } = maker;
  const branches = [
    { branch0: conv(channels, a, 1) },
    {
      branch1: new Sequential([conv(channels, b0, 1), conv(b0, b1, [1, 7]), conv(b1, b2, [7, 1])]),
    },
  ];
  return new ResidualModule(maker, channels, a + b2, branches, 0.1);
}

/** On 8x8 positions: branches of 1x1, and of 3x3 as 1x3 and 3x1. The last of all is not scaled. */
function moduleC(
  maker: Maker,
  channels: number,
  [a, [b0, b1, b2]]: Specification['c']['branches'],
  isLast = false,
): ResidualModule {
  const { conv } = maker;
  const branches = [
    { branch0: conv(channels, a, 1) },
    {
      branch1: new Sequential([conv(channels, b0, 1), conv(b0, b1, [1, 3]), conv(b1, b2, [3, 1])]),
    },
  ];
  return new ResidualModule(maker, channels, a + b2, branches, isLast ? 1 : 0.2, !isLast);
}

/** Halves the extent and adds n + m channels. Figure 7. */
function reductionA(
  { dims, conv }: Maker,
  channels: number,
  [k, l, m, n]: Specification['reductionA'],
): Branches {
  return new Branches(
    { branch0: conv(channels, n, 3, halving) },
    { branch1: new Sequential([conv(channels, k, 1), conv(k, l, 3), conv(l, m, 3, halving)]) },
    { branch2: new MaxPool(dims, 3, { stride: 2 }) },
  );
}

/** Halves the extent and adds the channels of its three branches of convolutions. */
function reductionB(
  { dims, conv }: Maker,
  channels: number,
  [[a0, a1], [b0, b1], [c0, c1, c2]]: Specification['reductionB'],
): Branches {
  return new Branches(
    { branch0: new Sequential([conv(channels, a0, 1), conv(a0, a1, 3, halving)]) },
    { branch1: new Sequential([conv(channels, b0, 1), conv(b0, b1, 3, halving)]) },
    { branch2: new Sequential([conv(channels, c0, 1), conv(c0, c1, 3), conv(c1, c2, 3, halving)]) },
    { branch3: new MaxPool(dims, 3, { stride: 2 }) },
  );
}

/** [N, 192, …] -> [N, 320, …]: the last module of the stem of v2, as Inception-v4's module A. */
class Mixed5b extends Branches {
  constructor({ dims, conv }: Maker) {
    const averaging = new AvgPool(dims, 3, { stride: 1, padding: 1, countIncludePad: false });
    super(
      { branch0: conv(192, 96, 1) },
      { branch1: new Sequential([conv(192, 48, 1), conv(48, 64, 5)]) },
      { branch2: new Sequential([conv(192, 64, 1), conv(64, 96, 3), conv(96, 96, 3)]) },
      { branch3: new Sequential([averaging, conv(192, 64, 1)]) },
    );
  }
}

/**
 * A stem, residual inception modules with two reductions between, global pooling, a linear classifier:
 * [N, inChannels, …] -> [N, numClasses]. Szegedy et al., "Inception-v4, Inception-ResNet and the Impact of
 * Residual Connections on Learning", AAAI 2017, figure 15.
 */
export class InceptionResNet extends Module {
  conv2d_1a: BasicConv;
  conv2d_2a: BasicConv;
  conv2d_2b: BasicConv;
  maxpool_3a: MaxPool;
  conv2d_3b: BasicConv;
  conv2d_4a: BasicConv;
  conv2d_4b: BasicConv | null;
  maxpool_5a: MaxPool | null;
  mixed_5b: Mixed5b | null;
  repeat: Sequential;
  mixed_6a: Branches;
  repeat_1: Sequential;
  mixed_7a: Branches;
  repeat_2: Sequential;
  block8: ResidualModule;
  conv2d_7b: BasicConv | null;
  avgpool_1a: AdaptiveAvgPool;
  dropout: Dropout;
  last_linear: Linear;

  constructor(
    architecture: string,
    specification: Specification,
    options: InceptionResNetOptions = {},
  ) {
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
    const maker = { dims, conv };
    const times = (length: number, make: () => Layer): Sequential =>
      new Sequential(Array.from({ length }, make));
    const maxPool = (): MaxPool => new MaxPool(dims, 3, { stride: 2 });
    const { stemChannels, a, b, c, lastChannels } = specification;
    const [, , m, n] = specification.reductionA;
    const middle = stemChannels + m + n;
    const [[, a1], [, b1], [, , c2]] = specification.reductionB;
    const last = middle + a1 + b1 + c2;

    this.conv2d_1a = conv(inChannels, 32, 3, halving);
    this.conv2d_2a = conv(32, 32, 3, valid);
    this.conv2d_2b = conv(32, 64, 3);
    this.maxpool_3a = maxPool();
    this.conv2d_3b = conv(64, 80, 1);
    this.conv2d_4a = conv(80, 192, 3, valid);
    const endsInConv = stemChannels === 256;
    this.conv2d_4b = endsInConv ? conv(192, 256, 3, halving) : null;
    this.maxpool_5a = endsInConv ? null : maxPool();
    this.mixed_5b = endsInConv ? null : new Mixed5b(maker);
    this.repeat = times(a.count, () => moduleA(maker, stemChannels, a.branches));
    this.mixed_6a = reductionA(maker, stemChannels, specification.reductionA);
    this.repeat_1 = times(b.count, () => moduleB(maker, middle, b.branches));
    this.mixed_7a = reductionB(maker, middle, specification.reductionB);
    this.repeat_2 = times(c.count - 1, () => moduleC(maker, last, c.branches));
    this.block8 = moduleC(maker, last, c.branches, true);
    this.conv2d_7b = lastChannels === null ? null : conv(last, lastChannels, 1);
    this.avgpool_1a = new AdaptiveAvgPool(dims, 1);
    this.dropout = new Dropout(dropout);
    this.last_linear = new Linear(lastChannels ?? last, numClasses);
    initWeights(this, ownRules, device);
  }

  override forward(x: Tensor): Tensor {
    const stem = pipe(
      x,
      this.conv2d_1a,
      this.conv2d_2a,
      this.conv2d_2b,
      this.maxpool_3a,
      this.conv2d_3b,
      this.conv2d_4a,
      this.conv2d_4b,
      this.maxpool_5a,
      this.mixed_5b,
    );
    const middle = pipe(stem, this.repeat, this.mixed_6a, this.repeat_1, this.mixed_7a);
    const last = pipe(middle, this.repeat_2, this.block8, this.conv2d_7b, this.avgpool_1a);
    return pipe(flatten(last, 1), this.dropout, this.last_linear);
  }
}

/** Inception-ResNet v1: 22,756,328 parameters, 6.2 G multiply-accumulates for 3x299x299. */
export function inception_resnet_v1(options: InceptionResNetOptions = {}): InceptionResNet {
  return new InceptionResNet('inception_resnet_v1', v1, options);
}

/** Inception-ResNet v2: 55,843,464 parameters, 13.2 G multiply-accumulates for 3x299x299. */
export function inception_resnet_v2(options: InceptionResNetOptions = {}): InceptionResNet {
  return new InceptionResNet('inception_resnet_v2', v2, options);
}
