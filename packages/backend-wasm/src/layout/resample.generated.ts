/*
 * Written by `pnpm build:kernels` from what the binaries in `wasm/` say of themselves. Not to be edited:
 * `pnpm check:kernels` compares it with them.
 */

// Where the fields of resample begin, in words from its first, and the words of all.

export const x = 0;
export const out = 1;
export const planes = 2;
export const axes = 3;
export const words = 18;
