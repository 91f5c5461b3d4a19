import type { PoolAxis } from '../backend.ts';

interface WindowOptions {
  readonly extent: number;
  readonly kernel: number;
  readonly stride: number;
  readonly padding: number;
  readonly dilation: number;
  readonly ceilMode: boolean;
  readonly countIncludePad: boolean;
}

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

/** Number of windows, as PyTorch rounds it: in ceil mode the last must begin inside the input or the left padding. */
function windowCount(options: WindowOptions): number {
  const { extent, kernel, stride, padding, dilation, ceilMode } = options;
  const room = extent + 2 * padding - dilation * (kernel - 1) - 1;
  const count = (ceilMode ? Math.ceil(room / stride) : Math.floor(room / stride)) + 1;
  return ceilMode && (count - 1) * stride >= extent + padding ? count - 1 : count;
}

/** Windows of a kernel that slides along one axis. */
export function poolWindows(options: WindowOptions): PoolAxis {
  const { extent, kernel, stride, padding, dilation, ceilMode, countIncludePad } = options;
  const key = `${extent},${kernel},${stride},${padding},${dilation},${ceilMode},${countIncludePad}`;
  return remember(key, () => {
    const windows = windowCount(options);
    const start = new Int32Array(windows);
    const end = new Int32Array(windows);
    const count = new Float32Array(windows);
    for (let o = 0; o < windows; o++) {
      const first = o * stride - padding;
      const behind = first + dilation * (kernel - 1) + 1;
      start[o] = first < 0 ? first + Math.ceil(-first / dilation) * dilation : first;
      end[o] = Math.min(behind, extent);
      count[o] = countIncludePad ? Math.min(behind, extent + padding) - first : end[o]! - start[o]!;
    }
    return { start, end, step: dilation, count };
  });
}

/** `out` windows that cover `extent` positions as evenly as PyTorch's adaptive pooling. */
export function adaptiveWindows(extent: number, out: number): PoolAxis {
  return remember(`${extent}/${out}`, () => {
    const start = Int32Array.from({ length: out }, (_, o) => Math.floor((o * extent) / out));
    const end = Int32Array.from({ length: out }, (_, o) => Math.ceil(((o + 1) * extent) / out));
    return { start, end, step: 1, count: Float32Array.from(end, (e, o) => e - start[o]!) };
  });
}
