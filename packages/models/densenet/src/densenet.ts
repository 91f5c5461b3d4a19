import {
  AdaptiveAvgPool,
  AvgPool,
  batchNormLayer,
  constant,
  Conv,
  Dropout,
  initWeights,
  kaimingNormal,
  Linear,
  MaxPool,
  Module,
  overOwn,
  pipe,
  ReLU,
  requireCounts,
  resolveOptions,
  Sequential,
  stemReduces,
  type Layer,
  type ModelOptions,
  type NormLayer,
  type Stem,
} from '@convnet/layers';
import { checkpoint, concat, flatten, type Tensor } from '@convnet/tensor-core';

import { ranks } from './ranks.ts';

export interface DenseNetOptions extends ModelOptions<(typeof ranks)[number]> {
  /** Channels that each layer adds: k of the paper. Default 32; 48 in `densenet161`. */
  readonly growthRate?: number;
  /** Channels before the first block. Default 64; 96 in `densenet161`. */
  readonly numInitFeatures?: number;
  /** Width of a layer's bottleneck, in growth rates. Default 4. */
  readonly bnSize?: number;
  /** Default: batch norm. */
  readonly norm?: NormLayer;
  /** Probability of the dropout after each layer. Default 0. */
  readonly dropRate?: number;
  /**
   * Computes each layer's concatenation, norm and bottleneck again in the backward pass instead of keeping
   * them: memory linear in depth, not quadratic, for more time. Pleiss et al., "Memory-Efficient
   * Implementation of DenseNets", 2017. Default false.
   */
  readonly memoryEfficient?: boolean;
  /** 'cifar': a 3x3 convolution without pooling, for inputs of about 32. Default 'imagenet': 7x7, pooled. */
  readonly stem?: Stem;
}

/** What the layers of a network share. */
type LayerOptions = Required<
  Pick<DenseNetOptions, 'dims' | 'growthRate' | 'bnSize' | 'norm' | 'dropRate' | 'memoryEfficient'>
>;

/** All earlier features in, `growthRate` new ones out: norm, ReLU, 1x1, norm, ReLU, 3x3. */
class DenseLayer extends Module<[features: readonly Tensor[]]> {
  norm1: Layer;
  relu1: ReLU;
  conv1: Conv;
  norm2: Layer;
  relu2: ReLU;
  conv2: Conv;
  dropout: Dropout | null;
  readonly #memoryEfficient: boolean;

  constructor(inChannels: number, options: LayerOptions) {
    super();
    const { dims, growthRate, bnSize, norm, dropRate, memoryEfficient } = options;
    const width = bnSize * growthRate;
    this.norm1 = norm(dims, inChannels);
    this.relu1 = new ReLU();
    this.conv1 = new Conv(dims, inChannels, width, 1, { bias: false });
    this.norm2 = norm(dims, width);
    this.relu2 = new ReLU();
    this.conv2 = new Conv(dims, width, growthRate, 3, { padding: 1, bias: false });
    this.dropout = dropRate === 0 ? null : new Dropout(dropRate);
    this.#memoryEfficient = memoryEfficient;
  }

  override forward(features: readonly Tensor[]): Tensor {
    const bottleneck = (...inputs: Tensor[]): Tensor =>
      pipe(concat(inputs, 1), this.norm1, this.relu1, this.conv1);
    const y = this.#memoryEfficient ? checkpoint(bottleneck, ...features) : bottleneck(...features);
    return pipe(y, this.norm2, this.relu2, this.conv2, this.dropout);
  }
}

/** Layers that each see the block's input and the features of all layers before them; gives all of them. */
class DenseBlock extends Module {
  readonly #layers: readonly DenseLayer[];

