import {
  AdaptiveAvgPool,
  batchNormLayer,
  constant,
  Conv,
  initWeights,
  kaimingNormal,
  Linear,
  MaxPool,
  Module,
  overOwn,
  pipe,
  ReLU,
  requireCounts,
  requireOneOf,
  resolveOptions,
  Sequential,
  stemReduces,
  type AnyModule,
  type Layer,
  type ModelOptions,
  type NormLayer,
  type Stem,
} from '@convnet/layers';
import { add, ArgumentError, flatten, pad, slice, type Tensor } from '@convnet/tensor-core';

import { ranks } from './ranks.ts';

export interface ResNetOptions extends ModelOptions<(typeof ranks)[number]> {
  /** Groups of the 3x3 convolution in each bottleneck: the cardinality of ResNeXt. Default 1. */
  readonly groups?: number;
  /** Channels of each group in the first stage's bottlenecks. Default 64. */
  readonly widthPerGroup?: number;
  /** Planes of the first stage; each later stage has twice as many as the one before. Default 64. */
  readonly width?: number;
  /** For each stage but the first: dilates its convolutions instead of halving the extent. Default: none. */
  readonly replaceStrideWithDilation?: readonly boolean[];
  /** Lets each block begin as the identity (Goyal et al., "Accurate, Large Minibatch SGD"). Default false. */
  readonly zeroInitResidual?: boolean;
  /** Default: batch norm. */
  readonly norm?: NormLayer;
  /** 'cifar': a 3x3 convolution without pooling, for inputs of about 32. Default 'imagenet': 7x7, pooled. */
  readonly stem?: Stem;
  /**
   * Where a bottleneck has its stride, and where norm and ReLU stand. 1: stride in the first convolution, as
   * in the paper. 1.5, the default and torchvision's: stride in the 3x3 convolution. 2: that, and norm and ReLU
   * before each convolution instead of after it (He et al., "Identity Mappings in Deep Residual Networks",
   * ECCV 2016, fig. 4e).
   */
  readonly version?: 1 | 1.5 | 2;
  /** What crosses a change of extent or channels. 'A': the input and zeros. 'B', default: a projection. */
  readonly shortcut?: 'A' | 'B';
}

/** What a block is built from. */
interface BlockOptions extends Required<
  Pick<ResNetOptions, 'dims' | 'groups' | 'widthPerGroup' | 'norm' | 'version' | 'shortcut'>
> {
  readonly inChannels: number;
  /** Channels of the block's 3x3 convolutions, before groups widen them. */
  readonly planes: number;
  readonly stride: number;
  readonly dilation: number;
}

/** A 3x3 convolution without bias that keeps the extent, but for its stride. */
function conv3x3(
  dims: number,
  inChannels: number,
  outChannels: number,
  { stride = 1, dilation = 1, groups = 1 } = {},
): Conv {
  const geometry = { stride, padding: dilation, dilation, groups };
  return new Conv(dims, inChannels, outChannels, 3, { ...geometry, bias: false });
}

/** A pointwise convolution without bias. */
function conv1x1(dims: number, inChannels: number, outChannels: number, stride = 1): Conv {
  return new Conv(dims, inChannels, outChannels, 1, { stride, bias: false });
}

/** Shortcut A: every `stride`-th position of x, between channels of zeros. No parameters. */
class ZeroPaddedShortcut extends Module {
  readonly stride: number;
  readonly addedChannels: number;

  constructor(stride: number, addedChannels: number) {
    super();
    this.stride = stride;
    this.addedChannels = addedChannels;
  }

  override forward(x: Tensor): Tensor {
    let y = x;
    for (let axis = 2; axis < x.rank; axis++) y = slice(y, axis, 0, undefined, this.stride);
    const before = Math.floor(this.addedChannels / 2);
    const none = x.shape.slice(2).map(() => [0, 0] as const);
    return pad(y, [[before, this.addedChannels - before], ...none]);
  }

  override extraRepr(): string {
    return `stride=${this.stride}, added_channels=${this.addedChannels}`;
  }
}

