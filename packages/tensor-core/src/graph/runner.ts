import type { DeviceBuffer, Operand } from '../backend.ts';
import type { Device } from '../device.ts';
import type { DType } from '../dtype.ts';
import { EagerTensor } from '../eager-tensor.ts';
import { runKernelsOn } from '../execute.ts';
import { Holdings, memoryBehind } from '../holdings.ts';
import { Storage } from '../storage.ts';
import type { Tensor } from '../tensor.ts';
import { isOperation, type GraphStep, type Sequence, type Value } from './graph.ts';
import { lastReads } from './lifetimes.ts';
import { Prepared, stepGraph } from './prepared.ts';

/** Where a value's memory stands while a sequence runs. */
class Slot implements Operand {
  readonly shape: readonly number[];
  readonly dtype: DType;
  /** Whether another value may stand on the same memory. */
  readonly isAliased: boolean;
  readonly isReused: boolean;
  #buffer: DeviceBuffer | null = null;

  constructor({ shape, dtype }: Value, isAliased: boolean, isReused: boolean) {
    this.shape = shape;
    this.dtype = dtype;
    this.isAliased = isAliased;
    this.isReused = isReused;
  }

  get buffer(): DeviceBuffer {
    return this.#buffer!;
  }

  set buffer(buffer: DeviceBuffer | null) {
    this.#buffer = buffer;
  }

  get isFilled(): boolean {
    return this.#buffer !== null;
  }
}

/** One operation, with its places. */
interface PlannedCall {
  readonly step: GraphStep;
  readonly inputs: readonly (Slot | null)[];
  readonly outputs: readonly Slot[];
  /** Given back behind it: what no later operation reads. */
  readonly ends: readonly Slot[];
}

/** A value that is handed out behind the last step. */
interface Handed {
  readonly value: Value;
  /** Where it was made; null for one that was given. */
  readonly slot: Slot | null;
  /** The given tensor that it is, by position. */
  readonly given: number;
}

/**
 * Runs a sequence again and again, with no tensors in between: slots with memory, kernels in order, each value given
 * back behind its last reader. Compiled networks and captured steps run by it. Where the backend takes sequences
 * whole, it runs there once that is ready.
 */
export class Runner {
  readonly #device: Device;
  readonly #given: readonly Slot[];
  /** Positions of what is given and written. */
  readonly #written: readonly number[];
  readonly #steps: readonly (PlannedCall | (() => void))[];
  /** Made on the way: to be given back where a run fails. */
  readonly #made: readonly Slot[];
  readonly #handed: readonly Handed[];
  /** What is made and handed out, each once. */
  readonly #taken: readonly Slot[];
  readonly #prepared: Prepared | null;
  /** Who has memory that several values may stand on. */
  readonly #holdings = new Holdings();

