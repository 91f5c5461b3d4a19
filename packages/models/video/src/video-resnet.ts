import {
  AdaptiveAvgPool,
  BatchNorm,
  constant,
  Conv,
  initWeights,
  kaimingNormal,
  Linear,
  Module,
  normal,
  pipe,
  ReLU,
  requireCounts,
  resolveOptions,
  Sequential,
  type ModelOptions,
} from '@convnet/layers';
import { add, flatten, type Tensor } from '@convnet/tensor-core';

import {
  factoredStem,
  middleOf,
  spaceOnly,
  spaceThenTime,
  spaceTime,
  spaceTimeStem,
  type ConvForm,
} from './convolutions.ts';
import { ranks } from './ranks.ts';

export interface VideoResNetOptions extends ModelOptions<(typeof ranks)[number]> {
  /** Channels of the first stage; each further stage doubles them. Default 64. */
  readonly width?: number;
}

/** Two convolutions, added to what went in: [N, inChannels, T, H, W] -> [N, planes, …]. */
class BasicBlock extends Module {
  conv1: Sequential;
  conv2: Sequential;
  relu: ReLU;
  downsample: Sequential | null;

  constructor(inChannels: number, planes: number, form: ConvForm, stride: number) {
    super();
    const middle = middleOf(inChannels, planes);
    this.conv1 = new Sequential([
      form.conv(inChannels, planes, middle, stride),
      new BatchNorm(3, planes),
      new ReLU(),
    ]);
    this.conv2 = new Sequential([form.conv(planes, planes, middle, 1), new BatchNorm(3, planes)]);
    this.relu = new ReLU();
    this.downsample =
      stride === 1 && inChannels === planes
        ? null
        : new Sequential([
            new Conv(3, inChannels, planes, 1, { stride: form.strides(stride), bias: false }),
            new BatchNorm(3, planes),
          ]);
  }

  override forward(x: Tensor): Tensor {
    const identity = this.downsample === null ? x : this.downsample.forward(x);
    return this.relu.forward(add(pipe(x, this.conv1, this.conv2), identity));
  }
}

/** How the networks differ. */
interface Plan {
  readonly stem: (inChannels: number, width: number) => Sequential;
  /** Of the convolutions in each of the four stages. */
  readonly forms: readonly [ConvForm, ConvForm, ConvForm, ConvForm];
}

/**
 * The residual network of 18 layers for videos: a stem, four stages of two blocks, a linear classifier:
 * [N, inChannels, T, H, W] -> [N, numClasses]. Tran et al., "A Closer Look at Spatiotemporal Convolutions for Action
 * Recognition", CVPR 2018. State-dict keys are those of torchvision's `VideoResNet`.
 */
export class VideoResNet extends Module {
  stem: Sequential;
  layer1: Sequential;
  layer2: Sequential;
  layer3: Sequential;
  layer4: Sequential;
  avgpool: AdaptiveAvgPool;
  fc: Linear;

  /** @throws ArgumentError for options out of range. */
  constructor(architecture: string, { stem, forms }: Plan, options: VideoResNetOptions = {}) {
    super();
    this.architecture = architecture;
    const defaults = { dims: 3, numClasses: 400, width: 64 } as const;
    const resolved = resolveOptions(architecture, options, defaults, ranks);
    const { inChannels, numClasses, width, device } = resolved;
    requireCounts(architecture, { width });
    this.stem = stem(inChannels, width);
    const stage = (i: 0 | 1 | 2 | 3): Sequential => {
      const planes = width * 2 ** i;
      const [before, stride] = i === 0 ? [width, 1] : [planes / 2, 2];
      return new Sequential([
        new BasicBlock(before, planes, forms[i], stride),
        new BasicBlock(planes, planes, forms[i], 1),
      ]);
    };
    this.layer1 = stage(0);
    this.layer2 = stage(1);
    this.layer3 = stage(2);
    this.layer4 = stage(3);
    this.avgpool = new AdaptiveAvgPool(3, 1);
    this.fc = new Linear(8 * width, numClasses);
    initWeights(
      this,
      (layer) => {
        if (layer instanceof Conv) return { weight: kaimingNormal({ mode: 'out' }) };
        return layer instanceof Linear ? { weight: normal(0, 0.01), bias: constant(0) } : {};
      },
      device,
    );
  }

  override forward(x: Tensor): Tensor {
    const { stem, layer1, layer2, layer3, layer4, avgpool, fc } = this;
    return fc.forward(flatten(pipe(x, stem, layer1, layer2, layer3, layer4, avgpool), 1));
  }
}

/** A builder: `r3d_18({ numClasses: 101 })`. */
export type VideoResNetBuilder = (options?: VideoResNetOptions) => VideoResNet;

/** Convolutions over space and time throughout, 33.4 M parameters. */
export const r3d_18: VideoResNetBuilder = (options) =>
  new VideoResNet(
    'r3d_18',
    { stem: spaceTimeStem, forms: [spaceTime, spaceTime, spaceTime, spaceTime] },
    options,
  );

/** Convolutions over space and time in the first stage, over space alone in the others, 11.7 M parameters. */
export const mc3_18: VideoResNetBuilder = (options) =>
  new VideoResNet(
    'mc3_18',
    { stem: spaceTimeStem, forms: [spaceTime, spaceOnly, spaceOnly, spaceOnly] },
    options,
  );

/** Each convolution over space and time in two parts, 31.5 M parameters. */
export const r2plus1d_18: VideoResNetBuilder = (options) =>
  new VideoResNet(
    'r2plus1d_18',
    { stem: factoredStem, forms: [spaceThenTime, spaceThenTime, spaceThenTime, spaceThenTime] },
    options,
  );
