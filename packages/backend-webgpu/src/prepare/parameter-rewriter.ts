import { CommandSink, type DeviceLimits, type Parameters } from '../commands/command-sink.ts';
import type { Memory } from '../gpu-buffer.ts';
import type { Shader } from '../shader.ts';

/** What a call has planned, where a run may write it anew. */
export interface Rewritten {
  /** Parameters of the dispatch that was planned as number `i` of the step. */
  parameters(i: number, parameters: Parameters): void;
  /** What the host fills upload number `i` of the step with. */
  words(i: number, words: Int32Array<ArrayBuffer> | Float32Array<ArrayBuffer>): void;
}

/**
 * Takes from a call that is run again only what its numbers change: parameters and uploads. It must plan what it
 * planned before, in the same order.
 */
export class ParameterRewriter extends CommandSink {
  readonly limits: DeviceLimits;
  readonly #marksUnwritten: boolean;
  readonly #target: Rewritten;
  #dispatch = 0;
  #upload = 0;

  constructor(limits: DeviceLimits, marksUnwritten: boolean, target: Rewritten) {
    super();
    this.limits = limits;
    this.#marksUnwritten = marksUnwritten;
    this.#target = target;
  }

  /** Begins with the given dispatch and upload of the step. */
  start(dispatch: number, upload: number): void {
    this.#dispatch = dispatch;
    this.#upload = upload;
  }

  take(bytes: number): Memory {
    // Its dispatch that marks the memory has no numbers that change.
    if (this.#marksUnwritten && bytes > 0) this.#dispatch++;
    return { buffer: null };
  }

  giveBack(): void {
    // Memory was divided when the step was planned.
  }

  dispatchGroups(
    _shader: Shader,
    parameters: Parameters,
    _memories: readonly Memory[],
    groups: number,
  ): void {
    if (groups > 0) this.#target.parameters(this.#dispatch++, parameters);
  }

  upload(words: Int32Array<ArrayBuffer> | Float32Array<ArrayBuffer>): Memory {
    this.#target.words(this.#upload++, words);
    return { buffer: null };
  }
}
