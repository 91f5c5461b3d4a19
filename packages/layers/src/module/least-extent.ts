import { inferShapes, meta, noGrad, zeros, type InputTooSmallError } from '@convnet/tensor-core';

import { inEvaluation, type ModeTree } from './evaluation-mode.ts';

/** Where the search for the least size gives up. */
const largestSearched = 4096;

/** A network of one input: any module with such a forward. */
export interface Network extends ModeTree {
  forward(input: never): unknown;
}

/** What a network gives for an input shape (batch included), without computing anything. */
export function inferOutput(network: Network, shape: readonly number[]): unknown {
  return inEvaluation(network, () =>
    inferShapes(() => noGrad(() => network.forward(zeros(shape, { device: meta }) as never))),
  );
}

/** Adds to an error about a small input the least extent that works on all spatial axes at once. */
export function nameLeastExtent(
  error: InputTooSmallError,
  network: Network,
  inputShape: readonly number[],
): void {
  const least = leastExtent(network, inputShape);
  if (least !== null) error.message += ` (the network needs inputs of at least ${least})`;
}

/** Found by halving; null where nothing of a reasonable size works. */
function leastExtent(network: Network, inputShape: readonly number[]): number | null {
  const works = (extent: number): boolean => {
    try {
      inferOutput(
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
