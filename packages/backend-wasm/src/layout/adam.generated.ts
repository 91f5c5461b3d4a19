/*
 * Written by `pnpm build:kernels` from what the binaries in `wasm/` say of themselves. Not to be edited:
 * `pnpm check:kernels` compares it with them.
 */

// Where the fields of adam begin, in words from its first, and the words of all.

export const parameter = 0;
export const gradient = 1;
export const mean = 2;
export const square = 3;
export const count = 4;
export const rate = 5;
export const beta1 = 6;
export const rest1 = 7;
export const beta2 = 8;
export const rest2 = 9;
export const correction = 10;
export const epsilon = 11;
export const weightDecay = 12;
export const shrink = 13;
export const sign = 14;
export const words = 15;
