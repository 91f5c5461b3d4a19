/*
 * Written by `pnpm build:kernels` from what the binaries in `wasm/` say of themselves. Not to be edited:
 * `pnpm check:kernels` compares it with them.
 */

// Where the fields of stridedCopy begin, in words from its first, and the words of all.

export const source = 0;
export const out = 1;
export const bytes = 2;
export const axes = 3;
export const extents = 4;
export const from = 12;
export const to = 20;
export const words = 28;
