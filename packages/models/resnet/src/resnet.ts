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
import {
  add,
  ArgumentError,
  flatten,
  pad,
  slice,
  type Device,
  type Tensor,
} from '@convnet/tensor-core';

export interface ResNetOptions extends ModelOptions {
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
  Pick<
    ResNetOptions,
    'dims' | 'groups' | 'widthPerGroup' | 'norm' | 'version' | 'shortcut' | 'device'
  >
> {
  readonly inChannels: number;
  /** Channels of the block's 3x3 convolutions, before groups widen them. */
  readonly planes: number;
  readonly stride: number;
  readonly dilation: number;
}

/** A convolution without bias that keeps the extent, but for its stride. */
function conv(
  options: { readonly dims: number; readonly device: Device },
  inChannels: number,
  outChannels: number,
  kernelSize: 1 | 3,
  { stride = 1, dilation = 1, groups = 1 } = {},
): Conv {
  const { dims, device } = options;
  const padding = kernelSize === 3 ? dilation : 0;
  const geometry = { stride, padding, dilation, groups };
  return new Conv(dims, inChannels, outChannels, kernelSize, { ...geometry, bias: false, device });
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
  const { dims, inChannels, stride, norm, version, shortcut, device } = options;
  if (stride === 1 && inChannels === outChannels) return null;
  if (shortcut === 'A') return new ZeroPaddedShortcut(stride, outChannels - inChannels);
  const projection = conv(options, inChannels, outChannels, 1, { stride });
  return new Sequential(
    version === 2 ? [projection] : [projection, norm(dims, outChannels, { device })],
  );
}

/** F(x) + shortcut(x), where F is a few convolutions with norm and ReLU. */
abstract class ResidualBlock extends Module {
  abstract readonly relu: ReLU;
  abstract readonly downsample: Layer | null;
  readonly #version: number;

  constructor({ version }: BlockOptions) {
    super();
    this.#version = version;
  }

  /** The convolutions of F in order, each with the norm of its output, or in version 2 of its input. */
  abstract branch(): readonly (readonly [conv: Conv, norm: Layer])[];

  override forward(x: Tensor): Tensor {
    const { relu, downsample } = this;
    const [[conv1, norm1], ...others] = this.branch() as [[Conv, Layer], ...[Conv, Layer][]];
    if (this.#version === 2) {
      const active = pipe(x, norm1, relu);
      const identity = downsample === null ? x : downsample.forward(active);
      const rest = others.flatMap(([conv, norm]) => [norm, relu, conv]);
      return add(pipe(active, conv1, ...rest), identity);
    }
    const identity = downsample === null ? x : downsample.forward(x);
    const rest = others.flatMap(([conv, norm]) => [relu, conv, norm]);
    return relu.forward(add(pipe(x, conv1, norm1, ...rest), identity));
  }

  /** The layer whose weight scales F. */
  get lastScale(): AnyModule {
    const branch = this.branch();
    const [conv, norm] = branch[branch.length - 1]!;
    return this.#version === 2 ? conv : norm;
  }
}

/** Two 3x3 convolutions. He et al., fig. 5, left. */
export class BasicBlock extends ResidualBlock {
  /** Output channels for each plane. */
  static readonly expansion = 1;
  conv1: Conv;
  bn1: Layer;
  relu: ReLU;
  conv2: Conv;
  bn2: Layer;
  downsample: Layer | null;

  /** @throws ArgumentError for groups, another width, or dilation. */
  constructor(options: BlockOptions) {
    super(options);
    const { dims, inChannels, planes, stride, dilation, norm, version, device } = options;
    if (options.groups !== 1 || options.widthPerGroup !== 64 || dilation !== 1) {
      throw new ArgumentError(
        `BasicBlock: expected groups 1, widthPerGroup 64 and no dilation, got groups ${options.groups}, ` +
          `widthPerGroup ${options.widthPerGroup} and dilation ${dilation}; a network of bottlenecks, such ` +
          `as resnet50, takes other values`,
      );
    }
    this.conv1 = conv(options, inChannels, planes, 3, { stride });
    this.bn1 = norm(dims, version === 2 ? inChannels : planes, { device });
    this.relu = new ReLU();
    this.conv2 = conv(options, planes, planes, 3);
    this.bn2 = norm(dims, planes, { device });
    this.downsample = shortcutOf(options, planes);
  }

