/** What the engine can do, asked with the smallest modules that need it. */

const header = [0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0];
/** i32.const 0, i8x16.splat. */
const vector = [65, 0, 253, 15];

function accepts(code: readonly number[]): boolean {
  const body = [0, ...code, 11];
  const section = [10, body.length + 2, 1, body.length];
  return WebAssembly.validate(Uint8Array.from([...header, ...section, ...body]));
}

/** 128-bit SIMD. */
export function hasSimd(): boolean {
  return typeof WebAssembly === 'object' && accepts(vector);
}

/** Relaxed SIMD: multiply-add in one operation. */
export function hasRelaxedSimd(): boolean {
  return accepts([...vector, ...vector, ...vector, 253, 133, 2]);
}

/** Memory that several threads can share; whether there is room for any is another question. */
export function hasSharedMemory(): boolean {
  if (typeof SharedArrayBuffer === 'undefined') return false;
  try {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
    return memory.buffer instanceof SharedArrayBuffer;
  } catch (error) {
    return error instanceof RangeError;
  }
}
