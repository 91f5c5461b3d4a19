import { bufferUsage } from '../usage.ts';
import { writeParameters, type Parameters } from './command-sink.ts';
import { bindingAlignment, type Pipelines } from './pipelines.ts';

const slotWords = bindingAlignment / 4;

/**
 * Parameters of many dispatches in one buffer, each in slots of its own. The host writes a copy, which goes to the
 * device whole before the commands that read it. A slot's bind group is made once.
 */
export class ParameterSlots {
  readonly #gpu: GPUDevice;
  readonly #pipelines: Pipelines;
  readonly #buffer: GPUBuffer;
  readonly #words: Int32Array<ArrayBuffer>;
  readonly #floats: Float32Array<ArrayBuffer>;
  /** By first slot, then by the number of slots. */
  readonly #groups: (Map<number, GPUBindGroup> | undefined)[] = [];
  #used = 0;

  /** @param slots room for so many of 64 words. */
  constructor(gpu: GPUDevice, pipelines: Pipelines, slots: number) {
    this.#gpu = gpu;
    this.#pipelines = pipelines;
    this.#buffer = gpu.createBuffer({
      size: slots * bindingAlignment,
      usage: bufferUsage.storage | bufferUsage.copyTarget,
    });
    this.#words = new Int32Array(slots * slotWords);
    this.#floats = new Float32Array(this.#words.buffer);
  }

  /** Slots that so many parameters take. */
  static slotsFor(parameters: number): number {
    return Math.max(Math.ceil(parameters / slotWords), 1);
  }

  get slots(): number {
    return this.#words.length / slotWords;
  }

  get byteLength(): number {
    return this.#words.byteLength;
  }

  /** The first of slots with the given parameters; null where there is no room. */
  write(parameters: Parameters): number | null {
    const slots = ParameterSlots.slotsFor(parameters.length);
    const first = this.#used;
    if (first + slots > this.slots) return null;
    this.#used += slots;
    this.rewrite(first, parameters);
    return first;
  }

  /** Other parameters in slots that were written before. */
  rewrite(first: number, parameters: Parameters): void {
    writeParameters(parameters, first * slotWords, this.#words, this.#floats);
  }

  /** The bind group of slots. */
  groupAt(first: number, slots: number): GPUBindGroup {
    let groups = this.#groups[first];
    if (groups === undefined) this.#groups[first] = groups = new Map<number, GPUBindGroup>();
    let group = groups.get(slots);
    if (group === undefined) {
      const offset = first * bindingAlignment;
      const resource = { buffer: this.#buffer, offset, size: slots * bindingAlignment };
      const entries = [{ binding: 0, resource }];
      group = this.#gpu.createBindGroup({ layout: this.#pipelines.parameterLayout, entries });
      groups.set(slots, group);
    }
    return group;
  }

  /** Hands what was written to the device, in front of commands that are submitted later. */
  flush(): void {
    if (this.#used === 0) return;
    this.#gpu.queue.writeBuffer(this.#buffer, 0, this.#words, 0, this.#used * slotWords);
  }

  /** The slots of one dispatch alone. */
  flushSlots(first: number, slots: number): void {
    const start = first * slotWords;
    this.#gpu.queue.writeBuffer(this.#buffer, start * 4, this.#words, start, slots * slotWords);
  }

  /** Starts anew, for commands behind those that were submitted. */
  restart(): void {
    this.#used = 0;
  }

  dispose(): void {
    this.#buffer.destroy();
  }
}
