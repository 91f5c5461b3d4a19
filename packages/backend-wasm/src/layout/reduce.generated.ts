/*
 * Written by `pnpm build:kernels` from what the binaries in `wasm/` say of themselves. Not to be edited:
 * `pnpm check:kernels` compares it with them.
 */

// Where the fields of reduce begin, in words from its first, and the words of all.

export const x = 0;
export const out = 1;
export const outer = 2;
export const reduced = 3;
export const inner = 4;
export const join = 5;
export const integer = 6;
export const divisor = 7;
export const words = 8;
