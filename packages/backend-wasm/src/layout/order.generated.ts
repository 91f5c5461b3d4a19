/*
 * Written by `pnpm build:kernels` from what the binaries in `wasm/` say of themselves. Not to be edited:
 * `pnpm check:kernels` compares it with them.
 */

// Where the fields of order begin, in words from its first, and the words of all.

export const x = 0;
export const out = 1;
export const outer = 2;
export const extent = 3;
export const inner = 4;
export const kind = 5;
export const descending = 6;
export const words = 7;
