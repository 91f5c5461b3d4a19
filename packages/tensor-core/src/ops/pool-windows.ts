import type { PoolAxis } from '../backend.ts';
import { InputTooSmallError } from '../errors.ts';
import { formatShape, sameShape } from '../shape.ts';

/** A kernel that slides along every axis; lists have an entry for each. */
export interface SlidingWindows {
  readonly kernelSize: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[];
  readonly dilation: readonly number[];
  readonly ceilMode: boolean;
  readonly countIncludePad: boolean;
  /** What an average divides by instead of the number of elements, or null. */
  readonly divisorOverride: number | null;
}

/** As many near-equal windows on each axis. */
export interface AdaptiveWindows {
  readonly outputSize: readonly number[];
}

/** The windows of a pooling operation as the user asked for them. */
export type Windows = SlidingWindows | AdaptiveWindows;

/** Windows are the same for the same options, and backends may cache by identity what they derive. */
const known = new Map<string, PoolAxis>();
const knownLimit = 1024;

function remember(key: string, make: () => PoolAxis): PoolAxis {
  let axis = known.get(key);
  if (axis === undefined) {
    if (known.size >= knownLimit) known.clear();
    axis = make();
    known.set(key, axis);
  }
  return axis;
}

/** What was found last: a call asks when it infers and again when it runs. */
let found: {
  readonly windows: Windows;
  readonly shape: readonly number[];
  readonly axes: PoolAxis[];
} | null = null;

/**
 * @internal The windows on each spatial axis of an input [N, C, …].
 * @throws InputTooSmallError where a window is larger than the padded input, or holds no element.
 */
export function windowAxes(op: string, windows: Windows, shape: readonly number[]): PoolAxis[] {
  if (found !== null && found.windows === windows && sameShape(found.shape, shape)) {
    return found.axes;
  }
  const axes = findAxes(op, windows, shape);
  found = { windows, shape, axes };
  return axes;
}

function findAxes(op: string, windows: Windows, shape: readonly number[]): PoolAxis[] {
  if ('outputSize' in windows) {
    return windows.outputSize.map((out, i) => {
      const extent = shape[i + 2]!;
      if (extent > 0) return adaptiveWindows(extent, out);
      throw new InputTooSmallError(`${op}: input ${formatShape(shape)} is empty on axis ${i + 2}`);
    });
  }
  return windows.kernelSize.map((_, i) => slidingAxis(op, windows, shape, i));
}

/** The windows of a sliding kernel on spatial axis `i`. */
function slidingAxis(
  op: string,
  windows: SlidingWindows,
  shape: readonly number[],
  i: number,
): PoolAxis {
  const { ceilMode, countIncludePad, divisorOverride } = windows;
  const extent = shape[i + 2]!;
  const kernel = windows.kernelSize[i]!;
  const stride = windows.stride[i]!;
  const padding = windows.padding[i]!;
  const dilation = windows.dilation[i]!;
  // The product over the axes divides, so that the first one takes it all.
  const divisor = divisorOverride === null || i === 0 ? divisorOverride : 1;
  const key = `${extent},${kernel},${stride},${padding},${dilation},${ceilMode},${countIncludePad},${divisor}`;
  return remember(key, () => {
    // With ceilMode the one window may reach beyond the padded input, as a last one may.
    const beyond = ceilMode ? stride - 1 : 0;
    const reach = dilation * (kernel - 1) + 1;
    const least = Math.max(reach - 2 * padding - beyond, 1);
    if (extent < least) {
      throw new InputTooSmallError(
        `${op}: input ${formatShape(shape)} is too small: axis ${i + 2} needs at least ${least}, ` +
          `got ${extent}`,
      );
    }
    const count = windowCount(extent + 2 * padding - reach, extent + padding, stride, ceilMode);
    const axis = axisOf(count, (o) => {
      const first = o * stride - padding;
      const behind = first + reach;
      const start = first < 0 ? first + Math.ceil(-first / dilation) * dilation : first;
      const end = Math.min(behind, extent);
      const elements = countIncludePad ? Math.min(behind, extent + padding) - first : end - start;
      return { start, end, count: divisor ?? elements };
    });
    if (axis.start.some((first, o) => first >= axis.end[o]!)) {
      throw new InputTooSmallError(
        `${op}: input ${formatShape(shape)} is too small: with padding ${padding} and dilation ` +
          `${dilation} a window on axis ${i + 2} holds no element`,
      );
    }
    return { ...axis, step: dilation };
  });
}

/**
 * Number of windows, as PyTorch rounds it: in ceil mode the last must begin inside the input or the left padding,
 * before `behind`. `room` is what the padded input has beyond one window.
 */
function windowCount(room: number, behind: number, stride: number, ceilMode: boolean): number {
  const count = (ceilMode ? Math.ceil(room / stride) : Math.floor(room / stride)) + 1;
  return ceilMode && (count - 1) * stride >= behind ? count - 1 : count;
}

/** `out` windows that cover `extent` positions as evenly as PyTorch's adaptive pooling. */
function adaptiveWindows(extent: number, out: number): PoolAxis {
  return remember(`${extent}/${out}`, () =>
    axisOf(out, (o) => {
      const start = Math.floor((o * extent) / out);
      const end = Math.ceil(((o + 1) * extent) / out);
      return { start, end, count: end - start };
    }),
  );
}

function axisOf(
  length: number,
  window: (o: number) => { readonly start: number; readonly end: number; readonly count: number },
): PoolAxis {
  const start = new Int32Array(length);
  const end = new Int32Array(length);
  const count = new Float32Array(length);
  for (let o = 0; o < length; o++) {
    const at = window(o);
    start[o] = at.start;
    end[o] = at.end;
    count[o] = at.count;
  }
  return { start, end, step: 1, count };
}
