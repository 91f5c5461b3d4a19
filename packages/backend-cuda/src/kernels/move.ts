import {
  bytesOf,
  elementCount,
  type DType,
  type Kernels,
  type MovePart,
} from '@convnet/tensor-core';

import type { KernelContext } from '../commands/kernel-context.ts';
import { memoryOf, type CudaBuffer, type Memory } from '../cuda-buffer.ts';
import {
  collapse,
  forEachPiece,
  lengthOf,
  longestOutermost,
  memoryOrder,
  memoryStrides,
  walkWords,
  type Walk,
} from '../layout.ts';
import { overElements, partOf } from './launching.ts';

const tile = 32;
/** From this extent on both sides of a transposition are worth a tile. */
const leastOfTile = 8;
const mostAlongYAndZ = 65_535;

/** Copies elements along a walk whose tensors are the target and the source, which begin at offsets. */
export function copyAlong(
  context: KernelContext,
  target: Memory,
  source: Memory,
  dtype: DType,
  walk: Walk,
  offsets: readonly number[],
): void {
  const bytes = bytesOf[dtype];
  forEachPiece(
    longestOutermost(walk),
    (piece, [to, from]) => {
      const pointers = [partOf(source, dtype, from!), partOf(target, dtype, to!)];
      const rows = rowsOfTiles(piece);
      if (rows === null) {
        const neighbours = neighboursOf(piece, [to!, from!], bytes);
        const taken = neighbours === 1 ? piece : byNeighbours(piece, neighbours);
        const count = lengthOf(taken);
        context.launch(`move_${bytes * neighbours}`, overElements(count), pointers, [
          count,
          ...walkWords(taken),
        ]);
        return;
      }
      const { extents, strides } = piece;
      const isPlane = (_: number, axis: number): boolean => axis !== 0 && axis !== rows;
      const planes = {
        extents: extents.filter(isPlane),
        strides: strides.map((own) => own.filter(isPlane)),
      };
      const count = lengthOf(planes);
      const down = Math.min(Math.ceil(extents[rows]! / tile), mostAlongYAndZ);
      context.launch(
        `move_tiles_${bytes}`,
        {
          grid: [Math.ceil(extents[0]! / tile), down, Math.min(count, mostAlongYAndZ)],
          block: [tile, 8, 1],
        },
        pointers,
        [
          extents[0]!,
          extents[rows]!,
          count,
          strides[0]![rows]!,
          strides[1]![0]!,
          ...walkWords(planes),
        ],
      );
    },
    offsets,
  );
}

/** The axis along which the source has its neighbours, where it is another than that of the target; else null. */
function rowsOfTiles({ extents, strides: [to, from] }: Walk): number | null {
  if (extents.length < 2 || to![0] !== 1 || from![0] === 1 || from![0] === 0) return null;
  const rows = from!.indexOf(1);
  return rows > 0 && extents[0]! >= leastOfTile && extents[rows]! >= leastOfTile ? rows : null;
}

/** How many neighbours can be copied as one element of at most 16 bytes: 1, 2, 4, 8 or 16. */
function neighboursOf(
  { extents, strides }: Walk,
  offsets: readonly number[],
  bytes: number,
): number {
  if (extents.length === 0 || strides.some((own) => own[0] !== 1)) return 1;
  const divides = (neighbours: number): boolean =>
    extents[0]! % neighbours === 0 &&
    offsets.every((offset) => offset % neighbours === 0) &&
    strides.every((own) => own.every((stride, axis) => axis === 0 || stride % neighbours === 0));
  let neighbours = 16 / bytes;
  while (neighbours > 1 && !divides(neighbours)) neighbours /= 2;
  return neighbours;
}

function byNeighbours({ extents, strides }: Walk, neighbours: number): Walk {
  return {
    extents: [extents[0]! / neighbours, ...extents.slice(1)],
    strides: strides.map(([, ...outer]) => [1, ...outer.map((stride) => stride / neighbours)]),
  };
}

export function moveKernels(context: KernelContext, fill: Kernels['fill']): Pick<Kernels, 'move'> {
  return {
    move(parts, out, value) {
      const moved = parts.reduce((total, part) => total + elementCount(part.size), 0);
      // Boxes do not overlap: where they are as large as the output they cover it.
      const isCovered = moved === elementCount(out.shape);
      const result = isCovered ? context.allocate(out) : (fill(out, value) as CudaBuffer);
      const outStrides = memoryStrides(out.shape);
      for (const part of parts) {
        const { walk, offsets } = boxOf(part, outStrides);
        copyAlong(context, result.memory, memoryOf(part.source), out.dtype, walk, offsets);
      }
      return result;
    },
  };
}

function boxOf(
  part: MovePart,
  outStrides: readonly number[],
): { walk: Walk; offsets: [to: number, from: number] } {
  const strides = memoryStrides(part.source.shape);
  let [to, from] = [0, 0];
  const toSteps: number[] = [];
  const fromSteps: number[] = [];
  part.size.forEach((_, axis) => {
    const walked = part.axis[axis]!;
    const stride = walked < 0 ? 0 : strides[walked]!;
    to += part.to[axis]! * outStrides[axis]!;
    toSteps.push(part.toStep[axis]! * outStrides[axis]!);
    from += stride === 0 ? 0 : part.from[axis]! * stride;
    fromSteps.push(stride === 0 ? 0 : part.fromStep[axis]! * stride);
  });
  for (const [axis, position] of Object.entries(part.at)) from += position * strides[Number(axis)]!;
  const order = memoryOrder(part.size.length);
  const ordered = (values: readonly number[]): number[] => order.map((axis) => values[axis]!);
  const walk = collapse(ordered(part.size), [ordered(toSteps), ordered(fromSteps)]);
  return { walk, offsets: [to, from] };
}
