/*
 * Written by `pnpm build:kernels` from what the binaries in `wasm/` say of themselves. Not to be edited:
 * `pnpm check:kernels` compares it with them.
 */

// Where the fields of random begin, in words from its first, and the words of all.

export const seed = 0;
export const offset = 2;
export const out = 4;
export const count = 5;
export const normal = 6;
export const words = 8;
