/*
 * Written by `pnpm build:kernels` from what the binaries in `wasm/` say of themselves. Not to be edited:
 * `pnpm check:kernels` compares it with them.
 */

// Where the fields of softmax begin, in words from its first, and the words of all.

export const x = 0;
export const y = 1;
export const outer = 2;
export const n = 3;
export const inner = 4;
export const logarithm = 5;
export const words = 6;
