/*
 * Written by `pnpm build:kernels` from what the binaries in `wasm/` say of themselves. Not to be edited:
 * `pnpm check:kernels` compares it with them.
 */

// Where the fields of pointwiseChain begin, in words from its first, and the words of all.

export const scalars = 0;
export const ops = 96;
export const from = 120;
export const to = 192;
export const rows = 216;
export const inputs = 217;
export const operands = 218;
export const operandBytes = 226;
export const strides = 234;
export const results = 298;
export const axes = 302;
export const extents = 303;
export const words = 312;
