/*
 * Written by `pnpm build:kernels` from what the binaries in `wasm/` say of themselves. Not to be edited:
 * `pnpm check:kernels` compares it with them.
 */

// Where the fields of epilogue begin, in words from its first, and the words of all.

export const scalars = 0;
export const residual = 4;
export const hasOp = 5;
export const op = 6;
export const words = 8;