  override branch(): readonly (readonly [Conv, Layer])[] {
    return [
      [this.conv1, this.bn1],
      [this.conv2, this.bn2],
    ];
  }
}

/**
 * 1x1 to reduce the channels, 3x3, 1x1 to restore them. He et al., fig. 5, right. With groups in the 3x3
 * convolution it is the block of ResNeXt (Xie et al., fig. 3c).
 */
export class Bottleneck extends ResidualBlock {
  /** Output channels for each plane. */
  static readonly expansion = 4;
  conv1: Conv;
  bn1: Layer;
  conv2: Conv;
  bn2: Layer;
  conv3: Conv;
  bn3: Layer;
  relu: ReLU;
  downsample: Layer | null;

  constructor(options: BlockOptions) {
    super(options);
    const { dims, inChannels, planes, stride, dilation, groups, norm, version, device } = options;
    const perGroup = planes * (options.widthPerGroup / 64);
    if (perGroup < 1) {
      throw new ArgumentError(
        `Bottleneck: expected at least 1 channel in each of ${groups} groups, got ${perGroup} (${planes} ` +
          `planes, widthPerGroup ${options.widthPerGroup})`,
      );
    }
    const width = Math.floor(perGroup) * groups;
    const outChannels = planes * Bottleneck.expansion;
    const normed = version === 2 ? [inChannels, width, width] : [width, width, outChannels];
    const [stride1, stride2] = version === 1 ? [stride, 1] : [1, stride];
    this.conv1 = conv(options, inChannels, width, 1, { stride: stride1 });
    this.bn1 = norm(dims, normed[0]!, { device });
    this.conv2 = conv(options, width, width, 3, { stride: stride2, dilation, groups });
    this.bn2 = norm(dims, normed[1]!, { device });
    this.conv3 = conv(options, width, outChannels, 1);
    this.bn3 = norm(dims, normed[2]!, { device });
    this.relu = new ReLU();
    this.downsample = shortcutOf(options, outChannels);
  }

  override branch(): readonly (readonly [Conv, Layer])[] {
    return [
      [this.conv1, this.bn1],
      [this.conv2, this.bn2],
      [this.conv3, this.bn3],
    ];
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
      resolveOptions(architecture, options, {
        groups: 1,
        widthPerGroup: 64,
        width: 64,
        replaceStrideWithDilation: depths.slice(1).map(() => false),
        zeroInitResidual: false,
        norm: batchNormLayer,
        stem: 'imagenet',
        version: 1.5,
        shortcut: 'B',
      });
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
    this.conv1 = new Conv(dims, inChannels, width, kernelSize, { stride, padding, bias, device });
    this.bn1 = version === 2 ? null : norm(dims, width, { device });
    this.relu = new ReLU();
    this.maxpool = reduces ? new MaxPool(dims, 3, { stride: 2, padding: 1 }) : null;

    const blocks: ResidualBlock[] = [];
    let channels = width;
    let dilation = 1;
    const stages = depths.map((depth, stage) => {
      const planes = width * 2 ** stage;
      const dilates = replaceStrideWithDilation[stage - 1] ?? false;
      const halves = stage > 0 && !dilates;
      const layers = Array.from({ length: depth }, (_, i) => {
        const stride = halves && i === 0 ? 2 : 1;
        const made = new block({ ...common, inChannels: channels, planes, stride, dilation });
        channels = planes * block.expansion;
        if (dilates && i === 0) dilation *= 2;
        return made;
      });
      blocks.push(...layers);
      return new Sequential(layers);
    });
    [this.layer1, this.layer2, this.layer3] = stages as [Sequential, Sequential, Sequential];
    this.layer4 = stages[3] ?? null;
    this.norm = version === 2 ? norm(dims, channels, { device }) : null;
    this.avgpool = new AdaptiveAvgPool(dims, 1);
    this.fc = new Linear(channels, numClasses, { device });

    const zeros = new Set(zeroInitResidual ? blocks.map((block) => block.lastScale) : []);
    initWeights(this, (layer) => {
      if (zeros.has(layer)) return { weight: constant(0) };
      return layer instanceof Conv ? { weight: kaimingNormal({ mode: 'out' }) } : {};
    });
  }

