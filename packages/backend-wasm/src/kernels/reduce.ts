import {
  bytesOf,
  elementCount,
  forInference,
  type Kernels,
  type Operand,
  type ReduceName,
  type TensorSpec,
} from '@convnet/tensor-core';
import {
  addressIn,
  axisAt,
  bufferOf,
  layoutsAgree,
  newBuffer,
  placeOf,
  stridesOf,
} from '../layout.ts';
import { joins } from '../layout.generated.ts';
import type { Layout, WasmBuffer } from '../buffer.ts';
import type { Machine } from '../machine.ts';
import { fillAt, typeNumber } from './elements.ts';

/** How values are joined. */
const joinOf: Readonly<Record<Exclude<ReduceName, 'argmax' | 'argmin'>, number>> = {
  sum: joins.sum,
  mean: joins.sum,
  prod: joins.product,
  max: joins.max,
  min: joins.min,
};

const startValue: Readonly<Record<keyof typeof joinOf, number>> = {
  sum: 0,
  mean: NaN,
  prod: 1,
  max: -Infinity,
  min: Infinity,
};

/** Neighbouring axes in memory that are all kept or all reduced. */
interface Group {
  extent: number;
  readonly reduced: boolean;
}

function groupsOf(x: Operand, axes: readonly number[], layout: Layout): Group[] {
  const groups: Group[] = [];
  const rank = x.shape.length;
  let last: Group | null = null;
  for (let place = 0; place < rank; place++) {
    const axis = axisAt(place, rank, layout);
    const extent = x.shape[axis]!;
    if (extent === 1) continue;
    const reduced = axes.includes(axis);
    if (last !== null && last.reduced === reduced) last.extent *= extent;
    else groups.push((last = { extent, reduced }));
  }
  return groups;
}

/** Elements of some neighbouring groups. */
function product(groups: readonly Group[], begin: number, end: number): number {
  let all = 1;
  for (let i = begin; i < end; i++) all *= groups[i]!.extent;
  return all;
}

/** Whether the kept axes, in the order that they have in memory, are in the order of `layout`. */
function keptInOrder(x: Operand, axes: readonly number[], from: Layout, to: Layout): boolean {
  const rank = x.shape.length;
  const kept = rank - axes.length;
  let before = -1;
  for (let place = 0; place < rank; place++) {
    const axis = axisAt(place, rank, from);
    if (x.shape[axis] === 1 || axes.includes(axis)) continue;
    let index = axis;
    for (const reduced of axes) if (reduced < axis) index--;
    const wanted = placeOf(index, kept, to);
    if (wanted < before) return false;
    before = wanted;
  }
  return true;
}

