import * as ops from '@convnet/tensor-core/ops';
import type { DType } from '@convnet/tensor-core';
import type { Calls } from './call.ts';

interface Axis {
  readonly axis: number;
}

interface SortArguments extends ops.SortOptions {
  readonly axis?: number;
}

interface TopKArguments extends ops.TopKOptions {
  readonly k: number;
  readonly axis?: number;
}

interface MaxUnpoolArguments extends ops.MaxUnpoolOptions {
  readonly kernelSize: ops.PerAxis;
}

interface PadModeArguments {
  readonly amounts: readonly (readonly [number, number])[];
  readonly mode: ops.PaddingMode;
}

interface RollArguments {
  readonly shifts: readonly number[];
  readonly axes: readonly number[];
}

interface Counts {
  readonly counts: readonly number[];
}

export const orderCalls: Calls = {
  sort: ([x], { axis, ...options }: SortArguments) => ops.sort(x!, axis, options),
  argsort: ([x], { axis, ...options }: SortArguments) => ops.argsort(x!, axis, options),
  topk: ([x], { k, axis, ...options }: TopKArguments) => ops.topk(x!, k, axis, options),
  cumsum: ([x], { axis }: Axis) => ops.cumsum(x!, axis),
  scatter: ([x, index, source], { axis, value }: Axis & { readonly value?: number }) =>
    ops.scatter(x!, axis, index!, value ?? source!),
  scatterAdd: ([x, index, source], { axis }: Axis) => ops.scatterAdd(x!, axis, index!, source!),
  indexSelect: ([x, index], { axis }: Axis) => ops.indexSelect(x!, axis, index!),
  oneHot: ([x], { numClasses, dtype }: { numClasses: number; dtype?: DType }) =>
    ops.oneHot(x!, numClasses, dtype),
  maxUnpool: ([x], { kernelSize, outputSize, ...options }: MaxUnpoolArguments) => {
    const [values, indices] = ops.maxPoolWithIndices(x!, kernelSize, options);
    const size = outputSize === undefined ? {} : { outputSize };
    return ops.maxUnpool(values, indices, kernelSize, { ...options, ...size });
  },
  roll: ([x], { shifts, axes }: RollArguments) => ops.roll(x!, shifts, axes),
  repeat: ([x], { counts }: Counts) => ops.repeat(x!, counts),
  tile: ([x], { counts }: Counts) => ops.tile(x!, counts),
  channelShuffle: ([x], { groups }: { groups: number }) => ops.channelShuffle(x!, groups),
  pixelShuffle: ([x], { upscaleFactor }: { upscaleFactor: ops.PerAxis }) =>
    ops.pixelShuffle(x!, upscaleFactor),
  pixelUnshuffle: ([x], { downscaleFactor }: { downscaleFactor: ops.PerAxis }) =>
    ops.pixelUnshuffle(x!, downscaleFactor),
  padMode: ([x], { amounts, mode }: PadModeArguments) => ops.pad(x!, amounts, mode),
};
