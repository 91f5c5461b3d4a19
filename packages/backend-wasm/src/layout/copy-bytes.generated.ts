/*
 * Written by `pnpm build:kernels` from what the binaries in `wasm/` say of themselves. Not to be edited:
 * `pnpm check:kernels` compares it with them.
 */

// Where the fields of copyBytes begin, in words from its first, and the words of all.

export const source = 0;
export const out = 1;
export const count = 2;
export const words = 3;
