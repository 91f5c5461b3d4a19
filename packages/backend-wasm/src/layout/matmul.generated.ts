/*
 * Written by `pnpm build:kernels` from what the binaries in `wasm/` say of themselves. Not to be edited:
 * `pnpm check:kernels` compares it with them.
 */

// Where the fields of matmul begin, in words from its first, and the words of all.

export const a = 0;
export const b = 1;
export const bias = 2;
export const out = 3;
export const m = 4;
export const n = 5;
export const k = 6;
export const transposeA = 7;
export const transposeB = 8;
export const batch = 9;
export const offsets = 10;
export const epilogue = 12;
export const words = 20;
