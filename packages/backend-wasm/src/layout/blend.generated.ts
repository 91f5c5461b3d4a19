/*
 * Written by `pnpm build:kernels` from what the binaries in `wasm/` say of themselves. Not to be edited:
 * `pnpm check:kernels` compares it with them.
 */

// Where the fields of blend begin, in words from its first, and the words of all.

export const alpha = 0;
export const beta = 2;
export const target = 4;
export const source = 5;
export const count = 6;
export const bytes = 7;
export const words = 8;
