/*
 * Written by `pnpm build:kernels` from what the binaries in `wasm/` say of themselves. Not to be edited:
 * `pnpm check:kernels` compares it with them.
 */

// Where the fields of gather begin, in words from its first, and the words of all.

export const source = 0;
export const index = 1;
export const out = 2;
export const bytes = 3;
export const integer = 4;
export const axes = 5;
export const axis = 6;
export const limit = 7;
export const extents = 8;
export const strides = 16;
export const words = 24;
