/*
 * Written by `pnpm build:kernels` from what the binaries in `wasm/` say of themselves. Not to be edited:
 * `pnpm check:kernels` compares it with them.
 */

// Where the fields of conv begin, in words from its first, and the words of all.

export const source = 0;
export const weight = 1;
export const bias = 2;
export const out = 3;
export const batch = 4;
export const groups = 5;
export const inputs = 6;
export const outputs = 7;
export const input = 8;
export const output = 11;
export const taps = 14;
export const stride = 17;
export const dilation = 20;
export const pad = 23;
export const keeps = 26;
export const packed = 27;
export const isPacked = 28;
export const epilogue = 30;
export const words = 38;
