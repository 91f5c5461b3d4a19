import {
  bytesOf,
  elementCount,
  type DType,
  type Kernels,
  type ReduceName,
} from '@convnet/tensor-core';

import { float, wide, type KernelContext } from '../commands/kernel-context.ts';
import { kernelType, memoryOf, type Memory, type Pointer } from '../cuda-buffer.ts';
import {
  collapse,
  forEachPiece,
  lengthOf,
  memoryOrder,
  memoryStrides,
  mostAxes,
  piecesOf,
  walkWords,
  type Walk,
} from '../layout.ts';
import { mostSigned, requireCountable } from './countable.ts';
import { blockThreads, overBlocks, overElements, partOf } from './launching.ts';
import { copyAlong } from './move.ts';

/** Terms that one thread adds up at most, before threads add up what they have. */
const mostOfThread = 64;

/** Terms that kernels count: they take several steps at once. */
const mostTerms = 2 ** 30;

/** Threads along y that share the terms of results beside each other, and results of a block. */
const columnThreads = 8;
const columnsOfBlock = 32;

/** How threads share the terms of one result that are neighbours. */
function threadsFor(terms: number): number {
  if (terms > 16 * columnsOfBlock) return blockThreads;
  return Math.min(2 ** Math.ceil(Math.log2(Math.max(terms, 1))), 32);
}

/** A reduction as a kernel sees it. */
interface Reduction {
  readonly kernel: string;
  readonly dtype: DType;
  /** Walks over the results (their memory and x) and over the terms of each (in x). */
  readonly kept: Walk;
  readonly reduced: Walk;
  readonly results: number;
  readonly terms: number;
}

/** Where a reduction's results and terms begin, in elements of their memories. */
interface Place {
  readonly target: Memory;
  readonly into: number;
  readonly source: Memory;
  readonly from: number;
}

function within(place: Place, [into, from]: readonly number[]): Place {
  return { ...place, into: place.into + into!, from: place.from + from! };
}

export function reduceKernels(context: KernelContext): Pick<Kernels, 'reduce'> {
  /**
   * Sums whose terms one kernel cannot count, or step over: those of each part are reduced by themselves, and then what they gave.
   * Results go in parts too, so that the second pass can step from one to the next.
   */
  function reduceInSlabs(place: Place, reduction: Reduction, divisor: number): void {
    const { kernel, dtype } = reduction;
    const slabs = piecesOf(reduction.reduced, mostTerms);
    for (const { walk: kept, offsets } of piecesOf(reduction.kept, mostTerms)) {
      const own = within(place, offsets);
      const results = lengthOf(kept);
      const sums = context.scratch(results * slabs.length * bytesOf[dtype]);
      slabs.forEach(({ walk: reduced, offsets: [begin] }, i) => {
        const from = own.from + begin!;
        const slab = { ...reduction, kept, reduced, results, terms: lengthOf(reduced) };
        reduceInto({ ...own, from, target: sums, into: i * results }, slab, 1);
      });
      const joined: Reduction = {
        kernel,
        dtype,
        kept: collapse([results], [[1], [1]]),
        reduced: collapse([slabs.length], [[results]]),
        results,
        terms: slabs.length,
      };
      reduceInto({ ...own, source: sums, from: 0 }, joined, divisor);
    }
  }

  /** Reduces in as many passes as it takes. */
  function reduceInto(place: Place, reduction: Reduction, divisor: number): void {
    const { kernel, dtype, reduced, results, terms } = reduction;
    if (piecesOf(reduced, mostTerms).length > 1) {
      reduceInSlabs(place, reduction, divisor);
      return;
    }
    const isOfRows = reduced.strides[0]![0] === 1 || results === 1;
    const threads = threadsFor(terms);
    const each = mostOfThread * (isOfRows ? threads : columnThreads);
    const parts = Math.max(Math.ceil(terms / each), 1);
    const isWhole = parts === 1;
    const launch = (kept: Walk, count: number, from: Pointer, into: Pointer): void => {
      const words = [
        ...wide(count),
        terms,
        each,
        parts,
        float(isWhole ? divisor : 1),
        ...walkWords({ extents: kept.extents, strides: [kept.strides[1]!] }),
        ...walkWords(reduced),
      ];
      if (isOfRows) {
        const rows = blockThreads / threads;
        const shape = overBlocks(Math.ceil((count * parts) / rows));
        context.launch(
          `reduce_rows_${kernel}`,
          { ...shape, block: [threads, rows, 1] },
          [from, into],
          words,
        );
      } else {
        const shape = overBlocks(Math.ceil(count / columnsOfBlock) * parts);
        context.launch(
          `reduce_columns_${kernel}`,
          { ...shape, block: [columnsOfBlock, columnThreads, 1] },
          [from, into],
          words,
        );
      }
    };
    for (const { walk: kept, offsets } of piecesOf(reduction.kept)) {
      const own = within(place, offsets);
      const count = lengthOf(kept);
      const source = partOf(own.source, dtype, own.from);
      if (isWhole) {
        launch(kept, count, source, partOf(own.target, dtype, own.into));
        continue;
      }
      const sums = context.scratch(count * parts * bytesOf[dtype]);
      launch(kept, count, source, sums);
      const joined: Reduction = {
        kernel,
        dtype,
        kept: collapse([count], [[1], [1]]),
        reduced: collapse([parts], [[count]]),
        results: count,
        terms: parts,
      };
      reduceInto({ ...own, source: sums, from: 0 }, joined, divisor);
    }
  }

  return {
    reduce(name, x, axes, out) {
      const result = context.allocate(out);
      const strides = memoryStrides(x.shape);
      const keptAxes = x.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
      // In the order of the result's memory, whose axes are numbered anew.
      const order = memoryOrder(keptAxes.length).map((position) => keptAxes[position]!);
      const own = memoryStrides(out.shape);
      const keptWalk = collapse(
        order.map((axis) => x.shape[axis]!),
        [order.map((axis) => own[keptAxes.indexOf(axis)]!), order.map((axis) => strides[axis]!)],
      );
      const reducedAxes = memoryOrder(x.shape.length).filter((axis) => axes.includes(axis));
      const reducedWalk = collapse(
        reducedAxes.map((axis) => x.shape[axis]!),
        [reducedAxes.map((axis) => strides[axis]!)],
      );
      const results = elementCount(out.shape);
      const { source, kept, reduced } = walkable(
        context,
        memoryOf(x),
        x.dtype,
        keptWalk,
        reducedWalk,
      );
      const terms = axes.reduce((product, axis) => product * x.shape[axis]!, 1);
      if (name === 'argmax' || name === 'argmin') {
        findPositions(context, source, result.memory, {
          kernel: `${name}_${kernelType(x.dtype)}`,
          dtype: x.dtype,
          kept,
          reduced,
          results,
          terms,
        });
        return result;
      }
      const reduction: Reduction = {
        kernel: `${kernelOf(name)}_${kernelType(x.dtype)}`,
        dtype: x.dtype,
        kept,
        reduced,
        results,
        terms,
      };
      if (results > 0) {
        const place = { target: result.memory, into: 0, source, from: 0 };
        reduceInto(place, reduction, name === 'mean' ? terms : 1);
      }
      return result;
    },
  };
}

