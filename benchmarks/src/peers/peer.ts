import type { Rank } from '@convnet/layers';

import type { KernelSpec } from '../kernels/spec.ts';

/** A training step to measure. */
export interface StepSpec {
  readonly model: string;
  readonly dims: Rank;
  readonly batch: number;
  /** Of one sample. */
  readonly inputShape: readonly number[];
  readonly numClasses: number;
  readonly threads: number;
}

/** Resident memory of a process in bytes; null where the system does not tell. */
export interface ProcessMemory {
  readonly resident: number | null;
  /** The most since the process began. */
  readonly peak: number | null;
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
  /** Of the process that it runs in. */
  memory(): Promise<ProcessMemory>;
  close(): void;
}

/** Another library that computes kernels. */
export interface KernelPeer {
  readonly name: string;
  readonly version: string;
  /**
   * Makes the arguments of a kernel, from `waves`.
   * @returns the mean absolute value of its result, or null where the library lacks the kernel.
   */
  load(spec: KernelSpec): Promise<number | null>;
  /** Calls it `count` times and gives the milliseconds of each. */
  steps(count: number): Promise<readonly number[]>;
  /** Calls it `count` times without waiting in between, and gives the milliseconds of all up to the end of the last. */
  together(count: number): Promise<number>;
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
