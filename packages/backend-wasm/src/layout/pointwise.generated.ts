/*
 * Written by `pnpm build:kernels` from what the binaries in `wasm/` say of themselves. Not to be edited:
 * `pnpm check:kernels` compares it with them.
 */

// Where the fields of pointwise begin, in words from its first, and the words of all.

export const scalars = 0;
export const op = 4;
export const kind = 5;
export const out = 6;
export const outBytes = 7;
export const operands = 8;
export const operandBytes = 11;
export const floatCondition = 14;
export const inputs = 15;
export const axes = 16;
export const extents = 17;
export const strides = 25;
export const words = 50;
