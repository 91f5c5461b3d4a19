import type { Kernels, Operand } from '../backend.ts';
import { LabelRangeError } from '../errors.ts';
import { contiguousStrides } from '../shape.ts';
import { bufferOf, forEachPosition, valuesFor, valuesOf, zerosFor } from './buffer.ts';
import { reduceKernels } from './reduce.ts';

/** Calls `visit` for every target with its class and the flat position of each class's logit. */
function forEachTarget(
  logits: Operand,
  target: Operand,
  visit: (flat: number, label: number, at: (c: number) => number) => void,
): void {
  const labels = valuesOf(target);
  const strides = contiguousStrides(logits.shape);
  forEachPosition(target.shape, (position, flat) => {
    let base = position[0]! * strides[0]!;
    for (let axis = 1; axis < position.length; axis++) base += position[axis]! * strides[axis + 1]!;
    visit(flat, labels[flat]!, (c) => base + c * strides[1]!);
  });
}

/** Share of class `c` in the smoothed target, times its weight. */
function share(
  c: number,
  label: number,
  classes: number,
  labelSmoothing: number,
  weights: ArrayLike<number> | null,
): number {
  const smoothed = (c === label ? 1 - labelSmoothing : 0) + labelSmoothing / classes;
  return smoothed * (weights ? weights[c]! : 1);
}

export const crossEntropyKernels: Pick<Kernels, 'crossEntropy' | 'crossEntropyGrad'> = {
  crossEntropy(logits, target, weight, { ignoreIndex, labelSmoothing, reduction }) {
    const classes = logits.shape[1]!;
    const logProbabilities = reduceKernels.softmax(logits, 1, true);
    const logs = valuesOf({ ...logits, buffer: logProbabilities });
    const weights = weight && valuesOf(weight);
    const losses = zerosFor({ shape: target.shape, dtype: logits.dtype });
    let total = 0;
    let counted = 0;
    forEachTarget(logits, target, (flat, label, at) => {
      if (label === ignoreIndex) return;
      if (label < 0 || label >= classes) throw new LabelRangeError(flat, label, classes);
      let loss = 0;
      for (let c = 0; c < classes; c++) {
        const portion = share(c, label, classes, labelSmoothing, weights);
        if (portion !== 0) loss -= portion * logs[at(c)]!;
      }
      losses[flat] = loss;
      total += loss;
      counted += weights ? weights[label]! : 1;
    });
    const scalar = (value: number) => {
      const values = valuesFor({ shape: [], dtype: logits.dtype });
      values[0] = value;
      return bufferOf(values);
    };
    const reduced = { none: losses, sum: total, mean: total / counted }[reduction];
    return [
      typeof reduced === 'number' ? scalar(reduced) : bufferOf(reduced),
      logProbabilities,
      scalar(counted),
    ];
  },

  crossEntropyGrad(logProbabilities, target, weight, countedWeight, dloss, options) {
    const { ignoreIndex, labelSmoothing, reduction } = options;
    const classes = logProbabilities.shape[1]!;
    const logs = valuesOf(logProbabilities);
    const weights = weight && valuesOf(weight);
    const gradients = valuesOf(dloss);
    const reduced =
      reduction === 'mean' ? gradients[0]! / valuesOf(countedWeight)[0]! : gradients[0]!;
    const values = zerosFor(logProbabilities);
    forEachTarget(logProbabilities, target, (flat, label, at) => {
      if (label === ignoreIndex) return;
      const gradient = reduction === 'none' ? gradients[flat]! : reduced;
      let total = 0;
      for (let c = 0; c < classes; c++) total += share(c, label, classes, labelSmoothing, weights);
      for (let c = 0; c < classes; c++) {
        const portion = share(c, label, classes, labelSmoothing, weights);
        values[at(c)] = gradient * (total * Math.exp(logs[at(c)]!) - portion);
      }
    });
    return bufferOf(values);
  },
};
