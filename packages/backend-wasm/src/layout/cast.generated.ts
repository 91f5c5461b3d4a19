/*
 * Written by `pnpm build:kernels` from what the binaries in `wasm/` say of themselves. Not to be edited:
 * `pnpm check:kernels` compares it with them.
 */

// Where the fields of cast begin, in words from its first, and the words of all.

export const x = 0;
export const from = 1;
export const out = 2;
export const to = 3;
export const count = 4;
export const words = 5;
