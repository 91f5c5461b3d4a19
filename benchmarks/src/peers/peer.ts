/** A training step to measure. */
export interface StepSpec {
  readonly model: string;
  readonly dims: 1 | 2;
  readonly batch: number;
  /** Of one sample. */
  readonly inputShape: readonly number[];
  readonly numClasses: number;
  readonly threads: number;
}

/** Another library that can take the same training steps. */
export interface TrainingPeer {
  readonly name: string;
  readonly version: string;
  /**
   * Builds the network and its optimiser, SGD with momentum.
   * @returns its number of learned parameters, or null where the library lacks the model.
   */
  build(spec: StepSpec): Promise<number | null>;
  /** Takes `count` training steps and gives the milliseconds of each. */
  steps(count: number): Promise<readonly number[]>;
  close(): void;
}

/** Another library that runs a network from an ONNX file. */
export interface InferencePeer {
  readonly name: string;
  readonly version: string;
  /**
   * Loads a network and its input.
   * @returns the first output for the input.
   */
  load(
    file: string,
    input: Float32Array,
    inputShape: readonly number[],
  ): Promise<readonly number[]>;
  /** Runs the network `count` times and gives the milliseconds of each. */
  steps(count: number): Promise<readonly number[]>;
  close(): void;
}
