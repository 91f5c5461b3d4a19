import {
  bytesOf,
  elementCount,
  type DeviceBuffer,
  type Operand,
  type TensorSpec,
} from '@convnet/tensor-core';
import * as at from './layout/strided-copy.generated.ts';
import { mostAxes } from './layout/constants.generated.ts';
import type { Layout, WasmBuffer } from './buffer.ts';
import type { Machine } from './machine.ts';

/** The buffer behind an operand of this backend. */
export function bufferOf(operand: { readonly buffer: DeviceBuffer }): WasmBuffer {
  return operand.buffer as WasmBuffer;
}

/** Whether both layouts put the elements of `shape` in the same order. */
export function layoutsAgree(shape: readonly number[]): boolean {
  if (shape.length < 3 || shape[1] === 1) return true;
  for (let axis = 2; axis < shape.length; axis++) if (shape[axis] !== 1) return false;
  return true;
}

/** Whether the elements lie in logical order. */
export function isRows(operand: Operand): boolean {
  return bufferOf(operand).layout === 'rows' || layoutsAgree(operand.shape);
}

/** Whether the elements lie channels-last. */
export function isChannelsLast(operand: Operand): boolean {
  return bufferOf(operand).layout === 'channelsLast' || layoutsAgree(operand.shape);
}

/** The logical axis that is number `place` in memory. */
export function axisAt(place: number, rank: number, layout: Layout): number {
  if (layout === 'rows' || rank <= 2 || place === 0) return place;
  return place === rank - 1 ? 1 : place + 1;
}

/** The place in memory of a logical axis. */
export function placeOf(axis: number, rank: number, layout: Layout): number {
  if (layout === 'rows' || rank <= 2 || axis === 0) return axis;
  return axis === 1 ? rank - 1 : axis - 1;
}

/** Elements between neighbours along each logical axis. */
export function stridesOf(shape: readonly number[], layout: Layout): number[] {
  const strides = new Array<number>(shape.length);
  let step = 1;
  if (layout === 'channelsLast' && shape.length > 2) {
    strides[1] = 1;
    step = shape[1]!;
    for (let axis = shape.length - 1; axis >= 2; axis--) {
      strides[axis] = step;
      step *= shape[axis]!;
    }
    strides[0] = step;
    return strides;
  }
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = step;
    step *= shape[axis]!;
  }
  return strides;
}

/** A new buffer for `spec`. */
export function newBuffer(machine: Machine, spec: TensorSpec, layout: Layout): WasmBuffer {
  return machine.buffer(elementCount(spec.shape) * bytesOf[spec.dtype], layout);
}

/** An axis of a strided copy: how far it reaches and its steps in elements. */
export interface CopyAxis {
  readonly extent: number;
  readonly from: number;
  readonly to: number;
}

/** Copies elements of `bytes` bytes along `axes`, in any order, between two addresses. */
export function stridedCopy(
  machine: Machine,
  source: number,
  out: number,
  bytes: number,
  axes: readonly CopyAxis[],
): void {
  if (bytes === 2) {
    // The kernel knows words and bytes: an element of two bytes is an axis of two.
    const steps = axes.map(({ extent, from, to }) => ({ extent, from: 2 * from, to: 2 * to }));
    stridedCopy(machine, source, out, 1, [...steps, { extent: 2, from: 1, to: 1 }]);
    return;
  }
  const merged = mergeAxes(axes);
  if (merged.length > mostAxes) {
    // Outer axes beyond what the kernel takes are walked here.
    const [outer, ...inner] = merged;
    for (let i = 0; i < outer!.extent; i++) {
      const from = source + i * outer!.from * bytes;
      stridedCopy(machine, from, out + i * outer!.to * bytes, bytes, inner);
    }
    return;
  }
  const { words, argumentWord: base } = machine;
  words[base + at.source] = source;
  words[base + at.out] = out;
  words[base + at.bytes] = bytes;
  words[base + at.axes] = merged.length;
  for (let i = 0; i < merged.length; i++) {
    const axis = merged[i]!;
    words[base + at.extents + i] = axis.extent;
    words[base + at.from + i] = axis.from;
    words[base + at.to + i] = axis.to;
  }
  machine.call('strided_copy');
}

/**
 * At least two axes, outermost first: in the order of the output, neighbours that both sides walk in one
 * stride joined, and the one that the source walks by single steps in front of the last.
 */
function mergeAxes(axes: readonly CopyAxis[]): CopyAxis[] {
  const sorted = axes
    .filter((axis) => axis.extent !== 1)
    .sort((a, b) => Math.abs(b.to) - Math.abs(a.to));
  const merged: CopyAxis[] = [];
  for (const axis of sorted) {
    const before = merged[merged.length - 1];
    if (before?.to === axis.to * axis.extent && before.from === axis.from * axis.extent) {
      merged[merged.length - 1] = { ...axis, extent: before.extent * axis.extent };
    } else {
      merged.push(axis);
    }
  }
  const single = merged.findIndex((axis) => axis.from === 1);
  if (single >= 0 && single < merged.length - 2) {
    merged.splice(-1, 0, ...merged.splice(single, 1));
  }
  while (merged.length < 2) merged.unshift({ extent: 1, from: 0, to: 0 });
  return merged;
}

/** Copies an operand from its own layout to another, at `out`. */
export function copyToLayout(
  machine: Machine,
  operand: Operand,
  layout: Layout,
  out: number,
): void {
  const { address, layout: own } = bufferOf(operand);
  copyElements(machine, operand, [address, own], [out, layout]);
}

/** Copies elements from an address, where they lie in a layout, to another address and layout. */
export function copyElements(
  machine: Machine,
  { shape, dtype }: TensorSpec,
  [source, before]: readonly [address: number, layout: Layout],
  [out, after]: readonly [address: number, layout: Layout],
): void {
  const from = stridesOf(shape, before);
  const to = stridesOf(shape, after);
  const axes = shape.map((extent, i) => ({ extent, from: from[i]!, to: to[i]! }));
  stridedCopy(machine, source, out, bytesOf[dtype], axes);
}

/** Address of the elements in `layout`, copied there for the length of the kernel where they are not. */
export function addressIn(machine: Machine, operand: Operand, layout: Layout): number {
  const buffer = bufferOf(operand);
  if (buffer.layout === layout || layoutsAgree(operand.shape)) return buffer.address;
  const out = machine.temporary(buffer.byteLength);
  copyToLayout(machine, operand, layout, out);
  return out;
}

/** A new buffer with the elements in `layout`. */
export function copyIn(machine: Machine, operand: Operand, layout: Layout): WasmBuffer {
  const out = newBuffer(machine, operand, layout);
  copyToLayout(machine, operand, layout, out.address);
  return out;
}

/** Puts the elements of a buffer into another order, for good. */
export function convertInPlace(machine: Machine, operand: Operand, layout: Layout): void {
  const buffer = bufferOf(operand);
  if (buffer.layout === layout) return;
  if (!layoutsAgree(operand.shape)) {
    const copy = machine.temporary(buffer.byteLength);
    copyToLayout(machine, operand, layout, copy);
    machine.call('copy_bytes', [copy, buffer.address, buffer.byteLength]);
  }
  buffer.layout = layout;
}
