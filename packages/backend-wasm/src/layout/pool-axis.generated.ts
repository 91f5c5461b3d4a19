/*
 * Written by `pnpm build:kernels` from what the binaries in `wasm/` say of themselves. Not to be edited:
 * `pnpm check:kernels` compares it with them.
 */

// Where the fields of poolAxis begin, in words from its first, and the words of all.

export const start = 0;
export const end = 1;
export const count = 2;
export const step = 3;
export const input = 4;
export const output = 5;
export const words = 6;
