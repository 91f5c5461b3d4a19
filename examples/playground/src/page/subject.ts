/** What the network is asked about: a digit, or a sound in pieces. */
export interface Subject {
  readonly pieces: readonly Float32Array[];
  /** The piece that is explained. */
  readonly main: Float32Array;
  /** What it is, in a few words. */
  readonly note: string;
}

export function single(values: Float32Array, note: string): Subject {
  return { pieces: [values], main: values, note };
}
