import { elementCount } from '@convnet/tensor-core';

import { Float16RangeError } from '../errors.ts';
import { bytesInHalves, type Access, type Memory, type NumberedBuffer } from '../gpu-buffer.ts';
import { toHalvesWithin, toFloats } from '../kernels/float16.ts';
import { fillWords } from '../shader.ts';
import { mapForReading } from '../usage.ts';
import type { BufferPool } from './buffer-pool.ts';
import type { CommandSink } from './command-sink.ts';
import type { StagingBuffers } from './staging-buffers.ts';

/** Conversions that have a word of their own, before words are taken anew. */
const mostWords = 1024;

/** A weight that was converted, and the word that says whether its numbers fit. */
interface Converted {
  readonly shape: readonly number[];
  readonly word: number;
}

/** A `Recorder`, as far as conversions go. */
interface Recording extends CommandSink {
  readonly pool: BufferPool;
  readonly staging: StagingBuffers;
  copy(from: GPUBuffer, to: GPUBuffer, bytes: number): void;
  discard(buffer: NumberedBuffer): void;
  submit(): void;
}

/**
 * Weights of compiled networks in two forms: float32, and the halves that compiled networks read. Every shader says by its
 * `layout` which it gets at, so a form is made when it is first asked for, and halves are given up when the numbers are
 * written. Where nobody asks for the float32 of a weight, its halves take their place.
 */
export class HalfWeights {
  readonly #recorder: Recording;
  readonly #onFailure: (error: Float16RangeError) => void;
  /** Words of which a conversion sets its own where a number became infinite; the first `#next` are taken. */
  #words: NumberedBuffer | null = null;
  #next = mostWords;
  /** Weights whose conversion has been recorded, and not copied what it found. */
  readonly #converted: Converted[] = [];
  /** Looks at the words of submissions that have been made. */
  readonly #checks = new Set<Promise<void>>();

  /** @param onFailure told of a weight with numbers beyond those of float16, when the device has found them. */
  constructor(recorder: Recording, onFailure: (error: Float16RangeError) => void) {
    this.#recorder = recorder;
    this.#onFailure = onFailure;
  }

  /** The buffer of a weight that a shader gets at, made anew where it is not there. */
  bufferFor(memory: Memory, access: Access): NumberedBuffer {
    if (access === 'h') return this.#halvesOf(memory);
    const floats = this.#floatsOf(memory);
    if (access === 'w') this.#dropHalves(memory);
    return floats;
  }

  /** Gives up halves that no graph reads any more, where the numbers are there. */
  end(memory: Memory): void {
    // The halves of a derived weight are all there is of it.
    if (memory.buffer === null) return;
    this.#dropHalves(memory);
    memory.reuse = null;
  }

  /** Gives back what stands beside the numbers, or in their place. */
  free(memory: Memory): void {
    this.#dropHalves(memory);
    memory.reuse = null;
  }

  /** Has copied what conversions find. What it returns looks at that, once it is handed over. */
  beforeSubmission(): (() => void) | null {
    if (this.#converted.length === 0) return null;
    const recorder = this.#recorder;
    const converted = this.#converted.splice(0);
    const staging = recorder.staging.take(4 * mostWords);
    recorder.copy(this.#words!.gpu, staging, 4 * mostWords);
    return () => {
      const check = this.#look(staging, converted).finally(() => this.#checks.delete(check));
      this.#checks.add(check);
    };
  }

  /** Settles when all weights that have been converted so far were looked at; null where they have been. */
  get checked(): Promise<unknown> | null {
    return this.#checks.size === 0 ? null : Promise.all(this.#checks);
  }

  #halvesOf(memory: Memory): NumberedBuffer {
    if (memory.halves) return memory.halves;
    const recorder = this.#recorder;
    const { shape, isDerived } = memory.reuse!;
    const count = elementCount(shape);
    const pairs = Math.ceil(count / 2);
    const floats = memory.buffer!;
    const word = this.#takeWord();
    const halves = recorder.pool.take(bytesInHalves(count));
    const memories = [floats, halves, this.#words!].map((buffer) => ({ buffer }));
    recorder.dispatch(toHalvesWithin, [pairs, count, word], memories, pairs);
    this.#converted.push({ shape, word });
    memory.halves = halves;
    if (isDerived) {
      memory.buffer = null;
      recorder.discard(floats);
    }
    return halves;
  }

  #floatsOf(memory: Memory): NumberedBuffer {
    if (memory.buffer !== null) return memory.buffer;
    const count = elementCount(memory.reuse!.shape);
    const floats = this.#recorder.pool.take(4 * count);
    const memories = [memory.halves!, floats].map((buffer) => ({ buffer }));
    this.#recorder.dispatch(toFloats, [count], memories, count);
    memory.buffer = floats;
    return floats;
  }

  #dropHalves(memory: Memory): void {
    const { halves } = memory;
    if (!halves) return;
    memory.halves = null;
    this.#recorder.giveBack({ buffer: halves });
  }

  /** A word that is 0. */
  #takeWord(): number {
    if (this.#next === mostWords) {
      // What stands in those before is copied first.
      this.#recorder.submit();
      this.#words ??= this.#recorder.pool.take(4 * mostWords);
      this.#recorder.dispatch(fillWords, [mostWords, 0], [{ buffer: this.#words }], mostWords);
      this.#next = 0;
    }
    return this.#next++;
  }

  async #look(staging: GPUBuffer, converted: readonly Converted[]): Promise<void> {
    try {
      await staging.mapAsync(mapForReading, 0, 4 * mostWords);
    } catch {
      // A device that is gone says so itself.
      return;
    }
    const words = new Int32Array(staging.getMappedRange(0, 4 * mostWords));
    const beyond = converted.filter(({ word }) => words[word] !== 0);
    staging.unmap();
    this.#recorder.staging.giveBack(staging);
    if (beyond.length > 0) this.#onFailure(new Float16RangeError(beyond.map(({ shape }) => shape)));
  }
}
