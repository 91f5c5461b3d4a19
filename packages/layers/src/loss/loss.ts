import {
  aBoolean,
  aDevice,
  aFiniteNumber,
  anInt32,
  aReduction,
  binaryCrossEntropy,
  binaryCrossEntropyWithLogits,
  checkOptions,
  crossEntropy,
  huberLoss,
  klDiv,
  l1Loss,
  marginLoss,
  mseLoss,
  nllLoss,
  numbers,
  oneOf,
  optionKinds,
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

const crossEntropyLossOptions = optionKinds<
  Omit<CrossEntropyOptions, 'weight'> & ClassWeightOptions
>({
  weight: numbers,
  ignoreIndex: anInt32,
  labelSmoothing: aFiniteNumber,
  reduction: aReduction,
  device: aDevice,
});

/** See `crossEntropy`. torch.nn.CrossEntropyLoss. */
export class CrossEntropyLoss extends Loss<Omit<CrossEntropyOptions, 'weight'>> {
  weight: Buffer | null;

  constructor(options: Omit<CrossEntropyOptions, 'weight'> & ClassWeightOptions = {}) {
    checkOptions('CrossEntropyLoss', options, crossEntropyLossOptions);
    const { device: _device, weight, ...others } = options;
    super(others);
    this.weight = weightBuffer(weight, options);
  }

  override forward(logits: Tensor, target: Tensor): Tensor {
    const { weight } = this;
    return crossEntropy(logits, target, { ...this.options, ...(weight && { weight }) });
  }
}

const nllLossOptions = optionKinds<Omit<NllLossOptions, 'weight'> & ClassWeightOptions>({
  weight: numbers,
  ignoreIndex: anInt32,
  reduction: aReduction,
  device: aDevice,
});

/** See `nllLoss`. torch.nn.NLLLoss. */
export class NLLLoss extends Loss<Omit<NllLossOptions, 'weight'>> {
  weight: Buffer | null;

  constructor(options: Omit<NllLossOptions, 'weight'> & ClassWeightOptions = {}) {
    checkOptions('NLLLoss', options, nllLossOptions);
    const { device: _device, weight, ...others } = options;
    super(others);
    this.weight = weightBuffer(weight, options);
  }

  override forward(logProbabilities: Tensor, target: Tensor): Tensor {
    const { weight } = this;
    return nllLoss(logProbabilities, target, { ...this.options, ...(weight && { weight }) });
  }
}

const bceLossOptions = optionKinds<LossOptions & ClassWeightOptions>({
  weight: numbers,
  reduction: aReduction,
  device: aDevice,
});

/** See `binaryCrossEntropy`. torch.nn.BCELoss. */
export class BCELoss extends Loss<LossOptions> {
  weight: Buffer | null;

  /** `weight`: one for each element of the last axis. */
  constructor(options: LossOptions & ClassWeightOptions = {}) {
    checkOptions('BCELoss', options, bceLossOptions);
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

const bceWithLogitsLossOptions = optionKinds<BCEWithLogitsLossOptions>({
  weight: numbers,
  posWeight: numbers,
  reduction: aReduction,
  device: aDevice,
});

/** See `binaryCrossEntropyWithLogits`. torch.nn.BCEWithLogitsLoss. */
export class BCEWithLogitsLoss extends Loss<LossOptions> {
  weight: Buffer | null;
  pos_weight: Buffer | null;

  /** `weight`: one for each element of the last axis. */
  constructor(options: BCEWithLogitsLossOptions = {}) {
    checkOptions('BCEWithLogitsLoss', options, bceWithLogitsLossOptions);
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

const lossOptions = optionKinds<LossOptions>({ reduction: aReduction });

/** (x - target)². torch.nn.MSELoss. */
export class MSELoss extends Loss<LossOptions> {
  constructor(options: LossOptions = {}) {
    checkOptions('MSELoss', options, lossOptions);
    super(options);
  }

  override forward(x: Tensor, target: Tensor): Tensor {
    return mseLoss(x, target, this.options);
  }
}

/** |x - target|. torch.nn.L1Loss. */
export class L1Loss extends Loss<LossOptions> {
  constructor(options: LossOptions = {}) {
    checkOptions('L1Loss', options, lossOptions);
    super(options);
  }

  override forward(x: Tensor, target: Tensor): Tensor {
    return l1Loss(x, target, this.options);
  }
}

const smoothL1LossOptions = optionKinds<SmoothL1LossOptions>({
  beta: aFiniteNumber,
  reduction: aReduction,
});

/** See `smoothL1Loss`. torch.nn.SmoothL1Loss. */
export class SmoothL1Loss extends Loss<SmoothL1LossOptions> {
  constructor(options: SmoothL1LossOptions = {}) {
    checkOptions('SmoothL1Loss', options, smoothL1LossOptions);
    super(options);
  }

  override forward(x: Tensor, target: Tensor): Tensor {
    return smoothL1Loss(x, target, this.options);
  }
}

const huberLossOptions = optionKinds<HuberLossOptions>({
  delta: aFiniteNumber,
  reduction: aReduction,
});

/** See `huberLoss`. torch.nn.HuberLoss. */
export class HuberLoss extends Loss<HuberLossOptions> {
  constructor(options: HuberLossOptions = {}) {
    checkOptions('HuberLoss', options, huberLossOptions);
    super(options);
  }

  override forward(x: Tensor, target: Tensor): Tensor {
    return huberLoss(x, target, this.options);
  }
}

const klDivLossOptions = optionKinds<KlDivOptions>({
  reduction: oneOf('mean', 'sum', 'none', 'batchmean'),
  logTarget: aBoolean,
});

/** See `klDiv`. torch.nn.KLDivLoss. */
export class KLDivLoss extends Loss<KlDivOptions> {
  constructor(options: KlDivOptions = {}) {
    checkOptions('KLDivLoss', options, klDivLossOptions);
    super(options);
  }

  override forward(logProbabilities: Tensor, target: Tensor): Tensor {
    return klDiv(logProbabilities, target, this.options);
  }
}

const marginLossOptions = optionKinds<MarginLossOptions>({
  upperMargin: aFiniteNumber,
  lowerMargin: aFiniteNumber,
  absentWeight: aFiniteNumber,
  reduction: aReduction,
});

/** See `marginLoss`: the loss of capsule lengths [N, C] with labels [N]. */
export class MarginLoss extends Loss<MarginLossOptions> {
  constructor(options: MarginLossOptions = {}) {
    checkOptions('MarginLoss', options, marginLossOptions);
    super(options);
  }

  override forward(lengths: Tensor, target: Tensor): Tensor {
    return marginLoss(lengths, target, this.options);
  }
}

const sigmoidFocalLossOptions = optionKinds<FocalLossOptions>({
  alpha: aFiniteNumber,
  gamma: aFiniteNumber,
  reduction: aReduction,
});

/** See `sigmoidFocalLoss`. */
export class SigmoidFocalLoss extends Loss<FocalLossOptions> {
  constructor(options: FocalLossOptions = {}) {
    checkOptions('SigmoidFocalLoss', options, sigmoidFocalLossOptions);
    super(options);
  }

  override forward(logits: Tensor, target: Tensor): Tensor {
    return sigmoidFocalLoss(logits, target, this.options);
  }
}
