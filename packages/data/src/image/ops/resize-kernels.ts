/**
 * Resizing and float32 planes by the SIMD kernels of `rust/src/lib.rs`; without SIMD the loops of `resize.ts` and `tensor.ts` do
 * it.
 */
import type { Image } from '../image.ts';
import { resizeBinary } from './resize-binary.ts';
import type { Box } from './box.ts';
import type { Weights } from './resize-weights.ts';

/** Both take: source, bytes from line to line, …, where weights stand, and where the result goes. */
type Pass = (...places: readonly number[]) => void;

export interface ResizeKernels {
  readonly memory: WebAssembly.Memory;
  readonly columns: Pass;
  readonly rows: Pass;
  readonly planes: Pass;
  /** Where memory is free from. */
  readonly base: number;
}

let kernels: ResizeKernels | null | undefined;

/** The kernels of this thread, or null where WebAssembly or its SIMD is missing. */
export function resizeKernels(): ResizeKernels | null {
  if (kernels === undefined) kernels = startKernels();
  return kernels;
}

function startKernels(): ResizeKernels | null {
  try {
    const bytes = Uint8Array.from(atob(resizeBinary.base64), (character) =>
      character.charCodeAt(0),
    );
    const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes));
    const { memory, columns, rows, planes } = instance.exports as unknown as ResizeKernels;
    return { memory, columns, rows, planes, base: memory.buffer.byteLength };
  } catch {
    return null;
  }
}

/** A load of 16 bytes may go this far past the end of what it is for. */
const slack = 16;

const rounded = (bytes: number): number => Math.ceil((bytes + slack) / 16) * 16;

/** `box` of a picture by both passes, into `out`. */
export function resizeBy(
  { memory, columns, rows, base }: ResizeKernels,
  source: Image,
  box: Box,
  across: Weights,
  down: Weights,
  out: Uint8Array,
): void {
  const width = across.starts.length;
  const height = down.starts.length;
  const line = box.width * 3;
  let end = base;
  const place = (bytes: number): number => {
    const start = end;
    end += rounded(bytes);
    return start;
  };
  const from = place(line * box.height);
  const between = place(box.height * width * 3);
  const to = place(out.length);
  const tables = [across, down].map(({ starts, counts, weights }) => ({
    starts: place(starts.byteLength),
    counts: place(counts.byteLength),
    weights: place(weights.byteLength),
  }));
  grow(memory, end);
  const bytes = new Uint8Array(memory.buffer);
  for (let row = 0; row < box.height; row++) {
    const start = ((box.top + row) * source.width + box.left) * 3;
    bytes.set(source.data.subarray(start, start + line), from + row * line);
  }
  [across, down].forEach(({ starts, counts, weights }, i) => {
    new Int32Array(memory.buffer, tables[i]!.starts, starts.length).set(starts);
    new Int32Array(memory.buffer, tables[i]!.counts, counts.length).set(counts);
    new Int32Array(memory.buffer, tables[i]!.weights, weights.length).set(weights);
  });
  const [a, d] = [tables[0]!, tables[1]!];
  columns(from, line, box.height, a.starts, a.counts, a.weights, across.stride, width, between);
  rows(between, width * 3, width * 3, d.starts, d.counts, d.weights, down.stride, height, to);
  out.set(bytes.subarray(to, to + out.length));
}

/** Makes room up to `end`. */
function grow(memory: WebAssembly.Memory, end: number): void {
  const missing = end - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / 65_536));
}

/** Pixels that `planes` takes at a time. */
const pixelsAtOnce = 16;

/** Bytes of red, green and blue as three planes of float32, (byte / 255 - mean) / std, into `out`. */
export function planesBy(
  { memory, planes, base }: ResizeKernels,
  data: Uint8Array,
  mean: Float32Array,
  std: Float32Array,
  out: Float32Array,
): void {
  const size = out.length / 3;
  const pixels = Math.ceil(size / pixelsAtOnce) * pixelsAtOnce;
  const from = base + 64;
  const to = from + rounded(3 * pixels);
  grow(memory, to + 12 * pixels);
  new Float32Array(memory.buffer, base, 3).set(mean);
  new Float32Array(memory.buffer, base + 16, 3).set(std);
  new Uint8Array(memory.buffer, from, data.length).set(data);
  planes(from, pixels, base, base + 16, to);
  for (let colour = 0; colour < 3; colour++) {
    out.set(new Float32Array(memory.buffer, to + 4 * colour * pixels, size), colour * size);
  }
}
