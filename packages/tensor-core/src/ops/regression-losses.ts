import { ArgumentError } from '../errors.ts';
import { aFiniteNumber } from '../kinds.ts';
import { checkOptions, optionKinds } from '../options.ts';
import { scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import { abs, add, clamp, mul, neg, square, sub, where } from './arithmetic.ts';
import { le } from './comparisons.ts';
import {
  aReduction,
  lossOptions,
  reduceLosses,
  requireReduction,
  type LossOptions,
} from './reduction.ts';
import { requireFinite, requireFloating, requireShape } from './require.ts';

/** Losses of the difference between a prediction and a target of one shape. */

function ofDifference(
  op: string,
  x: Tensor,
  target: Tensor,
  { reduction = 'mean' }: LossOptions,
  loss: (difference: Tensor) => Tensor,
): Tensor {
  requireFloating(op, x);
  requireShape(op, 'a target', target, x.shape);
  requireReduction(op, reduction);
  return scope(() => reduceLosses(loss(sub(x, target)), reduction));
}

/** (x - target)². @throws ShapeError where shapes differ, DTypeError, ArgumentError. */
export function mseLoss(x: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  checkOptions('mseLoss', options, lossOptions);
  return ofDifference('mseLoss', x, target, options, square);
}

/** |x - target|. @throws ShapeError where shapes differ, DTypeError, ArgumentError. */
export function l1Loss(x: Tensor, target: Tensor, options: LossOptions = {}): Tensor {
  checkOptions('l1Loss', options, lossOptions);
  return ofDifference('l1Loss', x, target, options, abs);
}

/** Options of `huberLoss`. */
export interface HuberLossOptions extends LossOptions {
  /** Where the loss turns from a square to a line. Default 1. */
  readonly delta?: number;
}

const huberLossOptions = optionKinds<HuberLossOptions>({
  delta: aFiniteNumber,
  reduction: aReduction,
});

/**
 * (x - target)² / 2 up to a distance of delta, beyond it delta (|x - target| - delta / 2). Huber, "Robust
 * Estimation of a Location Parameter", 1964.
 * @throws ShapeError where shapes differ; DTypeError; ArgumentError unless delta > 0.
 */
export function huberLoss(x: Tensor, target: Tensor, options: HuberLossOptions = {}): Tensor {
  checkOptions('huberLoss', options, huberLossOptions);
  const { delta = 1 } = options;
  requireFinite('huberLoss', { delta });
  if (delta <= 0) throw new ArgumentError(`huberLoss: expected delta > 0, got ${delta}`);
  return ofDifference('huberLoss', x, target, options, (difference) => huber(difference, delta));
}

/** Options of `smoothL1Loss`. */
export interface SmoothL1LossOptions extends LossOptions {
  /** Where the loss turns from a square to a line; 0 for |x - target|. Default 1. */
  readonly beta?: number;
}

const smoothL1LossOptions = optionKinds<SmoothL1LossOptions>({
  beta: aFiniteNumber,
  reduction: aReduction,
});

/**
 * (x - target)² / (2 beta) up to a distance of beta, beyond it |x - target| - beta / 2. Girshick, "Fast
 * R-CNN", ICCV 2015.
 * @throws ShapeError where shapes differ; DTypeError; ArgumentError unless beta ≥ 0.
 */
export function smoothL1Loss(x: Tensor, target: Tensor, options: SmoothL1LossOptions = {}): Tensor {
  checkOptions('smoothL1Loss', options, smoothL1LossOptions);
  const { beta = 1 } = options;
  requireFinite('smoothL1Loss', { beta });
  if (beta < 0) throw new ArgumentError(`smoothL1Loss: expected beta ≥ 0, got ${beta}`);
  return ofDifference('smoothL1Loss', x, target, options, (difference) =>
    beta === 0 ? falling(difference) : mul(huber(difference, beta), 1 / beta),
  );
}

/** |d| with the slope of PyTorch's smooth_l1_loss at 0, which is -1. */
function falling(difference: Tensor): Tensor {
  return where(le(difference, 0), neg(difference), difference);
}

/** m (|d| - m / 2) with m = min(|d|, delta): the square and the line in one expression. */
function huber(difference: Tensor, delta: number): Tensor {
  const distance = abs(difference);
  const near = clamp(distance, 0, delta);
  return mul(near, add(mul(near, -0.5), distance));
}
