import { DeviceError } from '@convnet/tensor-core';

import type { Pointer } from '../cuda-buffer.ts';
import type { LaunchShape, Word } from './kernel-context.ts';

/** The command buffer of native/addon/commands.hpp. */
const launchKind = 1;
const copyKind = 2;
const callKind = 3;
const launchWords = 10;
const copyWords = 7;
const callWords = 3;

/** Blocks of a grid along x, and along y and z. */
const mostBlocks = 2 ** 31 - 1;
const mostAcross = 65_535;

const twoTo32 = 2 ** 32;

/** Writes commands one behind the other. */
export class Encoder {
  #words: Uint32Array<ArrayBuffer>;
  #floats: Float32Array<ArrayBuffer>;
  /** Words written. */
  length = 0;
  /** Commands written. */
  count = 0;

  /** @param capacity words at first. */
  constructor(capacity: number) {
    this.#words = new Uint32Array(capacity);
    this.#floats = new Float32Array(this.#words.buffer);
  }

  /** What was written, and room behind it. */
  get words(): Uint32Array<ArrayBuffer> {
    return this.#words;
  }

  clear(): void {
    this.length = 0;
    this.count = 0;
  }

  /** @throws DeviceError for a word that does not fit 32 bits: cut off, it would be another number; for a grid that no device takes. */
  launch(
    func: number,
    { grid, block, sharedBytes = 0 }: LaunchShape,
    pointers: readonly Pointer[],
    words: readonly Word[],
  ): void {
    if (grid[0] > mostBlocks || grid[1] > mostAcross || grid[2] > mostAcross) throw gridError(grid);
    const parameterWords = parameterWordsFor(pointers.length, words.length);
    this.#reserve(launchWords + parameterWords);
    const all = this.#words;
    let at = this.length;
    all[at] = launchKind;
    all[at + 1] = func;
    for (let i = 0; i < 3; i++) {
      all[at + 2 + i] = grid[i]!;
      all[at + 5 + i] = block[i]!;
    }
    all[at + 8] = sharedBytes;
    all[at + 9] = parameterWords;
    const end = at + launchWords + parameterWords;
    // The last may be there for alignment only.
    all[end - 1] = 0;
    at += launchWords;
    for (const pointer of pointers) {
      this.#writeWide(at, addressOf(pointer));
      at += 2;
    }
    for (const word of words) {
      if (typeof word === 'number') {
        if (word !== word >>> 0 && word !== (word | 0)) throw wordError(word);
        all[at] = word;
      } else this.#floats[at] = word.float;
      at++;
    }
    this.length = end;
    this.count++;
  }

  copy(to: number, from: number, bytes: number): void {
    this.#reserve(copyWords);
    const at = this.length;
    this.#words[at] = copyKind;
    this.#writeWide(at + 1, to);
    this.#writeWide(at + 3, from);
    this.#writeWide(at + 5, bytes);
    this.length = at + copyWords;
    this.count++;
  }

  /** Calls a library by a plan. */
  call(plan: number, pointers: readonly Pointer[]): void {
    const words = callWords + 2 * pointers.length;
    this.#reserve(words);
    let at = this.length;
    this.length += words;
    this.#words[at] = callKind;
    this.#words[at + 1] = plan;
    this.#words[at + 2] = pointers.length;
    at += callWords;
    for (const pointer of pointers) {
      this.#writeWide(at, addressOf(pointer));
      at += 2;
    }
    this.count++;
  }

  #writeWide(at: number, value: number): void {
    this.#words[at] = value >>> 0;
    this.#words[at + 1] = value / twoTo32;
  }

  #reserve(words: number): void {
    if (this.length + words <= this.#words.length) return;
    const larger = new Uint32Array(Math.max(this.#words.length * 2, this.length + words));
    larger.set(this.#words.subarray(0, this.length));
    this.#words = larger;
    this.#floats = new Float32Array(larger.buffer);
  }
}

/** A struct with pointers ends at a multiple of their size. */
export function parameterWordsFor(pointers: number, words: number): number {
  return pointers === 0 ? words : 2 * pointers + words + (words % 2);
}

export function addressOf(pointer: Pointer): number {
  if (pointer === null) return 0;
  return 'memory' in pointer ? pointer.memory.address + pointer.byteOffset : pointer.address;
}

function gridError(grid: LaunchShape['grid']): DeviceError {
  const most = `${mostBlocks} x ${mostAcross} x ${mostAcross}`;
  return new DeviceError(
    `cuda: a kernel for a grid of ${grid.join(' x ')} blocks: expected at most ${most}`,
  );
}

function wordError(word: number): DeviceError {
  return new DeviceError(
    `cuda: ${word} among the words of a kernel: expected an integer of 32 bits; counts that may outgrow them take two`,
  );
}
