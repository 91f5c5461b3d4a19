import { StepMemory, unwrittenWord, type Block } from '@convnet/tensor-core';

import { CommandSink, type DeviceLimits, type Parameters } from '../commands/command-sink.ts';
import type { Memory } from '../gpu-buffer.ts';
import { fillWords, type Shader } from '../shader.ts';

/** Memory in a step: in a block, or handed in or out. */
export interface PlannedMemory extends Memory {
  readonly bytes: number;
  /** Null for what is handed in or out, whose buffer may be another at each run. */
  block: Block | null;
}

export interface PlannedDispatch {
  readonly shader: Shader;
  readonly parameters: Parameters;
  readonly memories: readonly PlannedMemory[];
  readonly groups: number;
}

/** Writes down what kernels would record, and divides memory among what they make. */
export class StepPlanner extends CommandSink {
  readonly limits: DeviceLimits;
  readonly dispatches: PlannedDispatch[] = [];
  /** Memory that the host fills, in order. */
  readonly uploads: PlannedMemory[] = [];
  /** What stands in it, for those that stay the same at each run. */
  readonly uploaded: (Int32Array<ArrayBuffer> | Float32Array<ArrayBuffer>)[] = [];
  readonly made: PlannedMemory[] = [];
  readonly #memory = new StepMemory();
  readonly #marksUnwritten: boolean;

  constructor(limits: DeviceLimits, marksUnwritten: boolean) {
    super();
    this.limits = limits;
    this.#marksUnwritten = marksUnwritten;
  }

  /** Memory that each run is handed. */
  given(bytes: number): PlannedMemory {
    return { buffer: null, bytes, block: null };
  }

  take(bytes: number): PlannedMemory {
    const memory = this.#make(bytes, this.#memory.take(bytes));
    const words = Math.ceil(bytes / 4);
    if (this.#marksUnwritten) this.dispatch(fillWords, [words, unwrittenWord], [memory], words);
    return memory;
  }

  giveBack(memory: Memory): void {
    const { block } = memory as PlannedMemory;
    if (block !== null) this.#memory.giveBack(block);
  }

  dispatchGroups(
    shader: Shader,
    parameters: Parameters,
    memories: readonly Memory[],
    groups: number,
  ): void {
    if (groups === 0) return;
    const planned = memories as readonly PlannedMemory[];
    this.dispatches.push({ shader, parameters, memories: planned, groups });
  }

  upload(words: Int32Array<ArrayBuffer> | Float32Array<ArrayBuffer>): PlannedMemory {
    const { byteLength } = words;
    const memory = this.#make(byteLength, this.#memory.takeForHost(byteLength));
    this.uploads.push(memory);
    this.uploaded.push(words);
    return memory;
  }

  #make(bytes: number, block: Block): PlannedMemory {
    const memory = { buffer: null, bytes, block };
    this.made.push(memory);
    return memory;
  }
}
