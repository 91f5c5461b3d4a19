import { ArgumentError } from '@convnet/tensor-core';
import type { ModelOptions } from '@convnet/layers';

import type { ranks } from './ranks.ts';

/**
 * What every builder of the family takes. `dims` is 1, the only rank; a series has 1 channel and 2 classes unless told
 * otherwise.
 */
export type TimeSeriesOptions = ModelOptions<(typeof ranks)[number]>;

/** Where the defaults of the family differ from those of networks for images. */
export const seriesDefaults: { readonly dims: 1; readonly inChannels: 1; readonly numClasses: 2 } =
  { dims: 1, inChannels: 1, numClasses: 2 };

/** @throws ArgumentError where `kernelSizes` are not three integers ≥ 1. */
export function requireKernelSizes(architecture: string, kernelSizes: readonly number[]): void {
  const areExtents = kernelSizes.every((extent) => Number.isInteger(extent) && extent >= 1);
  if (kernelSizes.length === 3 && areExtents) return;
  throw new ArgumentError(
    `${architecture}: expected kernelSizes as 3 integers ≥ 1, got [${kernelSizes.join(', ')}]`,
  );
}