  constructor(depth: number, inChannels: number, options: LayerOptions) {
    super();
    this.#layers = Array.from(
      { length: depth },
      (_, i) => new DenseLayer(inChannels + i * options.growthRate, options),
    );
  }

  override *namedChildren(): Generator<[string, DenseLayer]> {
    for (const [i, layer] of this.#layers.entries()) yield [`denselayer${i + 1}`, layer];
  }

  override forward(x: Tensor): Tensor {
    const features = [x];
    for (const layer of this.#layers) features.push(layer.forward(features));
    return concat(features, 1);
  }
}

/** Half the channels and half the extent. */
function transition(dims: number, inChannels: number, norm: NormLayer): Sequential {
  return new Sequential({
    norm: norm(dims, inChannels),
    relu: new ReLU(),
    conv: new Conv(dims, inChannels, Math.floor(inChannels / 2), 1, { bias: false }),
    pool: new AvgPool(dims, 2),
  });
}

/**
 * A stem, dense blocks with transitions between them, a linear classifier:
 * [N, inChannels, …] -> [N, numClasses]. Huang et al., "Densely Connected Convolutional Networks", CVPR 2017
 * (DenseNet-BC).
 */
export class DenseNet extends Module {
  features: Sequential;
  /** Applied to the features before they are averaged; it has no weights. */
  relu: ReLU;
  avgpool: AdaptiveAvgPool;
  classifier: Linear;

  /** `depths`: the number of layers in each block. */
  constructor(architecture: string, depths: readonly number[], options: DenseNetOptions) {
    super();
    this.architecture = architecture;
    const { inChannels, numClasses, numInitFeatures, stem, ...common } = resolveOptions(
      architecture,
      options,
      {
        growthRate: 32,
        numInitFeatures: 64,
        bnSize: 4,
        norm: batchNormLayer,
        dropRate: 0,
        memoryEfficient: false,
        stem: 'imagenet',
      },
      ranks,
    );
    const { dims, growthRate, bnSize, norm, device } = common;
    requireCounts(architecture, { growthRate, numInitFeatures, bnSize });
    const reduces = stemReduces(architecture, stem);
    const [kernelSize, stride, padding] = reduces ? [7, 2, 3] : [3, 1, 1];
    const geometry = { stride, padding, bias: false };
    const layers: Record<string, Layer> = {
      conv0: new Conv(dims, inChannels, numInitFeatures, kernelSize, geometry),
      norm0: norm(dims, numInitFeatures),
      relu0: new ReLU(),
      ...(reduces && { pool0: new MaxPool(dims, 3, { stride: 2, padding: 1 }) }),
    };
    let channels = numInitFeatures;
    for (const [i, depth] of depths.entries()) {
      layers[`denseblock${i + 1}`] = new DenseBlock(depth, channels, common);
      channels += depth * growthRate;
      if (i === depths.length - 1) continue;
      layers[`transition${i + 1}`] = transition(dims, channels, norm);
      channels = Math.floor(channels / 2);
    }
    layers[`norm${depths.length + 1}`] = norm(dims, channels);
    this.features = new Sequential(layers);
    this.relu = new ReLU();
    this.avgpool = new AdaptiveAvgPool(dims, 1);
    this.classifier = new Linear(channels, numClasses);
    initWeights(
      this,
      (layer) => {
        if (layer instanceof Conv) return { weight: kaimingNormal() };
        return layer instanceof Linear ? { bias: constant(0) } : {};
      },
      device,
    );
  }

  override forward(x: Tensor): Tensor {
    return this.classifier.forward(flatten(pipe(x, this.features, this.relu, this.avgpool), 1));
  }
}

/** A builder: `densenet121({ dims: 1, inChannels: 12 })`. */
export type DenseNetBuilder = (options?: DenseNetOptions) => DenseNet;

/** The builder of a network that differs from others in the lengths of its blocks, and in some options. */
/* @__NO_SIDE_EFFECTS__ */
function builder(
  architecture: string,
  depths: readonly number[],
  own: DenseNetOptions = {},
): DenseNetBuilder {
  return (options) => new DenseNet(architecture, depths, overOwn(own, options));
}

/** 121 layers, 8.0 M parameters. Table 1 of the paper. */
export const densenet121: DenseNetBuilder = builder('densenet121', [6, 12, 24, 16]);

const wide = { growthRate: 48, numInitFeatures: 96 };

/** 161 layers with growth rate 48, 28.7 M parameters; from the authors' repository. */
export const densenet161: DenseNetBuilder = builder('densenet161', [6, 12, 36, 24], wide);

/** 169 layers, 14.1 M parameters. */
export const densenet169: DenseNetBuilder = builder('densenet169', [6, 12, 32, 32]);

/** 201 layers, 20.0 M parameters. */
export const densenet201: DenseNetBuilder = builder('densenet201', [6, 12, 48, 32]);
