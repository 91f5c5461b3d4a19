import {
  AdaptiveAvgPool,
  AvgPool,
  constant,
  Conv,
  Dropout,
  initWeights,
  kaimingNormal,
  Linear,
  LocalResponseNorm,
  MaxPool,
  Module,
  normal,
  pipe,
  resolveOptions,
  Sequential,
  type Layer,
  type ModelOptions,
} from '@convnet/layers';
import { flatten, relu, type Tensor } from '@convnet/tensor-core';

import { BasicConv, type MakeConv } from './basic-conv.ts';
import { Branches } from './branches.ts';
import { transformInput } from './transform-input.ts';
import { ranks } from './ranks.ts';

export interface GoogLeNetOptions extends ModelOptions<(typeof ranks)[number]> {
  /** Adds two classifiers in the middle of the network, for training. Default true. */
  readonly auxLogits?: boolean;
  /** Takes input normalised for other ImageNet weights, as the published ones need. Default false. */
  readonly transformInput?: boolean;
  /** Probability of the dropout before the classifier. Default 0.2; googlenet_2014: 0.4. */
  readonly dropout?: number;
  /** The same in the auxiliary classifiers. Default 0.7. */
  readonly dropoutAux?: number;
}

/**
 * What a GoogLeNet with auxiliary classifiers gives in training; each [N, numClasses]. (torchvision's tuple
 * has the names of the two exchanged.)
 */
export interface GoogLeNetOutput {
  readonly logits: Tensor;
  /** Of aux1, after inception4a. */
  readonly auxLogits1: Tensor;
  /** Of aux2, after inception4d. */
  readonly auxLogits2: Tensor;
}

/** Whether as torchvision has it or as the paper does. */
interface Variant {
  /** Batch norm after each convolution, instead of biases and two local response normalisations. */
  readonly batchNorm: boolean;
  /** Kernel of the branch that the paper calls 5x5. torchvision keeps the 3 of the weights it ported. */
  readonly largeKernel: 3 | 5;
  /** Kernel of the last pooling. */
  readonly lastPool: 2 | 3;
  /** Leaves four positions on each axis for the auxiliary classifiers. */
  readonly auxiliaryPool: (dims: number) => Layer;
  readonly dropout: number;
}

/** One row of table 1: output channels of the four branches, and of the reductions before two of them. */
type Row = readonly [
  conv1: number,
  reduce3: number,
  conv3: number,
  reduce5: number,
  conv5: number,
  pool: number,
];

/** Four branches over one input. Figure 2 (b). */
class Inception extends Branches {
  constructor(
    dims: number,
    inChannels: number,
    [conv1, reduce3, conv3, reduce5, conv5, pool]: Row,
    largeKernel: 3 | 5,
    conv: MakeConv,
  ) {
    super(
      { branch1: conv(inChannels, conv1, 1) },
      { branch2: new Sequential([conv(inChannels, reduce3, 1), conv(reduce3, conv3, 3)]) },
      {
        branch3: new Sequential([conv(inChannels, reduce5, 1), conv(reduce5, conv5, largeKernel)]),
      },
      {
        branch4: new Sequential([
          new MaxPool(dims, 3, { stride: 1, padding: 1, ceilMode: true }),
          conv(inChannels, pool, 1),
        ]),
      },
    );
  }
}

interface AuxiliaryOptions {
  readonly dims: number;
  readonly numClasses: number;
  /** Leaves four positions on each axis. */
  readonly pool: Layer;
  readonly dropout: number;
  readonly conv: MakeConv;
}

/** A classifier on features from the middle: [N, inChannels, …] -> [N, numClasses]. */
class AuxiliaryClassifier extends Module {
  pool: Layer;
  conv: BasicConv;
  fc1: Linear;
  fc2: Linear;
  dropout: Dropout;

