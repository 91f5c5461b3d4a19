import * as ops from '@convnet/tensor-core/ops';
import type { DType } from '@convnet/tensor-core';
import type { Calls } from './call.ts';

interface Axis {
  readonly axis: number;
}

interface MaybeAxis {
  readonly axis?: number;
}

interface Axes {
  readonly axes: readonly number[];
}

interface Shape {
  readonly shape: readonly number[];
}

interface SliceArguments extends Axis {
  readonly start: number;
  readonly end?: number;
  readonly step?: number;
}

interface PadArguments {
  readonly amounts: readonly (readonly [number, number])[];
  readonly value?: number;
}

interface SplitArguments extends MaybeAxis {
  readonly size: number | readonly number[];
}

export const movementCalls: Calls = {
  permute: ([x], { axes }: Axes) => ops.permute(x!, axes),
  transpose: ([x], { a, b }: { a: number; b: number }) => ops.transpose(x!, a, b),
  reshape: ([x], { shape }: Shape) => ops.reshape(x!, shape),
  flatten: ([x], { start, end }: { start?: number; end?: number }) => ops.flatten(x!, start, end),
  squeeze: ([x], { axis }: MaybeAxis) => ops.squeeze(x!, axis),
  unsqueeze: ([x], { axis }: Axis) => ops.unsqueeze(x!, axis),
  slice: ([x], { axis, start, end, step }: SliceArguments) => ops.slice(x!, axis, start, end, step),
  select: ([x], { axis, position }: Axis & { position: number }) => ops.select(x!, axis, position),
  flip: ([x], { axes }: Axes) => ops.flip(x!, axes),
  pad: ([x], { amounts, value }: PadArguments) => ops.pad(x!, amounts, value),
  concat: (t, { axis }: MaybeAxis) => ops.concat(t, axis),
  stack: (t, { axis }: MaybeAxis) => ops.stack(t, axis),
  split: ([x], { size, axis }: SplitArguments) => ops.split(x!, size, axis),
  expand: ([x], { shape }: Shape) => ops.expand(x!, shape),
  gather: ([x, index], { axis }: Axis) => ops.gather(x!, axis, index!),
  cast: ([x], { dtype }: { dtype: DType }) => ops.cast(x!, dtype),
};