/** What carries the input of a block to its sum, or null where that is the input itself. */
function shortcutOf(options: BlockOptions, outChannels: number): Layer | null {
  const { dims, inChannels, stride, norm, version, shortcut } = options;
  if (stride === 1 && inChannels === outChannels) return null;
  if (shortcut === 'A') return new ZeroPaddedShortcut(stride, outChannels - inChannels);
  const projection = conv1x1(dims, inChannels, outChannels, stride);
  return new Sequential(version === 2 ? [projection] : [projection, norm(dims, outChannels)]);
}

/** @throws ArgumentError for groups, another width, or dilation, which two 3x3 convolutions do not have. */
function requirePlain({ groups, widthPerGroup, dilation }: BlockOptions): void {
  if (groups === 1 && widthPerGroup === 64 && dilation === 1) return;
  throw new ArgumentError(
    `BasicBlock: expected groups 1, widthPerGroup 64 and no dilation, got groups ${groups}, ` +
      `widthPerGroup ${widthPerGroup} and dilation ${dilation}; a network of bottlenecks, such ` +
      `as resnet50, takes other values`,
  );
}

/** Channels of a bottleneck's 3x3 convolution. @throws ArgumentError for less than one in each group. */
function widthOf({ planes, groups, widthPerGroup }: BlockOptions): number {
  const perGroup = planes * (widthPerGroup / 64);
  if (perGroup >= 1) return Math.floor(perGroup) * groups;
  throw new ArgumentError(
    `Bottleneck: expected at least 1 channel in each of ${groups} groups, got ${perGroup} (${planes} ` +
      `planes, widthPerGroup ${widthPerGroup})`,
  );
}

/** What makes a block. */
type BlockClass = new (options: BlockOptions) => Layer & { readonly lastScale: AnyModule };

/** `BasicBlock` of version 2: norm and ReLU before each convolution. He et al. 2016, fig. 4e. */
class PreActivationBasicBlock extends Module {
  conv1: Conv;
  bn1: Layer;
  relu: ReLU;
  conv2: Conv;
  bn2: Layer;
  downsample: Layer | null;

  constructor(options: BlockOptions) {
    super();
    requirePlain(options);
    const { dims, inChannels, planes, stride, norm } = options;
    this.conv1 = conv3x3(dims, inChannels, planes, { stride });
    this.bn1 = norm(dims, inChannels);
    this.relu = new ReLU();
    this.conv2 = conv3x3(dims, planes, planes);
    this.bn2 = norm(dims, planes);
    this.downsample = shortcutOf(options, planes);
  }

  override forward(x: Tensor): Tensor {
    const active = pipe(x, this.bn1, this.relu);
    const identity = this.downsample === null ? x : this.downsample.forward(active);
    return add(pipe(active, this.conv1, this.bn2, this.relu, this.conv2), identity);
  }

  get lastScale(): AnyModule {
    return this.conv2;
  }
}

/** `Bottleneck` of version 2: norm and ReLU before each convolution. */
class PreActivationBottleneck extends Module {
  conv1: Conv;
  bn1: Layer;
  conv2: Conv;
  bn2: Layer;
  conv3: Conv;
  bn3: Layer;
  relu: ReLU;
  downsample: Layer | null;

  constructor(options: BlockOptions) {
    super();
    const { dims, inChannels, planes, stride, dilation, groups, norm } = options;
    const width = widthOf(options);
    const outChannels = planes * Bottleneck.expansion;
    this.conv1 = conv1x1(dims, inChannels, width);
    this.bn1 = norm(dims, inChannels);
    this.conv2 = conv3x3(dims, width, width, { stride, dilation, groups });
    this.bn2 = norm(dims, width);
    this.conv3 = conv1x1(dims, width, outChannels);
    this.bn3 = norm(dims, width);
    this.relu = new ReLU();
    this.downsample = shortcutOf(options, outChannels);
  }

  override forward(x: Tensor): Tensor {
    const { bn1, conv1, bn2, conv2, bn3, conv3, relu } = this;
    const active = pipe(x, bn1, relu);
    const identity = this.downsample === null ? x : this.downsample.forward(active);
    return add(pipe(active, conv1, bn2, relu, conv2, bn3, relu, conv3), identity);
  }

