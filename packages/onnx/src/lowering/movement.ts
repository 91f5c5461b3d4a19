import type { DType } from '@convnet/tensor-core';

import { Inexpressible } from '../errors.ts';
import { elementTypes } from '../protobuf/messages.ts';
import type { Extent } from '../traced-network.ts';
import { dtypeOf, int, ints, operand, type Lowering, type Site } from './site.ts';

/** Beyond any extent. */
const end = 2 ** 52;

const reshape: Lowering = (site) => {
  const extents = site.extentsOf(site.step.outputs[0]!);
  const growing = extents.filter((extent) => typeof extent !== 'number').length;
  const shape =
    growing === 1
      ? site.graph.list(extents.map((extent) => (typeof extent === 'number' ? extent : -1)))
      : site.extents(extents);
  return site.node('Reshape', [site.inputs[0]!, shape]);
};

const permute: Lowering = (site) => {
  const { axes } = site.step.attributes as { readonly axes: readonly number[] };
  return site.node('Transpose', [site.inputs[0]!], { perm: ints(axes) });
};

const expand: Lowering = (site) => {
  const input = site.extentsOf(operand(site, 0));
  const output = site.extentsOf(site.step.outputs[0]!);
  // Extents that stay are written as 1, which leaves them as they are, whatever the batch.
  const to = output.map((extent, axis): Extent => (isSame(extent, input[axis]!) ? 1 : extent));
  return site.node('Expand', [site.inputs[0]!, site.extents(to)]);
};

interface SliceAttributes {
  readonly start: readonly number[];
  readonly step: readonly number[];
}

const slice: Lowering = (site) => {
  const { start, step } = site.step.attributes as SliceAttributes;
  const input = site.extentsOf(operand(site, 0));
  const output = site.extentsOf(site.step.outputs[0]!);
  const axes = output
    .map((_, axis) => axis)
    .filter((axis) => step[axis] !== 1 || !isSame(input[axis]!, output[axis]!));
  if (axes.length === 0) return site.node('Identity', [site.inputs[0]!]);
  const ends = axes.map((axis) => {
    const count = output[axis]!;
    if (typeof count !== 'number') {
      throw new Inexpressible('it takes a part of the batch: export it without dynamicBatch');
    }
    const behind = start[axis]! + step[axis]! * count;
    return behind < 0 ? -end : behind;
  });
  const lists = [axes.map((axis) => start[axis]!), ends, axes, axes.map((axis) => step[axis]!)];
  return site.node('Slice', [site.inputs[0]!, ...lists.map((list) => site.graph.list(list))]);
};

const concat: Lowering = (site) => {
  const { axis } = site.step.attributes as { readonly axis: number };
  return site.node('Concat', site.inputs, { axis: int(axis) });
};

interface PadAttributes {
  readonly begin: readonly number[];
  readonly end: readonly number[];
  readonly value: number;
}

const pad: Lowering = (site) => {
  const attributes = site.step.attributes as PadAttributes;
  const amounts = site.graph.list([...attributes.begin, ...attributes.end]);
  const value = site.graph.scalar(dtypeOf(site), attributes.value);
  return site.node('Pad', [site.inputs[0]!, amounts, value]);
};

const cast: Lowering = (site) => {
  const { dtype } = site.step.attributes as { readonly dtype: DType };
  return site.node('Cast', [site.inputs[0]!], { to: int(elementTypes[dtype]) });
};

const full: Lowering = (site) => {
  const { dtype, value } = site.step.attributes as {
    readonly dtype: DType;
    readonly value: number;
  };
  const number = site.graph.scalar(dtype, value);
  const output = site.step.outputs[0]!;
  if (output.shape.length === 0) return number;
  return site.node('Expand', [number, site.extents(site.extentsOf(output))]);
};

const gather: Lowering = (site) => {
  const { axis } = site.step.attributes as { readonly axis: number };
  return site.node('GatherElements', site.inputs, { axis: int(axis) });
};

const cumsum: Lowering = (site: Site) => {
  const { axis } = site.step.attributes as { readonly axis: number };
  return site.node('CumSum', [site.inputs[0]!, site.graph.scalar('int64', axis)]);
};

function isSame(a: Extent, b: Extent): boolean {
  if (typeof a === 'number' || typeof b === 'number') return a === b;
  return a.perBatch === b.perBatch;
}

export const movementLowerings: Readonly<Record<string, Lowering>> = {
  reshape,
  permute,
  expand,
  slice,
  concat,
  pad,
  cast,
  full,
  gather,
  cumsum,
};