  constructor(inChannels: number, options: AuxiliaryOptions) {
    super();
    const { dims, numClasses, pool, dropout, conv } = options;
    this.pool = pool;
    this.conv = conv(inChannels, 128, 1);
    this.fc1 = new Linear(128 * 4 ** dims, 1024);
    this.fc2 = new Linear(1024, numClasses);
    this.dropout = new Dropout(dropout);
  }

  override forward(x: Tensor): Tensor {
    const features = flatten(pipe(x, this.pool, this.conv), 1);
    return pipe(relu(this.fc1.forward(features)), this.dropout, this.fc2);
  }
}

/**
 * Three convolutions, nine inception modules, global pooling, a linear classifier:
 * [N, inChannels, …] -> [N, numClasses], and in training the auxiliary classifiers' logits beside it.
 * Szegedy et al., "Going Deeper with Convolutions", CVPR 2015.
 */
export class GoogLeNet<
  Output extends Tensor | GoogLeNetOutput = Tensor | GoogLeNetOutput,
> extends Module<[Tensor], Output> {
  readonly transformsInput: boolean;
  conv1: BasicConv;
  maxpool1: MaxPool;
  /** null with batch norm, as norm2. */
  norm1: LocalResponseNorm | null;
  conv2: BasicConv;
  conv3: BasicConv;
  norm2: LocalResponseNorm | null;
  maxpool2: MaxPool;
  inception3a: Inception;
  inception3b: Inception;
  maxpool3: MaxPool;
  inception4a: Inception;
  inception4b: Inception;
  inception4c: Inception;
  inception4d: Inception;
  inception4e: Inception;
  maxpool4: MaxPool;
  inception5a: Inception;
  inception5b: Inception;
  aux1: AuxiliaryClassifier | null;
  aux2: AuxiliaryClassifier | null;
  avgpool: AdaptiveAvgPool;
  dropout: Dropout;
  fc: Linear;

  constructor(architecture: string, variant: Variant, options: GoogLeNetOptions = {}) {
    super();
    this.architecture = architecture;
    const resolved = resolveOptions(
      architecture,
      options,
      {
        auxLogits: true,
        transformInput: false,
        dropout: variant.dropout,
        dropoutAux: 0.7,
      },
      ranks,
    );
    const { dims, inChannels, numClasses, device } = resolved;
    const { batchNorm } = variant;
    const conv: MakeConv = (inChannels, outChannels, kernel, options) =>
      new BasicConv(dims, inChannels, outChannels, kernel, { ...options, batchNorm });
    const inception = (inChannels: number, row: Row): Inception =>
      new Inception(dims, inChannels, row, variant.largeKernel, conv);
    const maxPool = (kernel: number): MaxPool =>
      new MaxPool(dims, kernel, { stride: 2, ceilMode: true });
    const norm = (): LocalResponseNorm | null => (batchNorm ? null : new LocalResponseNorm(5));
    const auxiliary = (inChannels: number): AuxiliaryClassifier | null =>
      resolved.auxLogits
        ? new AuxiliaryClassifier(inChannels, {
            dims,
            numClasses,
            pool: variant.auxiliaryPool(dims),
            dropout: resolved.dropoutAux,
            conv,
          })
        : null;
    this.transformsInput = resolved.transformInput;

    this.conv1 = conv(inChannels, 64, 7, { stride: 2 });
    this.maxpool1 = maxPool(3);
    this.norm1 = norm();
    this.conv2 = conv(64, 64, 1);
    this.conv3 = conv(64, 192, 3);
    this.norm2 = norm();
    this.maxpool2 = maxPool(3);
    this.inception3a = inception(192, [64, 96, 128, 16, 32, 32]);
    this.inception3b = inception(256, [128, 128, 192, 32, 96, 64]);
    this.maxpool3 = maxPool(3);
    this.inception4a = inception(480, [192, 96, 208, 16, 48, 64]);
    this.inception4b = inception(512, [160, 112, 224, 24, 64, 64]);
    this.inception4c = inception(512, [128, 128, 256, 24, 64, 64]);
    this.inception4d = inception(512, [112, 144, 288, 32, 64, 64]);
    this.inception4e = inception(528, [256, 160, 320, 32, 128, 128]);
    this.maxpool4 = maxPool(variant.lastPool);
    this.inception5a = inception(832, [256, 160, 320, 32, 128, 128]);
    this.inception5b = inception(832, [384, 192, 384, 48, 128, 128]);
    this.aux1 = auxiliary(512);
    this.aux2 = auxiliary(528);
    this.avgpool = new AdaptiveAvgPool(dims, 1);
    this.dropout = new Dropout(resolved.dropout);
    this.fc = new Linear(1024, numClasses);
    initWeights(
      this,
      (layer) => {
        if (!(layer instanceof Conv || layer instanceof Linear)) return {};
        // Without batch norm, deviations of 0.01 would leave nothing of the signal.
        return batchNorm
          ? { weight: normal(0, 0.01) }
          : { weight: kaimingNormal(), bias: constant(0) };
      },
      device,
    );
  }

  override forward(input: Tensor): Output {
    const x = this.transformsInput ? transformInput(input) : input;
    const stem = [this.conv1, this.maxpool1, this.norm1, this.conv2, this.conv3, this.norm2];
    const x3 = pipe(x, ...stem, this.maxpool2, this.inception3a, this.inception3b);
    const x4a = pipe(x3, this.maxpool3, this.inception4a);
    const x4d = pipe(x4a, this.inception4b, this.inception4c, this.inception4d);
    const x5 = pipe(x4d, this.inception4e, this.maxpool4, this.inception5a, this.inception5b);
    const logits = this.fc.forward(this.dropout.forward(flatten(this.avgpool.forward(x5), 1)));
    if (!this.training || this.aux1 === null || this.aux2 === null) return logits as Output;
    const auxLogits1 = this.aux1.forward(x4a);
    return { logits, auxLogits1, auxLogits2: this.aux2.forward(x4d) } as Output;
  }
}

