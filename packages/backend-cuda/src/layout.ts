/**
 * How tensors lie in memory, and walks over several of them at once. A tensor of rank 3 or more lies channels last: axis 1 is
 * innermost, the others keep their order. One of rank 2 or less lies in row-major order. Nothing lies between elements.
 */

/** The axes of a tensor from the outermost to the innermost in memory. */
export function memoryOrder(rank: number): readonly number[] {
  let order = orders[rank];
  if (order === undefined) {
    order = Array.from({ length: rank }, (_, axis) => axis);
    if (rank >= 3) order.push(...order.splice(1, 1));
    orders[rank] = order;
  }
  return order;
}

const orders: (number[] | undefined)[] = [];

/** Elements between neighbours along each axis. */
export function memoryStrides(shape: readonly number[]): number[] {
  const strides = Array.from({ length: shape.length }, () => 0);
  const order = memoryOrder(shape.length);
  let stride = 1;
  for (let i = order.length - 1; i >= 0; i--) {
    strides[order[i]!] = stride;
    stride *= shape[order[i]!]!;
  }
  return strides;
}

/** Elements between neighbours along each axis, 0 where an extent of 1 is repeated. */
export function repeatingStrides(shape: readonly number[]): number[] {
  return memoryStrides(shape).map((stride, axis) => (shape[axis] === 1 ? 0 : stride));
}

/** A shape as lines along an axis: how many elements in memory lie outside, along and inside of it. */
export interface Lines {
  readonly outer: number;
  readonly extent: number;
  /** Also the elements between neighbours on a line. */
  readonly inner: number;
}

export function linesAlong(shape: readonly number[], axis: number): Lines {
  let [outer, inner] = [1, 1];
  let isInside = false;
  for (const other of memoryOrder(shape.length)) {
    if (other === axis) isInside = true;
    else if (isInside) inner *= shape[other]!;
    else outer *= shape[other]!;
  }
  return { outer, extent: shape[axis]!, inner };
}

/** Axes that several tensors are walked along together, the innermost first. */
export interface Walk {
  readonly extents: readonly number[];
  /** For each tensor the elements between neighbours along each of the axes; 0 where it repeats. */
  readonly strides: readonly (readonly number[])[];
}

/**
 * A walk over as few axes as can be: those of extent 1 fall away, those that all tensors walk as one are joined.
 * @param extents from the outermost to the innermost, as are the strides of each tensor
 */
export function collapse(
  extents: readonly number[],
  strides: readonly (readonly number[])[],
): Walk {
  const joined: number[] = [];
  const steps: number[][] = strides.map(() => []);
  for (let axis = extents.length - 1; axis >= 0; axis--) {
    const extent = extents[axis]!;
    if (extent === 1) continue;
    const last = joined.length - 1;
    if (last >= 0 && strides.every((own, k) => own[axis] === steps[k]![last]! * joined[last]!)) {
      joined[last]! *= extent;
    } else {
      joined.push(extent);
      strides.forEach((own, k) => steps[k]!.push(own[axis]!));
    }
  }
  return { extents: joined, strides: steps };
}

/** Elements that a walk visits. */
export function lengthOf({ extents }: Walk): number {
  return extents.reduce((product, extent) => product * extent, 1);
}

/** Axes that one kernel walks at most. */
export const mostAxes = 8;

/** Elements that one kernel visits at most: it counts them in 31 bits. */
const mostElements = 2 ** 31 - 1;

/** Elements between neighbours along an axis that a kernel can step over: its numbers have a sign. */
const mostStride = 2 ** 31 - 1;

function hasLongStride({ strides }: Walk): boolean {
  for (const own of strides) {
    for (const stride of own) if (stride > mostStride || stride < -mostStride) return true;
  }
  return false;
}

/**
 * Calls `visit` for walks that one kernel can take and that together are the given one, with what they begin at in each tensor:
 * once in all but walks over more than eight axes or 2^31 elements, and in tensors of which an axis is longer than that. Axes are taken off from
 * the outermost on, which is where strides are long in tensors that lie as this device keeps them.
 * @param most elements of a walk, 2^30 or more
 */
