import { inferShapes, InputTooSmallError, meta, noGrad, zeros } from '@convnet/tensor-core';

import { inEvaluation } from './evaluation-mode.ts';
import type { Module } from './module.ts';

/** Where the search for the least size gives up. */
const largestSearched = 4096;

/**
 * The shape that a network gives for an input shape (batch included), without computing anything. `name`
 * stands for the network in errors, where it is a part of a larger one.
 * @throws InputTooSmallError that names the layer and the least extent that works on every spatial axis;
 * the network's other errors.
 */
export function outputShape(
  network: Module,
  inputShape: readonly number[],
  name: string = network.architecture,
): readonly number[] {
  const before = network.architecture;
  network.architecture = name;
  try {
    return infer(network, inputShape);
  } catch (error) {
    if (!(error instanceof InputTooSmallError)) throw error;
    const least = leastExtent(network, inputShape);
    if (least !== null) error.message += ` (the network needs inputs of at least ${least})`;
    throw error;
  } finally {
    network.architecture = before;
  }
}

function infer(network: Module, shape: readonly number[]): readonly number[] {
  const y = inEvaluation(network, () =>
    inferShapes(() => noGrad(() => network.forward(zeros(shape, { device: meta })))),
  );
  y.dispose();
  return y.shape;
}

/** The least extent that works on all spatial axes at once, found by halving. */
function leastExtent(network: Module, inputShape: readonly number[]): number | null {
  const works = (extent: number): boolean => {
    try {
      infer(
        network,
        inputShape.map((given, axis) => (axis < 2 ? given : extent)),
      );
      return true;
    } catch {
      return false;
    }
  };
  let high = Math.max(1, ...inputShape.slice(2));
  while (!works(high)) {
    high *= 2;
    if (high > largestSearched) return null;
  }
  let low = 0;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (works(middle)) high = middle;
    else low = middle;
  }
  return high;
}
