/*
 * Written by `pnpm build:kernels` from what the binaries in `wasm/` say of themselves. Not to be edited:
 * `pnpm check:kernels` compares it with them.
 */

// Where the fields of batchNorm begin, in words from its first, and the words of all.

export const x = 0;
export const dy = 1;
export const weight = 2;
export const bias = 3;
export const mean = 4;
export const variance = 5;
export const out = 6;
export const dweight = 7;
export const dbias = 8;
export const rows = 9;
export const channels = 10;
export const epsilon = 11;
export const runningMean = 12;
export const runningVariance = 13;
export const batches = 14;
export const kept = 15;
export const momentum = 16;
export const varianceShare = 17;
export const low = 18;
export const high = 19;
export const bounded = 20;
export const oneSided = 21;
export const residual = 22;
export const y = 23;
export const words = 24;
