/**
 * Flags of the WebGPU standard by value: its global objects exist in browsers but not in Node, where the
 * device comes from a package.
 */
export const bufferUsage = {
  mapRead: 0x01,
  copySource: 0x04,
  copyTarget: 0x08,
  storage: 0x80,
} as const;

/** Mapping for reading. */
export const mapForReading = 1;

/** The stage of compute shaders. */
export const computeStage = 4;
