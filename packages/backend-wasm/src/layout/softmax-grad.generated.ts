/*
 * Written by `pnpm build:kernels` from what the binaries in `wasm/` say of themselves. Not to be edited:
 * `pnpm check:kernels` compares it with them.
 */

// Where the fields of softmaxGrad begin, in words from its first, and the words of all.

export const y = 0;
export const dy = 1;
export const dx = 2;
export const outer = 3;
export const n = 4;
export const inner = 5;
export const logarithm = 6;
export const words = 7;