/**
 * GoogLeNet as torchvision has it, with batch norm: 13,004,888 parameters, of them 6,379,984 in the
 * auxiliary classifiers; 1.5 G multiply-accumulates for 3x224x224.
 */
export function googlenet(
  options: GoogLeNetOptions & { readonly auxLogits: false },
): GoogLeNet<Tensor>;
export function googlenet(options?: GoogLeNetOptions): GoogLeNet;
export function googlenet(options: GoogLeNetOptions = {}): GoogLeNet {
  const variant: Variant = {
    batchNorm: true,
    largeKernel: 3,
    lastPool: 2,
    auxiliaryPool: (dims) => new AdaptiveAvgPool(dims, 4),
    dropout: 0.2,
  };
  return new GoogLeNet('googlenet', variant, options);
}

/**
 * GoogLeNet as the paper has it: biases instead of batch norm, local response normalisation, 5x5 kernels;
 * 13,378,280 parameters, 6,998,552 of them outside the auxiliary classifiers.
 */
export function googlenet_2014(
  options: GoogLeNetOptions & { readonly auxLogits: false },
): GoogLeNet<Tensor>;
export function googlenet_2014(options?: GoogLeNetOptions): GoogLeNet;
export function googlenet_2014(options: GoogLeNetOptions = {}): GoogLeNet {
  const variant: Variant = {
    batchNorm: false,
    largeKernel: 5,
    lastPool: 3,
    // The paper's pooling, then nothing for images of 224, whose 14x14 positions it makes 4x4.
    auxiliaryPool: (dims) =>
      new Sequential([new AvgPool(dims, 5, { stride: 3 }), new AdaptiveAvgPool(dims, 4)]),
    dropout: 0.4,
  };
  return new GoogLeNet('googlenet_2014', variant, options);
}
