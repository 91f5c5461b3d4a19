/*
 * Written by `pnpm build:kernels` from what the binaries in `wasm/` say of themselves. Not to be edited:
 * `pnpm check:kernels` compares it with them.
 */

// Where the fields of resampleAxis begin, in words from its first, and the words of all.

export const first = 0;
export const index = 1;
export const weight = 2;
export const from = 3;
export const to = 4;
export const words = 5;
