import {
  binaryCrossEntropy,
  binaryCrossEntropyWithLogits,
  crossEntropy,
  huberLoss,
  klDiv,
  l1Loss,
  marginLoss,
  mseLoss,
  nllLoss,
  optionNames,
  refuseUnknownOptions,
  sigmoidFocalLoss,
  smoothL1Loss,
  tensor,
  type CrossEntropyOptions,
  type FocalLossOptions,
  type HuberLossOptions,
  type KlDivOptions,
  type LossOptions,
  type MarginLossOptions,
  type NllLossOptions,
  type SmoothL1LossOptions,
  type Tensor,
} from '@convnet/tensor-core';

import { Module, type LayerOptions } from '../module/module.ts';
import { Buffer } from '../module/parameter.ts';

/** A loss of a prediction and a target, as a layer that keeps its options. */
abstract class Loss<Options> extends Module<[prediction: Tensor, target: Tensor]> {
  readonly options: Options;

  constructor(options: Options) {
    super();
    this.options = options;
  }
}

/** Weights as a part of the state, so that they move to devices with it. */
function weightBuffer(values: readonly number[] | undefined, options: LayerOptions): Buffer | null {
  if (values === undefined) return null;
  const { device } = options;
  return new Buffer([values.length], (shape, on) => tensor(values, shape, { device: on }), {
    ...(device && { device }),
  });
}

export interface ClassWeightOptions extends LayerOptions {
  /** Weight of each class. */
  readonly weight?: readonly number[];
}

const crossEntropyLossOptions = optionNames<
  Omit<CrossEntropyOptions, 'weight'> & ClassWeightOptions
>({ weight: true, ignoreIndex: true, labelSmoothing: true, reduction: true, device: true });

/** See `crossEntropy`. torch.nn.CrossEntropyLoss. */
export class CrossEntropyLoss extends Loss<Omit<CrossEntropyOptions, 'weight'>> {
  weight: Buffer | null;

  constructor(options: Omit<CrossEntropyOptions, 'weight'> & ClassWeightOptions = {}) {
    refuseUnknownOptions('CrossEntropyLoss', options, crossEntropyLossOptions);
    const { device: _device, weight, ...others } = options;
    super(others);
    this.weight = weightBuffer(weight, options);
  }

  override forward(logits: Tensor, target: Tensor): Tensor {
    const { weight } = this;
    return crossEntropy(logits, target, { ...this.options, ...(weight && { weight }) });
  }
}

const nllLossOptions = optionNames<Omit<NllLossOptions, 'weight'> & ClassWeightOptions>({
  weight: true,
  ignoreIndex: true,
  reduction: true,
  device: true,
});

/** See `nllLoss`. torch.nn.NLLLoss. */
export class NLLLoss extends Loss<Omit<NllLossOptions, 'weight'>> {
  weight: Buffer | null;

  constructor(options: Omit<NllLossOptions, 'weight'> & ClassWeightOptions = {}) {
    refuseUnknownOptions('NLLLoss', options, nllLossOptions);
    const { device: _device, weight, ...others } = options;
    super(others);
    this.weight = weightBuffer(weight, options);
  }

  override forward(logProbabilities: Tensor, target: Tensor): Tensor {
    const { weight } = this;
    return nllLoss(logProbabilities, target, { ...this.options, ...(weight && { weight }) });
  }
}

const bceLossOptions = optionNames<LossOptions & ClassWeightOptions>({
  weight: true,
  reduction: true,
  device: true,
});

/** See `binaryCrossEntropy`. torch.nn.BCELoss. */
export class BCELoss extends Loss<LossOptions> {
  weight: Buffer | null;

  /** `weight`: one for each element of the last axis. */
  constructor(options: LossOptions & ClassWeightOptions = {}) {
    refuseUnknownOptions('BCELoss', options, bceLossOptions);
    const { device: _device, weight, ...others } = options;
    super(others);
    this.weight = weightBuffer(weight, options);
  }

  override forward(probabilities: Tensor, target: Tensor): Tensor {
    const { weight } = this;
    return binaryCrossEntropy(probabilities, target, {
      ...this.options,
      ...(weight && { weight }),
    });
  }
}

export interface BCEWithLogitsLossOptions extends LossOptions, ClassWeightOptions {
  /** Weight of positive targets, for each element of the last axis. */
  readonly posWeight?: readonly number[];
}

const bceWithLogitsLossOptions = optionNames<BCEWithLogitsLossOptions>({
  weight: true,
  posWeight: true,
  reduction: true,
  device: true,
});

