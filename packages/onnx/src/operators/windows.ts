import { ShapeError } from '@convnet/tensor-core';

import type { NodeReader } from '../import/node-reader.ts';

/** How a kernel slides, as the attributes of a node say; lists have an entry for each spatial axis. */
export interface Sliding {
  readonly kernel: readonly number[];
  readonly stride: readonly number[];
  readonly dilation: readonly number[];
  readonly begin: readonly number[];
  readonly end: readonly number[];
}

/** What the attributes say, which is settled once the input's extents are known. */
export interface WindowAttributes {
  readonly strides: readonly number[] | null;
  readonly dilations: readonly number[] | null;
  readonly pads: readonly number[] | null;
  readonly autoPad: 'NOTSET' | 'SAME_UPPER' | 'SAME_LOWER' | 'VALID';
}

/** @throws Unsupported for negative padding. */
export function readWindows(node: NodeReader): WindowAttributes {
  const attributes = {
    strides: node.ints('strides'),
    dilations: node.ints('dilations'),
    pads: node.ints('pads'),
    autoPad: node.string('auto_pad', ['NOTSET', 'SAME_UPPER', 'SAME_LOWER', 'VALID'], 'NOTSET'),
  };
  if (attributes.pads?.some((amount) => amount < 0)) node.refuse('negative padding');
  return attributes;
}

/** The windows over spatial `extents`. @throws ShapeError where lists have not an entry for each axis. */
export function slidingOver(
  op: string,
  { strides, dilations, pads, autoPad }: WindowAttributes,
  kernel: readonly number[],
  extents: readonly number[],
): Sliding {
  const ones = kernel.map(() => 1);
  const stride = strides ?? ones;
  const dilation = dilations ?? ones;
  const given = autoPad === 'NOTSET' ? (pads ?? []) : [];
  const padding = given.length === 0 ? [...kernel, ...kernel].map(() => 0) : given;
  const dims = extents.length;
  if (
    [kernel, stride, dilation].some((list) => list.length !== dims) ||
    padding.length !== 2 * dims
  ) {
    throw new ShapeError(
      `${op}: expected kernel, strides, dilations and pads for ${dims} spatial axes, got ` +
        `${kernel.length}, ${stride.length}, ${dilation.length} and ${padding.length / 2}`,
    );
  }
  if (autoPad !== 'SAME_UPPER' && autoPad !== 'SAME_LOWER') {
    return { kernel, stride, dilation, begin: padding.slice(0, dims), end: padding.slice(dims) };
  }
  const total = extents.map((extent, i) => {
    const windows = Math.ceil(extent / stride[i]!);
    return Math.max(0, (windows - 1) * stride[i]! + reach(kernel[i]!, dilation[i]!) - extent);
  });
  const less = total.map((amount) => Math.floor(amount / 2));
  const more = total.map((amount, i) => amount - less[i]!);
  const isUpper = autoPad === 'SAME_UPPER';
  return { kernel, stride, dilation, begin: isUpper ? less : more, end: isUpper ? more : less };
}

/** The positions from the first to the last of a window. */
export function reach(kernel: number, dilation: number): number {
  return dilation * (kernel - 1) + 1;
}
