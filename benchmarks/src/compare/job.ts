/** One network to train on one set: what a lane of the run is told. */
export interface Job {
  /** Position of the set in the table of sets. */
  readonly dataset: number;
  /** Name of the network. */
  readonly network: string;
  /** How often each element of a sample is repeated along each axis. */
  readonly enlargement: number;
  /** Passes over the training samples. */
  readonly epochs: number;
  /** Training samples that are used. */
  readonly trainSamples: number;
  readonly testSamples: number;
  readonly seed: number;
}