export function reduceKernels(machine: Machine): Partial<Kernels> {
  function pass(
    from: number,
    to: number,
    sizes: readonly [outer: number, reduced: number, inner: number],
    join: number,
    integer: boolean,
    divisor: number,
  ): void {
    machine.call('reduce', [from, to, ...sizes, join, Number(integer), divisor]);
  }

  /** Reduces group by group, the last in memory first; the result stands at `to`. */
  function reduceGroups(
    name: keyof typeof joinOf,
    from: number,
    groups: Group[],
    to: number,
    integer: boolean,
  ): void {
    let count = 1;
    for (const group of groups) if (group.reduced) count *= group.extent;
    // Nothing to reduce is still to be copied: as an axis of 1.
    if (!groups.some((group) => group.reduced)) groups.push({ extent: 1, reduced: true });
    let source = from;
    for (;;) {
      const index = groups.map((group) => group.reduced).lastIndexOf(true);
      const outer = product(groups, 0, index);
      const inner = product(groups, index + 1, groups.length);
      const [{ extent }] = groups.splice(index, 1) as [Group];
      const isLast = !groups.some((group) => group.reduced);
      const target = isLast ? to : machine.temporary(outer * inner * 4);
      const divisor = isLast && name === 'mean' ? count : 1;
      pass(source, target, [outer, extent, inner], joinOf[name], integer, divisor);
      if (isLast) return;
      source = target;
    }
  }

  /** The layout to read x in: its own, unless the result would then stand in neither layout. */
  function layouts(x: Operand, axes: readonly number[]): { from: Layout; to: Layout } {
    const own = layoutsAgree(x.shape) ? 'rows' : bufferOf(x).layout;
    if (keptInOrder(x, axes, own, 'rows')) return { from: own, to: 'rows' };
    if (keptInOrder(x, axes, own, 'channelsLast')) return { from: own, to: 'channelsLast' };
    return { from: 'rows', to: 'rows' };
  }

  function extremePosition(
    name: 'argmax' | 'argmin',
    x: Operand,
    axis: number,
    out: TensorSpec,
  ): WasmBuffer {
    const buffer = newBuffer(machine, out, 'rows');
    const { address, integer } = asWords(x, addressIn(machine, x, 'rows'));
    machine.call('arg_extreme', [
      address,
      buffer.address,
      elementCount(x.shape.slice(0, axis)),
      x.shape[axis]!,
      elementCount(x.shape.slice(axis + 1)),
      Number(name === 'argmin'),
      Number(integer),
    ]);
    machine.finish();
    return buffer;
  }

  /** Elements of one byte widened to int32. */
  function asWords(x: Operand, address: number): { address: number; integer: boolean } {
    if (x.dtype === 'float32') return { address, integer: false };
    if (x.dtype === 'int32') return { address, integer: true };
    const count = elementCount(x.shape);
    const wide = machine.temporary(count * 4);
    machine.call('cast', [address, typeNumber[x.dtype], wide, typeNumber.int32, count]);
    return { address: wide, integer: true };
  }

  /** Extents in front of, along and behind an axis, in the order of memory. */
  function around(x: Operand, axis: number): readonly [number, number, number] {
    const n = x.shape[axis]!;
    const total = elementCount(x.shape);
    const inner = stridesOf(x.shape, bufferOf(x).layout)[axis]!;
    return [n === 0 ? 0 : total / n / inner, n, inner];
  }

  /** None in a build for inference. */
  const gradients: Partial<Pick<Kernels, 'softmaxGrad'>> = forInference
    ? {}
    : {
        softmaxGrad(y, dy, axis, log) {
          const source = bufferOf(y);
          const buffer = newBuffer(machine, y, source.layout);
          const gradient = addressIn(machine, dy, source.layout);
          const [outer, n, inner] = around(y, axis);
          machine.call('softmax_grad', [
            source.address,
            gradient,
            buffer.address,
            outer,
            n,
            inner,
            Number(log),
          ]);
          machine.finish();
          return buffer;
        },
      };

  return {
    reduce(name, x, axes, out) {
      if (name === 'argmax' || name === 'argmin') return extremePosition(name, x, axes[0]!, out);
      const { from, to } = layouts(x, axes);
      const buffer = newBuffer(machine, out, to);
      const count = elementCount(out.shape);
      if (elementCount(x.shape) === 0) {
        fillAt(machine, buffer.address, count, startValue[name], out.dtype);
        machine.finish();
        return buffer;
      }
      const { address, integer } = asWords(x, addressIn(machine, x, from));
      const narrow = bytesOf[out.dtype] === 1;
      const target = narrow ? machine.temporary(count * 4) : buffer.address;
      reduceGroups(name, address, groupsOf(x, axes, from), target, integer);
      if (narrow) {
        machine.call('cast', [target, typeNumber.int32, buffer.address, typeNumber.uint8, count]);
      }
      machine.finish();
      return buffer;
    },

    softmax(x, axis, log) {
      const source = bufferOf(x);
      const buffer = newBuffer(machine, x, source.layout);
      const [outer, n, inner] = around(x, axis);
      machine.call('softmax', [source.address, buffer.address, outer, n, inner, Number(log)]);
      machine.finish();
      return buffer;
    },
    ...gradients,
  };
}
