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

/** A module with a memory of one page that threads share. */
const sharedMemory = [...header.slice(0, 8), 5, 4, 1, 3, 1, 1];

/**
 * Memory that several threads can share; whether there is room for any is another question. No memory is made to find
 * out: the smallest takes as much address space as the greatest.
 */
export function hasSharedMemory(): boolean {
  return (
    typeof SharedArrayBuffer !== 'undefined' && WebAssembly.validate(Uint8Array.from(sharedMemory))
  );
}