/** See `binaryCrossEntropyWithLogits`. torch.nn.BCEWithLogitsLoss. */
export class BCEWithLogitsLoss extends Loss<LossOptions> {
  weight: Buffer | null;
  pos_weight: Buffer | null;

  /** `weight`: one for each element of the last axis. */
  constructor(options: BCEWithLogitsLossOptions = {}) {
    refuseUnknownOptions('BCEWithLogitsLoss', options, bceWithLogitsLossOptions);
    const { device: _device, posWeight, weight, ...others } = options;
    super(others);
    this.weight = weightBuffer(weight, options);
    this.pos_weight = weightBuffer(posWeight, options);
  }

  override forward(logits: Tensor, target: Tensor): Tensor {
    const { weight, pos_weight: posWeight } = this;
    return binaryCrossEntropyWithLogits(logits, target, {
      ...this.options,
      ...(weight && { weight }),
      ...(posWeight && { posWeight }),
    });
  }
}

const lossOptions = optionNames<LossOptions>({ reduction: true });

/** (x - target)². torch.nn.MSELoss. */
export class MSELoss extends Loss<LossOptions> {
  constructor(options: LossOptions = {}) {
    refuseUnknownOptions('MSELoss', options, lossOptions);
    super(options);
  }

  override forward(x: Tensor, target: Tensor): Tensor {
    return mseLoss(x, target, this.options);
  }
}

/** |x - target|. torch.nn.L1Loss. */
export class L1Loss extends Loss<LossOptions> {
  constructor(options: LossOptions = {}) {
    refuseUnknownOptions('L1Loss', options, lossOptions);
    super(options);
  }

  override forward(x: Tensor, target: Tensor): Tensor {
    return l1Loss(x, target, this.options);
  }
}

const smoothL1LossOptions = optionNames<SmoothL1LossOptions>({ beta: true, reduction: true });

/** See `smoothL1Loss`. torch.nn.SmoothL1Loss. */
export class SmoothL1Loss extends Loss<SmoothL1LossOptions> {
  constructor(options: SmoothL1LossOptions = {}) {
    refuseUnknownOptions('SmoothL1Loss', options, smoothL1LossOptions);
    super(options);
  }

  override forward(x: Tensor, target: Tensor): Tensor {
    return smoothL1Loss(x, target, this.options);
  }
}

const huberLossOptions = optionNames<HuberLossOptions>({ delta: true, reduction: true });

/** See `huberLoss`. torch.nn.HuberLoss. */
export class HuberLoss extends Loss<HuberLossOptions> {
  constructor(options: HuberLossOptions = {}) {
    refuseUnknownOptions('HuberLoss', options, huberLossOptions);
    super(options);
  }

  override forward(x: Tensor, target: Tensor): Tensor {
    return huberLoss(x, target, this.options);
  }
}

const klDivLossOptions = optionNames<KlDivOptions>({ reduction: true, logTarget: true });

/** See `klDiv`. torch.nn.KLDivLoss. */
export class KLDivLoss extends Loss<KlDivOptions> {
  constructor(options: KlDivOptions = {}) {
    refuseUnknownOptions('KLDivLoss', options, klDivLossOptions);
    super(options);
  }

  override forward(logProbabilities: Tensor, target: Tensor): Tensor {
    return klDiv(logProbabilities, target, this.options);
  }
}

const marginLossOptions = optionNames<MarginLossOptions>({
  upperMargin: true,
  lowerMargin: true,
  absentWeight: true,
  reduction: true,
});

/** See `marginLoss`: the loss of capsule lengths [N, C] with labels [N]. */
export class MarginLoss extends Loss<MarginLossOptions> {
  constructor(options: MarginLossOptions = {}) {
    refuseUnknownOptions('MarginLoss', options, marginLossOptions);
    super(options);
  }

  override forward(lengths: Tensor, target: Tensor): Tensor {
    return marginLoss(lengths, target, this.options);
  }
}

const sigmoidFocalLossOptions = optionNames<FocalLossOptions>({
  alpha: true,
  gamma: true,
  reduction: true,
});

/** See `sigmoidFocalLoss`. */
export class SigmoidFocalLoss extends Loss<FocalLossOptions> {
  constructor(options: FocalLossOptions = {}) {
    refuseUnknownOptions('SigmoidFocalLoss', options, sigmoidFocalLossOptions);
    super(options);
  }

  override forward(logits: Tensor, target: Tensor): Tensor {
    return sigmoidFocalLoss(logits, target, this.options);
  }
}
