import { StepMemory, unwrittenWord, type Block } from '@convnet/tensor-core';

import {
  KernelContext,
  type DeviceFacts,
  type LaunchShape,
  type Word,
} from '../commands/kernel-context.ts';
import {
  requireParameters,
  type LoadedKernel,
  type LoadedKernels,
} from '../commands/loaded-kernels.ts';
import type { Recorder } from '../commands/recorder.ts';
import type { Memory, MemoryPart, Pointer } from '../cuda-buffer.ts';

/** Memory in a step: in a block, or handed in or out. */
export interface PlannedMemory extends Memory {
  /** Null for what is handed in or out, whose address may be another at each run. */
  block: Block | null;
}

/** What a kernel of a step points to. */
export type PlannedPointer =
  | PlannedMemory
  | (MemoryPart & { readonly memory: PlannedMemory })
  | null;

export interface PlannedLaunch {
  readonly kernel: LoadedKernel;
  readonly shape: LaunchShape;
  readonly pointers: readonly PlannedPointer[];
  words: readonly Word[];
}

/** A call of a library. */
export interface PlannedCall {
  readonly plan: number;
  readonly pointers: readonly PlannedPointer[];
}

/** Writes down what kernels would launch, and divides memory among what they make. */
export class StepPlanner extends KernelContext {
  readonly facts: DeviceFacts;
  /** Launches, and calls of libraries among them. */
  readonly launches: (PlannedLaunch | PlannedCall)[] = [];
  /** Memory that the host fills, in order. */
  readonly uploads: PlannedMemory[] = [];
  /** What stands in it, for those that stay the same at each run. */
  readonly uploaded: Uint8Array<ArrayBuffer>[] = [];
  readonly made: PlannedMemory[] = [];
  readonly #kernels: LoadedKernels;
  readonly #memory = new StepMemory();
  readonly #marksUnwritten: boolean;

  constructor({ facts, kernels, marksUnwritten }: Recorder) {
    super();
    this.facts = facts;
    this.#kernels = kernels;
    this.#marksUnwritten = marksUnwritten;
  }

  /** Memory that each run is handed. */
  given(bytes: number): PlannedMemory {
    return { address: 0, bytes, block: null };
  }

  take(bytes: number): PlannedMemory {
    const memory = this.#make(bytes, this.#memory.take(bytes));
    if (this.#marksUnwritten && bytes > 0)
      this.fill(memory, 4, unwrittenWord, Math.ceil(bytes / 4));
    return memory;
  }

  giveBack(memory: Memory): void {
    const { block } = memory as PlannedMemory;
    if (block !== null) this.#memory.giveBack(block);
  }

  launch(
    kernel: string,
    shape: LaunchShape,
    pointers: readonly Pointer[],
    words: readonly Word[],
  ): void {
    if (shape.grid.includes(0)) return;
    const loaded = this.#kernels.get(kernel);
    requireParameters(kernel, loaded, pointers, words);
    const planned = pointers as readonly PlannedPointer[];
    this.launches.push({ kernel: loaded, shape, pointers: planned, words });
  }

  callLibrary(plan: number, pointers: readonly Pointer[]): void {
    this.launches.push({ plan, pointers: pointers as readonly PlannedPointer[] });
  }

  upload({ buffer, byteOffset, byteLength }: ArrayBufferView<ArrayBuffer>): PlannedMemory {
    const memory = this.#make(byteLength, this.#memory.takeForHost(byteLength));
    this.uploads.push(memory);
    this.uploaded.push(new Uint8Array(buffer, byteOffset, byteLength).slice());
    return memory;
  }

  #make(bytes: number, block: Block): PlannedMemory {
    const memory = { address: 0, bytes, block };
    this.made.push(memory);
    return memory;
  }
}