  get lastScale(): AnyModule {
    return this.conv3;
  }
}

/** Two 3x3 convolutions. He et al., fig. 5, left. */
export class BasicBlock extends Module {
  /** Output channels for each plane. */
  static readonly expansion = 1;
  /** Its form in version 2. */
  static readonly preActivation: BlockClass = PreActivationBasicBlock;
  conv1: Conv;
  bn1: Layer;
  relu: ReLU;
  conv2: Conv;
  bn2: Layer;
  downsample: Layer | null;

  /** @throws ArgumentError for groups, another width, or dilation. */
  constructor(options: BlockOptions) {
    super();
    requirePlain(options);
    const { dims, inChannels, planes, stride, norm } = options;
    this.conv1 = conv3x3(dims, inChannels, planes, { stride });
    this.bn1 = norm(dims, planes);
    this.relu = new ReLU();
    this.conv2 = conv3x3(dims, planes, planes);
    this.bn2 = norm(dims, planes);
    this.downsample = shortcutOf(options, planes);
  }

  override forward(x: Tensor): Tensor {
    const identity = this.downsample === null ? x : this.downsample.forward(x);
    const y = pipe(x, this.conv1, this.bn1, this.relu, this.conv2, this.bn2);
    return this.relu.forward(add(y, identity));
  }

  /** The layer whose weight scales what is added to the identity. */
  get lastScale(): AnyModule {
    return this.bn2;
  }
}

/**
 * 1x1 to reduce the channels, 3x3, 1x1 to restore them. He et al., fig. 5, right. With groups in the 3x3
 * convolution it is the block of ResNeXt (Xie et al., fig. 3c).
 */
export class Bottleneck extends Module {
  /** Output channels for each plane. */
  static readonly expansion = 4;
  /** Its form in version 2. */
  static readonly preActivation: BlockClass = PreActivationBottleneck;
  conv1: Conv;
  bn1: Layer;
  conv2: Conv;
  bn2: Layer;
  conv3: Conv;
  bn3: Layer;
  relu: ReLU;
  downsample: Layer | null;

  constructor(options: BlockOptions) {
    super();
    const { dims, inChannels, planes, stride, dilation, groups, norm, version } = options;
    const width = widthOf(options);
    const outChannels = planes * Bottleneck.expansion;
    const [stride1, stride2] = version === 1 ? [stride, 1] : [1, stride];
    this.conv1 = conv1x1(dims, inChannels, width, stride1);
    this.bn1 = norm(dims, width);
    this.conv2 = conv3x3(dims, width, width, { stride: stride2, dilation, groups });
    this.bn2 = norm(dims, width);
    this.conv3 = conv1x1(dims, width, outChannels);
    this.bn3 = norm(dims, outChannels);
    this.relu = new ReLU();
    this.downsample = shortcutOf(options, outChannels);
  }

  override forward(x: Tensor): Tensor {
    const { conv1, bn1, conv2, bn2, conv3, bn3, relu } = this;
    const identity = this.downsample === null ? x : this.downsample.forward(x);
    const y = pipe(x, conv1, bn1, relu, conv2, bn2, relu, conv3, bn3);
    return relu.forward(add(y, identity));
  }

  /** The layer whose weight scales what is added to the identity. */
  get lastScale(): AnyModule {
    return this.bn3;
  }
}

/**
 * A stem, stages of residual blocks, a linear classifier: [N, inChannels, …] -> [N, numClasses]. He et al.,
 * "Deep Residual Learning for Image Recognition", CVPR 2016.
 */
export class ResNet extends Module {
  conv1: Conv;
  /** null in version 2, whose blocks begin with a norm. */
  bn1: Layer | null;
  relu: ReLU;
  /** null with the 'cifar' stem. */
  maxpool: MaxPool | null;
  layer1: Sequential;
  layer2: Sequential;
  layer3: Sequential;
  /** null in the networks of three stages. */
  layer4: Sequential | null;
  /** Norm after the last block, in version 2 only. */
  norm: Layer | null;
  avgpool: AdaptiveAvgPool;
  fc: Linear;

