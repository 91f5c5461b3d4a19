/*
 * Written by `pnpm build:kernels` from what the binaries in `wasm/` say of themselves. Not to be edited:
 * `pnpm check:kernels` compares it with them.
 */

// Where the fields of crossEntropy begin, in words from its first, and the words of all.

export const x = 0;
export const target = 1;
export const weight = 2;
export const loss = 3;
export const out = 4;
export const rows = 5;
export const classes = 6;
export const ignore = 7;
export const smoothing = 8;
export const reduction = 9;
export const losses = 10;
export const counted = 11;
export const words = 12;
