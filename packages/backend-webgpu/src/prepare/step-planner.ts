import { unwrittenWord } from '@convnet/tensor-core';

import { CommandSink, type DeviceLimits, type Parameters } from '../commands/command-sink.ts';
import type { Memory } from '../gpu-buffer.ts';
import { fillWords, type Shader } from '../shader.ts';

/** A part of a step's own memory, which several results have one after the other. */
export interface Block {
  size: number;
  /** Whether the host writes it, so that nobody else may have it. */
  readonly isHosts: boolean;
}

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

/** A block is taken for something smaller if that is at least this share of it. */
const leastShare = 1 / 4;

/** Writes down what kernels would record, and divides memory among what they make. */
export class StepPlanner extends CommandSink {
  readonly limits: DeviceLimits;
  readonly dispatches: PlannedDispatch[] = [];
  /** Memory that the host fills, in order. */
  readonly uploads: PlannedMemory[] = [];
  /** What stands in it, for those that stay the same at each run. */
  readonly uploaded: (Int32Array<ArrayBuffer> | Float32Array<ArrayBuffer>)[] = [];
  readonly made: PlannedMemory[] = [];
  readonly #free: Block[] = [];
  readonly #marksUnwritten: boolean;

  constructor(limits: DeviceLimits, marksUnwritten: boolean) {
    super();
    this.limits = limits;
    this.#marksUnwritten = marksUnwritten;
  }

  /** Memory that each run is handed. */
  given(): PlannedMemory {
    return { buffer: null, holders: 1, bytes: 0, block: null };
  }

  take(bytes: number): PlannedMemory {
    const memory = this.#make(bytes, this.#blockFor(bytes));
    const words = Math.ceil(bytes / 4);
    if (this.#marksUnwritten) this.dispatch(fillWords, [words, unwrittenWord], [memory], words);
    return memory;
  }

  giveBack(memory: Memory): void {
    memory.holders--;
    const { block } = memory as PlannedMemory;
    if (memory.holders === 0 && block !== null && !block.isHosts) this.#free.push(block);
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
    const memory = this.#make(byteLength, { size: byteLength, isHosts: true });
    this.uploads.push(memory);
    this.uploaded.push(words);
    return memory;
  }

  #make(bytes: number, block: Block): PlannedMemory {
    const memory = { buffer: null, holders: 1, bytes, block };
    this.made.push(memory);
    return memory;
  }

  /** The smallest free block with room, or one that need not grow by much, or a new one. */
  #blockFor(bytes: number): Block {
    let best = -1;
    for (let i = 0; i < this.#free.length; i++) {
      const { size } = this.#free[i]!;
      if (size * leastShare > bytes || size < bytes * leastShare) continue;
      const before = best < 0 ? -1 : this.#free[best]!.size;
      const isBetter = size >= bytes ? before < bytes || size < before : size > before;
      if (isBetter) best = i;
    }
    if (best < 0) return { size: bytes, isHosts: false };
    const [block] = this.#free.splice(best, 1);
    return block!;
  }
}
