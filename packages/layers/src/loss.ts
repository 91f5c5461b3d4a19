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

import { Module, type LayerOptions } from './module.ts';
import { Buffer } from './parameter.ts';

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

/** See `crossEntropy`. torch.nn.CrossEntropyLoss. */
export class CrossEntropyLoss extends Loss<Omit<CrossEntropyOptions, 'weight'>> {
  weight: Buffer | null;

  constructor(options: Omit<CrossEntropyOptions, 'weight'> & ClassWeightOptions = {}) {
    const { device: _device, weight, ...others } = options;
    super(others);
    this.weight = weightBuffer(weight, options);
  }

  override forward(logits: Tensor, target: Tensor): Tensor {
    const { weight } = this;
    return crossEntropy(logits, target, { ...this.options, ...(weight && { weight }) });
  }
}

/** See `nllLoss`. torch.nn.NLLLoss. */
export class NLLLoss extends Loss<Omit<NllLossOptions, 'weight'>> {
  weight: Buffer | null;

  constructor(options: Omit<NllLossOptions, 'weight'> & ClassWeightOptions = {}) {
    const { device: _device, weight, ...others } = options;
    super(others);
    this.weight = weightBuffer(weight, options);
  }

  override forward(logProbabilities: Tensor, target: Tensor): Tensor {
    const { weight } = this;
    return nllLoss(logProbabilities, target, { ...this.options, ...(weight && { weight }) });
  }
}

/** See `binaryCrossEntropy`. torch.nn.BCELoss. */
export class BCELoss extends Loss<LossOptions> {
  weight: Buffer | null;

  /** `weight`: one for each element of the last axis. */
  constructor(options: LossOptions & ClassWeightOptions = {}) {
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

/** See `binaryCrossEntropyWithLogits`. torch.nn.BCEWithLogitsLoss. */
export class BCEWithLogitsLoss extends Loss<LossOptions> {
  weight: Buffer | null;
  pos_weight: Buffer | null;

  /** `weight`: one for each element of the last axis. */
  constructor(options: BCEWithLogitsLossOptions = {}) {
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

/** (x - target)². torch.nn.MSELoss. */
export class MSELoss extends Loss<LossOptions> {
  constructor(options: LossOptions = {}) {
    super(options);
  }

  override forward(x: Tensor, target: Tensor): Tensor {
    return mseLoss(x, target, this.options);
  }
}

/** |x - target|. torch.nn.L1Loss. */
export class L1Loss extends Loss<LossOptions> {
  constructor(options: LossOptions = {}) {
    super(options);
  }

  override forward(x: Tensor, target: Tensor): Tensor {
    return l1Loss(x, target, this.options);
  }
}

/** See `smoothL1Loss`. torch.nn.SmoothL1Loss. */
export class SmoothL1Loss extends Loss<SmoothL1LossOptions> {
  constructor(options: SmoothL1LossOptions = {}) {
    super(options);
  }

  override forward(x: Tensor, target: Tensor): Tensor {
    return smoothL1Loss(x, target, this.options);
  }
}

/** See `huberLoss`. torch.nn.HuberLoss. */
export class HuberLoss extends Loss<HuberLossOptions> {
  constructor(options: HuberLossOptions = {}) {
    super(options);
  }

  override forward(x: Tensor, target: Tensor): Tensor {
    return huberLoss(x, target, this.options);
  }
}

/** See `klDiv`. torch.nn.KLDivLoss. */
export class KLDivLoss extends Loss<KlDivOptions> {
  constructor(options: KlDivOptions = {}) {
    super(options);
  }

  override forward(logProbabilities: Tensor, target: Tensor): Tensor {
    return klDiv(logProbabilities, target, this.options);
  }
}

/** See `marginLoss`: the loss of capsule lengths [N, C] with labels [N]. */
export class MarginLoss extends Loss<MarginLossOptions> {
  constructor(options: MarginLossOptions = {}) {
    super(options);
  }

  override forward(lengths: Tensor, target: Tensor): Tensor {
    return marginLoss(lengths, target, this.options);
  }
}

/** See `sigmoidFocalLoss`. */
export class SigmoidFocalLoss extends Loss<FocalLossOptions> {
  constructor(options: FocalLossOptions = {}) {
    super(options);
  }

  override forward(logits: Tensor, target: Tensor): Tensor {
    return sigmoidFocalLoss(logits, target, this.options);
  }
}