  override forward(x: Tensor): Tensor {
    const { conv1, bn1, relu, maxpool, layer1, layer2, layer3, layer4, norm, avgpool } = this;
    const stem = pipe(x, conv1, bn1, bn1 && relu, maxpool);
    const last = pipe(stem, layer1, layer2, layer3, layer4, norm, norm && relu, avgpool);
    return this.fc.forward(flatten(last, 1));
  }
}

/** 18 layers, 11.7 M parameters. */
export function resnet18(options: ResNetOptions = {}): ResNet {
  return new ResNet('resnet18', BasicBlock, [2, 2, 2, 2], options);
}

/** 34 layers, 21.8 M parameters. */
export function resnet34(options: ResNetOptions = {}): ResNet {
  return new ResNet('resnet34', BasicBlock, [3, 4, 6, 3], options);
}

/** 50 layers, 25.6 M parameters. */
export function resnet50(options: ResNetOptions = {}): ResNet {
  return new ResNet('resnet50', Bottleneck, [3, 4, 6, 3], options);
}

/** 101 layers, 44.5 M parameters. */
export function resnet101(options: ResNetOptions = {}): ResNet {
  return new ResNet('resnet101', Bottleneck, [3, 4, 23, 3], options);
}

/** 152 layers, 60.2 M parameters. */
export function resnet152(options: ResNetOptions = {}): ResNet {
  return new ResNet('resnet152', Bottleneck, [3, 8, 36, 3], options);
}

/**
 * ResNet-50 with 32 groups of 4 channels, 25.0 M parameters. Xie et al., "Aggregated Residual Transformations
 * for Deep Neural Networks", CVPR 2017, table 1.
 */
export function resnext50_32x4d(options: ResNetOptions = {}): ResNet {
  const cardinality = { groups: 32, widthPerGroup: 4 };
  return new ResNet('resnext50_32x4d', Bottleneck, [3, 4, 6, 3], { ...cardinality, ...options });
}

/** ResNet-101 with 32 groups of 8 channels, 88.8 M parameters. */
export function resnext101_32x8d(options: ResNetOptions = {}): ResNet {
  const cardinality = { groups: 32, widthPerGroup: 8 };
  return new ResNet('resnext101_32x8d', Bottleneck, [3, 4, 23, 3], { ...cardinality, ...options });
}

/** ResNet-101 with 64 groups of 4 channels, 83.5 M parameters. */
export function resnext101_64x4d(options: ResNetOptions = {}): ResNet {
  const cardinality = { groups: 64, widthPerGroup: 4 };
  return new ResNet('resnext101_64x4d', Bottleneck, [3, 4, 23, 3], { ...cardinality, ...options });
}

/**
 * ResNet-50 with 3x3 convolutions twice as wide, 68.9 M parameters. Zagoruyko and Komodakis, "Wide Residual
 * Networks", BMVC 2016.
 */
export function wide_resnet50_2(options: ResNetOptions = {}): ResNet {
  const twice = { widthPerGroup: 128 };
  return new ResNet('wide_resnet50_2', Bottleneck, [3, 4, 6, 3], { ...twice, ...options });
}

/** ResNet-101 with 3x3 convolutions twice as wide, 126.9 M parameters. */
export function wide_resnet101_2(options: ResNetOptions = {}): ResNet {
  const twice = { widthPerGroup: 128 };
  return new ResNet('wide_resnet101_2', Bottleneck, [3, 4, 23, 3], { ...twice, ...options });
}

/**
 * The networks for CIFAR-10 (He et al., section 4.2): 6n + 2 layers in three stages of 16, 32 and 64 planes,
 * for 10 classes and with shortcut A unless told otherwise.
 */
function cifar(layers: number, options: ResNetOptions): ResNet {
  const n = (layers - 2) / 6;
  const small: ResNetOptions = { width: 16, numClasses: 10, stem: 'cifar', shortcut: 'A' };
  return new ResNet(`resnet${layers}`, BasicBlock, [n, n, n], { ...small, ...options });
}

/** 20 layers for CIFAR-10, 269,722 parameters. */
export function resnet20(options: ResNetOptions = {}): ResNet {
  return cifar(20, options);
}

/** 32 layers for CIFAR-10, 464,154 parameters. */
export function resnet32(options: ResNetOptions = {}): ResNet {
  return cifar(32, options);
}

/** 44 layers for CIFAR-10, 658,586 parameters. */
export function resnet44(options: ResNetOptions = {}): ResNet {
  return cifar(44, options);
}

/** 56 layers for CIFAR-10, 853,018 parameters. */
export function resnet56(options: ResNetOptions = {}): ResNet {
  return cifar(56, options);
}

/** 110 layers for CIFAR-10, 1,727,962 parameters. */
export function resnet110(options: ResNetOptions = {}): ResNet {
  return cifar(110, options);
}
