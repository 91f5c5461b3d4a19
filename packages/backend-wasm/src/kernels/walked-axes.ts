import { sameShape, type Operand, type TensorSpec } from '@convnet/tensor-core';
import type { Layout } from '../buffer.ts';
import { axisAt, bufferOf } from '../layout.ts';

/** The layout that all inputs lie in with the shape of the result; null where they do not. */
export function agreedLayout(inputs: readonly Operand[], out: TensorSpec): Layout | null {
  const { layout } = bufferOf(inputs[0]!);
  for (const input of inputs) {
    if (bufferOf(input).layout !== layout || !sameShape(input.shape, out.shape)) return null;
  }
  return layout;
}

/** The layout that the result of others gets. */
export function layoutOver(inputs: readonly Operand[], out: TensorSpec): Layout {
  const isLast = out.shape.length > 2 && inputs.some((input) => bufferOf(input).layout !== 'rows');
  return isLast ? 'channelsLast' : 'rows';
}

/** How far axes reach, and for each input what it steps by in elements along them, innermost first. */
interface WalkedAxes {
  readonly extents: readonly number[];
  readonly strides: readonly (readonly number[])[];
}

/**
 * The axes in the order of memory, joined where every operand allows it. An axis on which an operand has
 * extent 1 is a step of 0 for it.
 */
export function walkedAxes(
  inputs: readonly Operand[],
  out: TensorSpec,
  layout: Layout,
): WalkedAxes {
  const rank = out.shape.length;
  const extents: number[] = [];
  const strides = inputs.map((): number[] => []);
  const steps = inputs.map(() => 1);
  for (let place = rank - 1; place >= 0; place--) {
    const axis = axisAt(place, rank, layout);
    const extent = out.shape[axis]!;
    if (extent === 1) continue;
    const last = extents.length - 1;
    let joins = last >= 0;
    for (let i = 0; i < inputs.length; i++) {
      const stride = inputs[i]!.shape[axis] === 1 ? 0 : steps[i]!;
      if (last >= 0 && stride !== strides[i]![last]! * extents[last]!) joins = false;
      strides[i]!.push(stride);
      if (stride !== 0) steps[i]! *= extent;
    }
    if (joins) {
      extents[last]! *= extent;
      for (const list of strides) list.pop();
    } else {
      extents.push(extent);
    }
  }
  if (extents.length === 0) {
    extents.push(1);
    for (const list of strides) list.push(1);
  }
  return { extents, strides };
}
