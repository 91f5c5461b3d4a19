/*
 * Written by `pnpm build:kernels` from what the binaries in `wasm/` say of themselves. Not to be edited:
 * `pnpm check:kernels` compares it with them.
 */

// Sizes and limits that host and kernels share.

export const calls = 16;
export const callWords = 1040;
export const headerWords = 16;
export const mostAxes = 8;
export const mostThreads = 256;
export const slackBytes = 64;
export const mostRowsOf4 = 8;
export const mostRowsOf8 = 6;
export const mostRowsOf16 = 5;
export const mostColumnsRowsOf4 = 8;
export const mostColumnsRowsOf8 = 6;
export const mostColumnsRowsOf16 = 6;
export const chainRows = 24;
export const chainOperands = 8;
export const chainSlots = 8;
export const chainResults = 4;
export const mostArgumentWords = 312;
export const stackBytes = 65536;