  /**
   * `depths`: the number of blocks in each of three or four stages.
   * @throws ArgumentError for options out of range.
   */
  constructor(
    architecture: string,
    block: typeof BasicBlock | typeof Bottleneck,
    depths: readonly number[],
    options: ResNetOptions = {},
  ) {
    super();
    this.architecture = architecture;
    const { inChannels, numClasses, stem, zeroInitResidual, replaceStrideWithDilation, ...common } =
      resolveOptions(
        architecture,
        options,
        {
          groups: 1,
          widthPerGroup: 64,
          width: 64,
          replaceStrideWithDilation: depths.slice(1).map(() => false),
          zeroInitResidual: false,
          norm: batchNormLayer,
          stem: 'imagenet',
          version: 1.5,
          shortcut: 'B',
        },
        ranks,
      );
    const { dims, width, norm, version, device } = common;
    const { groups, widthPerGroup } = common;
    requireCounts(architecture, { width, groups, widthPerGroup });
    requireOneOf(architecture, 'version', version, [1, 1.5, 2]);
    requireOneOf(architecture, 'shortcut', common.shortcut, ['A', 'B']);
    if (replaceStrideWithDilation.length !== depths.length - 1) {
      throw new ArgumentError(
        `${architecture}: expected replaceStrideWithDilation with ${depths.length - 1} entries, one for ` +
          `each stage but the first, got ${replaceStrideWithDilation.length}`,
      );
    }
    const reduces = stemReduces(architecture, stem);
    const [kernelSize, stride, padding] = reduces ? [7, 2, 3] : [3, 1, 1];
    const bias = false;
    this.conv1 = new Conv(dims, inChannels, width, kernelSize, { stride, padding, bias });
    this.bn1 = version === 2 ? null : norm(dims, width);
    this.relu = new ReLU();
    this.maxpool = reduces ? new MaxPool(dims, 3, { stride: 2, padding: 1 }) : null;

    // The block itself names its other form, so that a page of BasicBlocks has no Bottleneck in it.
    const Block: BlockClass = version === 2 ? block.preActivation : block;
    const blocks: InstanceType<BlockClass>[] = [];
    let channels = width;
    let dilation = 1;
    const stages = depths.map((depth, stage) => {
      const planes = width * 2 ** stage;
      const dilates = replaceStrideWithDilation[stage - 1] ?? false;
      const halves = stage > 0 && !dilates;
      const layers = Array.from({ length: depth }, (_, i) => {
        const stride = halves && i === 0 ? 2 : 1;
        const made = new Block({ ...common, inChannels: channels, planes, stride, dilation });
        channels = planes * block.expansion;
        if (dilates && i === 0) dilation *= 2;
        return made;
      });
      blocks.push(...layers);
      return new Sequential(layers);
    });
    [this.layer1, this.layer2, this.layer3] = stages as [Sequential, Sequential, Sequential];
    this.layer4 = stages[3] ?? null;
    this.norm = version === 2 ? norm(dims, channels) : null;
    this.avgpool = new AdaptiveAvgPool(dims, 1);
    this.fc = new Linear(channels, numClasses);

    const zeros = new Set(zeroInitResidual ? blocks.map((block) => block.lastScale) : []);
    initWeights(
      this,
      (layer) => {
        if (zeros.has(layer)) return { weight: constant(0) };
        return layer instanceof Conv ? { weight: kaimingNormal({ mode: 'out' }) } : {};
      },
      device,
    );
  }

  override forward(x: Tensor): Tensor {
    const { conv1, bn1, relu, maxpool, layer1, layer2, layer3, layer4, norm, avgpool } = this;
    const stem = pipe(x, conv1, bn1, bn1 && relu, maxpool);
    const last = pipe(stem, layer1, layer2, layer3, layer4, norm, norm && relu, avgpool);
    return this.fc.forward(flatten(last, 1));
  }
}

/** A builder: `resnet18({ dims: 1, inChannels: 12 })`. */
export type ResNetBuilder = (options?: ResNetOptions) => ResNet;

