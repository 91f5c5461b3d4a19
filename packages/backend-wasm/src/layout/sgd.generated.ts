/*
 * Written by `pnpm build:kernels` from what the binaries in `wasm/` say of themselves. Not to be edited:
 * `pnpm check:kernels` compares it with them.
 */

// Where the fields of sgd begin, in words from its first, and the words of all.

export const parameter = 0;
export const gradient = 1;
export const velocity = 2;
export const count = 3;
export const learningRate = 4;
export const momentum = 5;
export const share = 6;
export const weightDecay = 7;
export const sign = 8;
export const nesterov = 9;
export const first = 10;
export const words = 11;
