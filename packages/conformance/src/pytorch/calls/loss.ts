import * as ops from '@convnet/tensor-core/ops';
import type { Tensor } from '@convnet/tensor-core';
import type { Calls } from './call.ts';

/** A weight for each further input. */
interface Weighted {
  readonly weights?: readonly ('weight' | 'posWeight')[];
}

type WeightedArguments = ops.LossOptions & Weighted;

function weightsOf(t: readonly Tensor[], names: Weighted['weights'] = []): Record<string, Tensor> {
  return Object.fromEntries(names.map((name, i) => [name, t[2 + i]!]));
}

export const lossCalls: Calls = {
  crossEntropy: ([x, target, weight], options: ops.CrossEntropyOptions) =>
    ops.crossEntropy(x!, target!, weight ? { ...options, weight } : options),
  nllLoss: ([x, target, weight], options: ops.NllLossOptions) =>
    ops.nllLoss(x!, target!, weight ? { ...options, weight } : options),
  l1Loss: ([x, target], options: ops.LossOptions) => ops.l1Loss(x!, target!, options),
  huberLoss: ([x, target], options: ops.HuberLossOptions) => ops.huberLoss(x!, target!, options),
  smoothL1Loss: ([x, target], options: ops.SmoothL1LossOptions) =>
    ops.smoothL1Loss(x!, target!, options),
  klDiv: ([x, target], options: ops.KlDivOptions) => ops.klDiv(x!, target!, options),
  binaryCrossEntropy: (t, { weights, ...options }: WeightedArguments) =>
    ops.binaryCrossEntropy(t[0]!, t[1]!, { ...options, ...weightsOf(t, weights) }),
  binaryCrossEntropyWithLogits: (t, { weights, ...options }: WeightedArguments) =>
    ops.binaryCrossEntropyWithLogits(t[0]!, t[1]!, { ...options, ...weightsOf(t, weights) }),
  sigmoidFocalLoss: ([x, target], options: ops.FocalLossOptions) =>
    ops.sigmoidFocalLoss(x!, target!, options),
  marginLoss: ([x, target], options: ops.MarginLossOptions) => ops.marginLoss(x!, target!, options),
  mseLoss: ([x, target], options: ops.LossOptions) => ops.mseLoss(x!, target!, options),
};
