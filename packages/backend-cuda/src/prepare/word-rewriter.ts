import {
  KernelContext,
  type DeviceFacts,
  type LaunchShape,
  type Word,
} from '../commands/kernel-context.ts';
import type { Recorder } from '../commands/recorder.ts';
import type { Memory, Pointer } from '../cuda-buffer.ts';

/** What a call has planned, where a run may write it anew. */
export interface Rewritten {
  /** Words of the launch that was planned as number `i` of the step. */
  words(i: number, words: readonly Word[]): void;
  /** What the host fills upload number `i` of the step with. */
  contents(i: number, contents: ArrayBufferView<ArrayBuffer>): void;
}

/**
 * Takes from a call that is run again only what its numbers change: words and uploads. It must plan what it planned before, in
 * the same order.
 */
export class WordRewriter extends KernelContext {
  readonly facts: DeviceFacts;
  readonly #marksUnwritten: boolean;
  readonly #target: Rewritten;
  #launch = 0;
  #upload = 0;

  constructor({ facts, marksUnwritten }: Recorder, target: Rewritten) {
    super();
    this.facts = facts;
    this.#marksUnwritten = marksUnwritten;
    this.#target = target;
  }

  /** Begins with the given launch and upload of the step. */
  start(launch: number, upload: number): void {
    this.#launch = launch;
    this.#upload = upload;
  }

  take(bytes: number): Memory {
    // Its launch that marks the memory has no numbers that change.
    if (this.#marksUnwritten && bytes > 0) this.#launch++;
    return { address: 0, bytes };
  }

  giveBack(): void {
    // Memory was divided when the step was planned.
  }

  launch(
    _kernel: string,
    shape: LaunchShape,
    _pointers: readonly Pointer[],
    words: readonly Word[],
  ): void {
    if (!shape.grid.includes(0)) this.#target.words(this.#launch++, words);
  }

  callLibrary(): void {
    // It has no words.
    this.#launch++;
  }

  upload(contents: ArrayBufferView<ArrayBuffer>): Memory {
    this.#target.contents(this.#upload++, contents);
    return { address: 0, bytes: contents.byteLength };
  }
}
