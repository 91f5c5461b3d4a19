/*
 * Written by `pnpm build:kernels` from what the binaries in `wasm/` say of themselves. Not to be edited:
 * `pnpm check:kernels` compares it with them.
 */

// Where the fields of pool begin, in words from its first, and the words of all.

export const x = 0;
export const y = 1;
export const indices = 2;
export const batch = 3;
export const channels = 4;
export const axes = 5;
export const words = 23;