  /**
   * @param given the values from outside, in the order in which a run is given tensors for them.
   * @param reused those of them that are weights which the device was told of.
   */
  constructor(
    device: Device,
    sequence: Sequence,
    given: readonly Value[],
    reused: readonly Value[] = [],
  ) {
    this.#device = device;
    const { steps, outputs } = sequence;
    const aliased = new Set<Value>();
    for (const { operation, inputs, outputs: made } of steps.filter(isOperation)) {
      if (operation.aliases === true) for (const value of [inputs[0]!, ...made]) aliased.add(value);
    }
    const weights = new Set(reused);
    const slots = new Map<Value, Slot>();
    const slotOf = (value: Value): Slot => {
      let slot = slots.get(value);
      if (slot === undefined) {
        slot = new Slot(value, aliased.has(value), weights.has(value));
        slots.set(value, slot);
      }
      return slot;
    };
    this.#given = given.map(slotOf);
    const ends = lastReads(steps, outputs);
    this.#steps = steps.map((step, i) =>
      isOperation(step)
        ? {
            step,
            inputs: step.inputs.map((value) => value && slotOf(value)),
            outputs: step.outputs.map(slotOf),
            ends: ends[i]!.map(slotOf),
          }
        : step.host,
    );
    this.#made = this.#steps.flatMap((step) => (typeof step === 'function' ? [] : step.outputs));
    const written = new Set<Value>();
    for (const { operation, inputs } of steps.filter(isOperation)) {
      for (const position of operation.writes ?? []) {
        const value = inputs[position] ?? null;
        if (value !== null) written.add(value);
      }
    }
    this.#written = [...given.keys()].filter((i) => written.has(given[i]!));
    this.#handed = outputs.map((value) => {
      const position = given.indexOf(value);
      const slot = position === -1 ? slotOf(value) : null;
      return { value, slot, given: position };
    });
    const taken = [...new Set(outputs)].filter((value) => !given.includes(value));
    this.#taken = taken.map(slotOf);
    // A step without operations may have no device.
    const prepared = device.isMeta
      ? undefined
      : device.backend.prepare?.(stepGraph(sequence, given, taken, reused));
    this.#prepared = prepared === undefined ? null : new Prepared(prepared, steps);
  }

  /** Settles once the backend is ready. */
  get ready(): Promise<void> {
    return this.#prepared?.ready ?? Promise.resolve();
  }

  /** Gives back what the backend holds. */
  dispose(): void {
    this.#prepared?.dispose();
  }

  /**
   * The outputs, new tensors in the innermost scope; one that was given comes as another tensor on its memory.
   * @param tensors those of the values that were said to be given, live and on the device.
   */
  run(tensors: readonly Tensor[]): Tensor[] {
    // What is given stays until the end, also where a step takes it away.
    const held: Storage[] = [];
    for (let i = 0; i < tensors.length; i++) {
      const { storage } = tensors[i]!;
      held.push(storage.retain());
      const slot = this.#given[i]!;
      slot.buffer = storage.buffer;
      if (slot.isAliased) this.#holdings.hold(storage.buffer);
    }
    for (const i of this.#written) held[i]!.version++;
    try {
      if (this.#prepared?.isReady === true) this.#runPrepared(this.#prepared);
      else this.#runSteps();
      return this.#handOut(tensors);
    } catch (error) {
      for (const slot of this.#made) if (slot.isFilled) this.#free(slot);
      throw error;
    } finally {
      this.#holdings.clear();
      for (const slot of this.#given) slot.buffer = null;
      for (const storage of held) storage.release();
    }
  }

  #runPrepared(prepared: Prepared): void {
    const buffers = prepared.run(this.#given.map((slot) => slot.buffer));
    for (let i = 0; i < buffers.length; i++) this.#taken[i]!.buffer = buffers[i]!;
  }

  #runSteps(): void {
    for (const step of this.#steps) {
      if (typeof step === 'function') step();
      else this.#call(step);
    }
  }

  #call({ step, inputs, outputs, ends }: PlannedCall): void {
    const { operation, attributes, outputs: specs, scalars } = step;
    const buffers = runKernelsOn(this.#device, operation, inputs, attributes, specs, scalars);
    for (let i = 0; i < buffers.length; i++) {
      const slot = outputs[i]!;
      slot.buffer = buffers[i]!;
      if (slot.isAliased) this.#holdings.hold(slot.buffer);
    }
    for (const slot of ends) this.#free(slot);
  }

  #free(slot: Slot): void {
    const { buffer } = slot;
    slot.buffer = null;
    if (!slot.isAliased || this.#holdings.letGo(buffer)) this.#device.backend.free(buffer);
  }

  #handOut(tensors: readonly Tensor[]): Tensor[] {
    const storages = new Map<Slot, Storage>();
    /** Those that others may stand on. */
    const lenders = new Map<object, Storage>();
    for (let i = 0; i < tensors.length; i++) {
      const { buffer, isAliased } = this.#given[i]!;
      if (isAliased) lenders.set(memoryBehind(buffer), tensors[i]!.storage);
    }
    return this.#handed.map(({ value, slot, given }) => {
      if (slot === null) return tensors[given]!.alias();
      let storage = storages.get(slot)?.retain();
      if (storage === undefined) {
        storage = this.#storageOf(slot, lenders);
        slot.buffer = null;
        storages.set(slot, storage);
      }
      return new EagerTensor(this.#device, value.shape, value.dtype, storage);
    });
  }

  #storageOf({ buffer, isAliased }: Slot, lenders: Map<object, Storage>): Storage {
    if (!isAliased) return new Storage(this.#device, buffer);
    const lender = lenders.get(memoryBehind(buffer));
    if (lender !== undefined) return lender.lend(buffer);
    const storage = new Storage(this.#device, buffer);
    storage.aliased = true;
    lenders.set(memoryBehind(buffer), storage);
    return storage;
  }
}
