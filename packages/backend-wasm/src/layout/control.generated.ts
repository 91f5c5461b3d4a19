/*
 * Written by `pnpm build:kernels` from what the binaries in `wasm/` say of themselves. Not to be edited:
 * `pnpm check:kernels` compares it with them.
 */

// Where the fields of control begin, in words from its first, and the words of all.

export const threads = 0;
export const tileRows = 1;
export const wideTiles = 2;
export const scratch = 3;
export const scratchBytes = 4;
export const workspace = 5;
export const workspaceBytes = 6;
export const scratchWanted = 7;
export const workspaceWanted = 8;
export const mayWait = 9;
export const patience = 10;
export const failed = 11;
export const fault = 12;
export const stop = 13;
export const ready = 14;
export const worthSharing = 15;
export const epoch = 16;
export const sleepers = 32;
export const done = 48;
export const beats = 64;
export const leaderSleeps = 80;
export const hostSleeps = 96;
export const job = 112;
export const ranges = 128;
export const submitted = 4224;
export const executed = 4240;
export const knownExecuted = 4256;
export const taken = 4272;
export const leader = 4288;
export const calls = 4304;
export const words = 20944;
