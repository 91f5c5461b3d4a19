import { jpegBinary } from './jpeg-binary.ts';

/** What `rust/jpeg/src/lib.rs` exports. */
export interface JpegKernels {
  readonly memory: WebAssembly.Memory;
  /** Reads a header; gives the bytes of memory that decoding takes, 0 for a file that is refused. */
  readonly open: (bytes: number, length: number) => number;
  readonly width: () => number;
  readonly height: () => number;
  /** Reads all coefficients of the file that was opened; gives 0 for a file that is refused. */
  readonly coefficients: (memory: number) => number;
  /** Pixels of a rectangle, into `out`. */
  readonly part: (top: number, left: number, height: number, width: number, out: number) => void;
  /** Where memory is free from. */
  readonly base: number;
}

/** Bytes that the kernels may read or write past the end of what they are for. */
export const slack = 64;

let kernels: JpegKernels | null | undefined;

/** The kernels of this thread, or null where WebAssembly or its SIMD is missing. */
export function jpegKernels(): JpegKernels | null {
  if (kernels === undefined) kernels = startKernels();
  return kernels;
}

function startKernels(): JpegKernels | null {
  try {
    const bytes = Uint8Array.from(atob(jpegBinary.base64), (character) => character.charCodeAt(0));
    const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes));
    const exports = instance.exports as unknown as Omit<JpegKernels, 'base'>;
    const { memory, open, width, height, coefficients, part } = exports;
    const base = memory.buffer.byteLength;
    return { memory, open, width, height, coefficients, part, base };
  } catch {
    return null;
  }
}

/** Makes room up to `end`. */
export function grow(memory: WebAssembly.Memory, end: number): void {
  const missing = end - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / 65_536));
}
