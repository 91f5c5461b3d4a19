import { Module } from '@convnet/layers';
import {
  ArgumentError,
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
  type Tensor,
  formatValue,
} from '@convnet/tensor-core';

/** A scalar loss of a network's output and the targets. */
export type LossFunction = (output: Tensor, targets: Tensor) => Tensor;

/** A function, or a layer such as `CrossEntropyLoss`. */
export type Loss = LossFunction | Module<[prediction: Tensor, target: Tensor]>;

/** Losses that always compute the same, so that a captured step may repeat them. */
const replayable: ReadonlySet<unknown> = new Set([
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
]);

/** The function to call. Default cross-entropy. */
export function lossFunction(loss: Loss | undefined): LossFunction {
  if (loss === undefined) return crossEntropy;
  return loss instanceof Module ? (output, targets) => loss.forward(output, targets) : loss;
}

/** Whether nothing in it changes from step to step: it is the library's own, or a layer, which captures know. */
export function isReplayable(loss: Loss | undefined): boolean {
  return loss === undefined || loss instanceof Module || replayable.has(loss);
}

/** @throws ArgumentError. */
export function requireLoss(where: string, loss: unknown): void {
  if (typeof loss === 'function' || loss instanceof Module) return;
  throw new ArgumentError(
    `${where}: expected loss as a function or a layer, got ${formatValue(loss)}`,
  );
}