/** The builder of a network that differs from others in its blocks, their number, and some options. */
/* @__NO_SIDE_EFFECTS__ */
function builder(
  architecture: string,
  block: typeof BasicBlock | typeof Bottleneck,
  depths: readonly number[],
  own: ResNetOptions = {},
): ResNetBuilder {
  return (options) => new ResNet(architecture, block, depths, overOwn(own, options));
}

/** 18 layers, 11.7 M parameters. */
export const resnet18: ResNetBuilder = builder('resnet18', BasicBlock, [2, 2, 2, 2]);

/** 34 layers, 21.8 M parameters. */
export const resnet34: ResNetBuilder = builder('resnet34', BasicBlock, [3, 4, 6, 3]);

/** 50 layers, 25.6 M parameters. */
export const resnet50: ResNetBuilder = builder('resnet50', Bottleneck, [3, 4, 6, 3]);

/** 101 layers, 44.5 M parameters. */
export const resnet101: ResNetBuilder = builder('resnet101', Bottleneck, [3, 4, 23, 3]);

/** 152 layers, 60.2 M parameters. */
export const resnet152: ResNetBuilder = builder('resnet152', Bottleneck, [3, 8, 36, 3]);

/** ResNeXt: a bottleneck of `groups` groups of `widthPerGroup` channels. */
/* @__NO_SIDE_EFFECTS__ */
function resnext(depth: 50 | 101, groups: number, widthPerGroup: number): ResNetBuilder {
  const name = `resnext${depth}_${groups}x${widthPerGroup}d`;
  return builder(name, Bottleneck, [3, 4, depth === 50 ? 6 : 23, 3], { groups, widthPerGroup });
}

/**
 * ResNet-50 with 32 groups of 4 channels, 25.0 M parameters. Xie et al., "Aggregated Residual Transformations
 * for Deep Neural Networks", CVPR 2017, table 1.
 */
export const resnext50_32x4d: ResNetBuilder = resnext(50, 32, 4);

/** ResNet-101 with 32 groups of 8 channels, 88.8 M parameters. */
export const resnext101_32x8d: ResNetBuilder = resnext(101, 32, 8);

/** ResNet-101 with 64 groups of 4 channels, 83.5 M parameters. */
export const resnext101_64x4d: ResNetBuilder = resnext(101, 64, 4);

const twice = { widthPerGroup: 128 };

/**
 * ResNet-50 with 3x3 convolutions twice as wide, 68.9 M parameters. Zagoruyko and Komodakis, "Wide Residual
 * Networks", BMVC 2016.
 */
export const wide_resnet50_2: ResNetBuilder = builder(
  'wide_resnet50_2',
  Bottleneck,
  [3, 4, 6, 3],
  twice,
);

/** ResNet-101 with 3x3 convolutions twice as wide, 126.9 M parameters. */
export const wide_resnet101_2: ResNetBuilder = builder(
  'wide_resnet101_2',
  Bottleneck,
  [3, 4, 23, 3],
  twice,
);

/**
 * The networks for CIFAR-10 (He et al., section 4.2): 6n + 2 layers in three stages of 16, 32 and 64 planes,
 * for 10 classes and with shortcut A unless told otherwise.
 */
/* @__NO_SIDE_EFFECTS__ */
function cifar(layers: number): ResNetBuilder {
  const n = (layers - 2) / 6;
  const small: ResNetOptions = { width: 16, numClasses: 10, stem: 'cifar', shortcut: 'A' };
  return builder(`resnet${layers}`, BasicBlock, [n, n, n], small);
}

/** 20 layers for CIFAR-10, 269,722 parameters. */
export const resnet20: ResNetBuilder = cifar(20);

/** 32 layers for CIFAR-10, 464,154 parameters. */
export const resnet32: ResNetBuilder = cifar(32);

/** 44 layers for CIFAR-10, 658,586 parameters. */
export const resnet44: ResNetBuilder = cifar(44);

/** 56 layers for CIFAR-10, 853,018 parameters. */
export const resnet56: ResNetBuilder = cifar(56);

/** 110 layers for CIFAR-10, 1,727,962 parameters. */
export const resnet110: ResNetBuilder = cifar(110);