/** The same over elements that kernels can walk: where there are more axes than they take, they are first copied together. */
function walkable(
  context: KernelContext,
  source: Memory,
  dtype: DType,
  kept: Walk,
  reduced: Walk,
): { source: Memory; kept: Walk; reduced: Walk } {
  if (kept.extents.length <= mostAxes && reduced.extents.length <= mostAxes) {
    return { source, kept, reduced };
  }
  const [results, terms] = [lengthOf(kept), lengthOf(reduced)];
  const together = context.scratch(results * terms * bytesOf[dtype]);
  const outward = outermostFirst([...reduced.extents, ...kept.extents]);
  const steps = outermostFirst([...reduced.strides[0]!, ...kept.strides[1]!]);
  const own = [...outward];
  let stride = 1;
  for (let axis = own.length - 1; axis >= 0; axis--) {
    own[axis] = stride;
    stride *= outward[axis]!;
  }
  copyAlong(context, together, source, dtype, collapse(outward, [own, steps]), [0, 0]);
  return {
    source: together,
    kept: collapse([results], [[1], [terms]]),
    reduced: collapse([terms], [[1]]),
  };
}

const outermostFirst = (values: readonly number[]): number[] =>
  values.map((_, axis) => values[values.length - 1 - axis]!);

const kernelOf = (name: ReduceName): ReduceName => (name === 'mean' ? 'sum' : name);

/** Positions of the greatest or least terms, in one pass or, of many terms, in two. */
function findPositions(
  context: KernelContext,
  source: Memory,
  target: Memory,
  { kernel, dtype, kept, reduced, terms }: Reduction,
): void {
  const longest = Math.max(0, ...reduced.strides[0]!);
  // A position is an int32.
  requireCountable(
    kernel,
    { terms, 'elements between neighbours on the axis': longest },
    mostSigned,
  );
  const threads = threadsFor(terms);
  const each = Math.max(mostOfThread * threads, Math.ceil(terms / 1024));
  const parts = Math.max(Math.ceil(terms / each), 1);
  forEachPiece(kept, (piece, [into, from]) => {
    const count = lengthOf(piece);
    const chosen = parts === 1 ? null : context.scratch(4 * count * parts);
    const words = [
      ...wide(count),
      terms,
      each,
      parts,
      ...walkWords({ extents: piece.extents, strides: [piece.strides[1]!] }),
      ...walkWords(reduced),
    ];
    const x = partOf(source, dtype, from!);
    const y = partOf(target, 'int32', into!);
    const rows = blockThreads / threads;
    context.launch(
      `reduce_${kernel}`,
      { ...overBlocks(Math.ceil((count * parts) / rows)), block: [threads, rows, 1] },
      [x, chosen ?? y, null],
      words,
    );
    if (chosen !== null) {
      context.launch(`reduce_joined_${kernel}`, overElements(count), [x, y, chosen], words);
    }
  });
}
