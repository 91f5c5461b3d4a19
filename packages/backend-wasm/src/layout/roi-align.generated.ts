/*
 * Written by `pnpm build:kernels` from what the binaries in `wasm/` say of themselves. Not to be edited:
 * `pnpm check:kernels` compares it with them.
 */

// Where the fields of roiAlign begin, in words from its first, and the words of all.

export const x = 0;
export const rois = 1;
export const y = 2;
export const batch = 3;
export const channels = 4;
export const regions = 5;
export const dims = 6;
export const height = 7;
export const width = 8;
export const binsHigh = 9;
export const binsWide = 10;
export const scale = 11;
export const sampling = 12;
export const aligned = 13;
export const words = 14;