export function forEachPiece(
  walk: Walk,
  visit: (piece: Walk, offsets: readonly number[]) => void,
  offsets: readonly number[] = walk.strides.map(() => 0),
  most: number = mostElements,
): void {
  const { extents, strides } = walk;
  const length = lengthOf(walk);
  if (length === 0) return;
  if (extents.length <= mostAxes && length <= most && !hasLongStride(walk)) {
    visit(walk, offsets);
    return;
  }
  const outermost = extents.length - 1;
  const positions = extents[outermost]!;
  // As many of its positions as one kernel takes, in parts that stay aligned.
  const together = hasLongStride(walk)
    ? 1
    : 2 ** Math.floor(Math.log2((most * positions) / length));
  if (extents.length <= mostAxes && together > 1) {
    for (let first = 0; first < positions; first += together) {
      visit(
        {
          extents: [...extents.slice(0, outermost), Math.min(together, positions - first)],
          strides,
        },
        offsets.map((offset, k) => offset + first * strides[k]![outermost]!),
      );
    }
    return;
  }
  const inner = {
    extents: extents.slice(0, outermost),
    strides: strides.map((own) => own.slice(0, outermost)),
  };
  for (let position = 0; position < positions; position++) {
    forEachPiece(
      inner,
      visit,
      offsets.map((offset, k) => offset + position * strides[k]![outermost]!),
      most,
    );
  }
}

/**
 * The same walk by four elements at a time, where each tensor is read by four neighbours or repeats one, from a multiple of four on; else
 * null.
 * @param offsets at which the walk begins, also in what is written
 */
export function byFours({ extents, strides }: Walk, offsets: readonly number[]): Walk | null {
  const isAligned = offsets.every((offset) => offset % 4 === 0);
  if (!isAligned || extents.length === 0 || extents[0]! % 4 !== 0) return null;
  for (const [inner, ...outer] of strides) {
    if (inner !== 0 && (inner !== 1 || outer.some((stride) => stride % 4 !== 0))) return null;
  }
  return {
    extents: [extents[0]! / 4, ...extents.slice(1)],
    strides: strides.map(([inner, ...outer]) => [4 * inner!, ...outer]),
  };
}

/** A walk that one kernel can take, and what it begins at in each tensor. */
export interface Piece {
  readonly walk: Walk;
  readonly offsets: readonly number[];
}

/** The walks that `forEachPiece` visits. */
export function piecesOf(walk: Walk, most: number = mostElements): readonly Piece[] {
  const pieces: Piece[] = [];
  forEachPiece(walk, (piece, offsets) => pieces.push({ walk: piece, offsets }), undefined, most);
  return pieces;
}

/** The same walk with the axis outermost whose stride is the longest, for what may be walked in any order. */
export function longestOutermost(walk: Walk): Walk {
  if (!hasLongStride(walk)) return walk;
  const longest = (axis: number): number =>
    Math.max(...walk.strides.map((own) => Math.abs(own[axis]!)));
  const order = walk.extents.map((_, axis) => axis).sort((a, b) => longest(a) - longest(b));
  return {
    extents: order.map((axis) => walk.extents[axis]!),
    strides: walk.strides.map((own) => order.map((axis) => own[axis]!)),
  };
}

const multipliers = new Map<number, readonly [multiplier: number, shift: number]>();

/**
 * Numbers by which kernels divide an n below 2^31: n / extent is (high word of n * multiplier + n) >> shift. (Granlund and
 * Montgomery, "Division by Invariant Integers using Multiplication", PLDI 1994)
 */
export function divisionBy(extent: number): readonly [multiplier: number, shift: number] {
  // Of nothing no kernel runs.
  if (extent === 0) return [0, 0];
  let numbers = multipliers.get(extent);
  if (numbers === undefined) {
    const shift = Math.ceil(Math.log2(extent));
    const rest = 2n ** BigInt(shift) - BigInt(extent);
    numbers = [Number((2n ** 32n * rest) / BigInt(extent) + 1n), shift];
    if (multipliers.size > 4096) multipliers.clear();
    multipliers.set(extent, numbers);
  }
  return numbers;
}

/** The words of `Axes<count>` in `axes.cuh`: how many, extents, multipliers, shifts, then the strides of each tensor. */
export function walkWords({ extents, strides }: Walk): number[] {
  const words = new Array<number>(1 + (3 + strides.length) * mostAxes).fill(0);
  words[0] = extents.length;
  extents.forEach((extent, axis) => {
    const [multiplier, shift] = divisionBy(extent);
    words[1 + axis] = extent;
    words[1 + mostAxes + axis] = multiplier;
    words[1 + 2 * mostAxes + axis] = shift;
    strides.forEach((own, k) => {
      words[1 + (3 + k) * mostAxes + axis] = own[axis]!;
    });
  });
  return words;
}
