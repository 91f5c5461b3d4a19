/*
 * Written by `pnpm build:kernels` from what the binaries in `wasm/` say of themselves. Not to be edited:
 * `pnpm check:kernels` compares it with them.
 */

// Where the fields of fill begin, in words from its first, and the words of all.

export const out = 0;
export const count = 1;
export const value = 2;
export const words = 3;
