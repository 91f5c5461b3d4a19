import {
  bytesOf,
  elementCount,
  type Kernels,
  type Operand,
  type ReduceName,
  type TensorSpec,
} from '@convnet/tensor-core';
import { addressIn, bufferOf, layoutsAgree, newBuffer, stridesOf } from '../layout.ts';
import type { Layout, Machine, WasmBuffer } from '../machine.ts';
import { fillAt, typeNumber } from './elements.ts';

/** How `reduce.rs` numbers the ways of joining. */
const joins: Readonly<Record<Exclude<ReduceName, 'argmax' | 'argmin'>, number>> = {
  sum: 0,
  mean: 0,
  prod: 1,
  max: 2,
  min: 3,
};

const startValue: Readonly<Record<keyof typeof joins, number>> = {
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

/** Logical axes in the order of memory. */
function memoryOrder(rank: number, layout: Layout): number[] {
  const order = Array.from({ length: rank }, (_, axis) => axis);
  if (layout === 'channelsLast' && rank > 2) order.push(order.splice(1, 1)[0]!);
  return order;
}

function groupsOf(x: Operand, axes: readonly number[], layout: Layout): Group[] {
  const groups: Group[] = [];
  for (const axis of memoryOrder(x.shape.length, layout)) {
    const extent = x.shape[axis]!;
    const reduced = axes.includes(axis);
    if (extent === 1) continue;
    const last = groups.at(-1);
    if (last?.reduced === reduced) last.extent *= extent;
    else groups.push({ extent, reduced });
  }
  return groups;
}

function product(groups: readonly Group[]): number {
  return groups.reduce((all, group) => all * group.extent, 1);
}

export function reduceKernels(
  machine: Machine,
): Pick<Kernels, 'reduce' | 'softmax' | 'softmaxGrad'> {
  function pass(
    from: number,
    to: number,
    sizes: readonly [outer: number, reduced: number, inner: number],
    join: number,
    integer: boolean,
    scale: number,
  ): void {
    const { words, floats, argumentWord: base } = machine;
    words[base] = from;
    words[base + 1] = to;
    words[base + 2] = sizes[0];
    words[base + 3] = sizes[1];
    words[base + 4] = sizes[2];
    words[base + 5] = join;
    words[base + 6] = Number(integer);
    floats[base + 7] = scale;
    machine.call('reduce');
  }

  /** Reduces group by group, the last in memory first; the result stands at `to`. */
  function reduceGroups(
    name: keyof typeof joins,
    from: number,
    groups: Group[],
    to: number,
    integer: boolean,
  ): void {
    let count = 1;
    for (const group of groups) if (group.reduced) count *= group.extent;
    let source = from;
    let rest = groups;
    for (;;) {
      const index = rest.findLastIndex((group) => group.reduced);
      const before = index < 0 ? rest : rest.slice(0, index);
      const behind = index < 0 ? [] : rest.slice(index + 1);
      const next = [...before, ...behind];
      const isLast = !next.some((group) => group.reduced);
      const target = isLast ? to : machine.temporary(product(next) * 4);
      const extent = index < 0 ? 1 : rest[index]!.extent;
      const scale = isLast && name === 'mean' ? 1 / count : 1;
      pass(source, target, [product(before), extent, product(behind)], joins[name], integer, scale);
      if (isLast) return;
      source = target;
      rest = next;
    }
  }

  /** Whether the kept axes, in the order that they have in memory, are in the order of `layout`. */
  function keptInOrder(x: Operand, axes: readonly number[], from: Layout, to: Layout): boolean {
    const kept = x.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
    const placed = memoryOrder(x.shape.length, from).filter(
      (axis) => !axes.includes(axis) && x.shape[axis] !== 1,
    );
    const wanted = memoryOrder(kept.length, to)
      .map((i) => kept[i]!)
      .filter((axis) => x.shape[axis] !== 1);
    return placed.every((axis, i) => axis === wanted[i]);
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
}
