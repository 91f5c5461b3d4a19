import type { DeviceBuffer, Operand } from '../backend.ts';
import type { Device } from '../device.ts';
import { EagerTensor } from '../eager-tensor.ts';
import type { DType } from '../dtype.ts';
import { runKernelsOn } from '../execute.ts';
import type { GraphStep, Value } from '../graph/graph.ts';
import { Storage } from '../storage.ts';
import type { Tensor } from '../tensor.ts';
import { Prepared, stepGraph } from './prepared.ts';
import type { Event, Recorded } from './recording.ts';

/** Where a value's memory stands while a step runs. */
class Slot implements Operand {
  readonly shape: readonly number[];
  readonly dtype: DType;
  #buffer: DeviceBuffer | null = null;

  constructor({ shape, dtype }: Value) {
    this.shape = shape;
    this.dtype = dtype;
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

/**
 * A recorded step that runs again, kernel by kernel, with no tensors in between. Each value is given back behind the
 * operation that reads it last.
 */
export class Replay {
  readonly #device: Device;
  readonly #recorded: Recorded;
  readonly #inputs: readonly Slot[];
  readonly #outputs: readonly Value[];
  readonly #slots = new Map<Value, Slot>();
  readonly #events: readonly (PlannedCall | (() => void))[];
  /** Made by the step: to be given back where it fails. */
  readonly #made: readonly Slot[];
  /** Tensors from before the step that it writes, and positions of inputs that it does. */
  readonly #written: readonly Tensor[];
  readonly #writtenInputs: readonly number[];
  /** Values from outside the step, in the order in which a prepared step is given them. */
  readonly #given: readonly Value[];
  /** Values whose memory is the step's to give away, each once. */
  readonly #taken: readonly Value[];
  /** The step as its backend has taken it, where it takes steps whole. */
  readonly #prepared: Prepared | null;
  /** Values that may share memory with another one. */
  readonly #aliased = new Set<Value>();

  /** @param results the values that the step returns. */
  constructor(recorded: Recorded, results: readonly Value[]) {
    this.#device = recorded.device;
    this.#recorded = recorded;
    this.#outputs = [...results, ...recorded.left.map(([, value]) => value)];
    this.#inputs = recorded.inputs.map((value) => this.#slotOf(value));
    const ends = lastReads(recorded.events, this.#outputs);
    this.#events = recorded.events.map((event, i) => {
      if (event.kind === 'effect') return event.run;
      const { step } = event;
      if (step.operation.aliases === true) {
        for (const value of [step.inputs[0]!, ...step.outputs]) this.#aliased.add(value);
      }
      return {
        step,
        inputs: step.inputs.map((value) => value && this.#slotOf(value)),
        outputs: step.outputs.map((value) => this.#slotOf(value)),
        ends: ends[i]!.map((value) => this.#slotOf(value)),
      };
    });
    this.#made = this.#events.flatMap((event) => ('step' in event ? event.outputs : []));
    const outside = new Map<Value, Tensor>(
      [...recorded.constants, ...recorded.gradients].map(([tensor, value]) => [value, tensor]),
    );
    const written = new Set<Value>();
    for (const event of recorded.events) {
      if (event.kind === 'effect') continue;
      const { operation, inputs } = event.step;
      for (const position of operation.writes ?? [])
        if (inputs[position]) written.add(inputs[position]);
    }
    this.#written = [...outside]
      .filter(([value]) => written.has(value))
      .map(([, tensor]) => tensor);
    this.#writtenInputs = [...recorded.inputs.keys()].filter((i) =>
      written.has(recorded.inputs[i]!),
    );
    this.#given = [
      ...recorded.inputs,
      ...[...recorded.gradients, ...recorded.constants].map(([, value]) => value),
    ];
    const given = new Set(this.#given);
    this.#taken = [...new Set(this.#outputs)].filter((value) => !given.has(value));
    this.#prepared = this.#prepare();
  }

  /** Settles once the backend is ready. */
  get ready(): Promise<void> {
    return this.#prepared?.ready ?? Promise.resolve();
  }

  /** Gives back what the backend holds. */
  dispose(): void {
    this.#prepared?.dispose();
  }

  #prepare(): Prepared | null {
    const { backend } = this.#device;
    if (backend.prepare === undefined) return null;
    const { events } = this.#recorded;
    return new Prepared(backend.prepare(stepGraph(events, this.#given, this.#taken)), events);
  }

  /** Runs the step. The results are new tensors in the innermost scope. */
  run(inputs: readonly Tensor[]): Tensor[] {
    const { gradients, constants, left } = this.#recorded;
    inputs.forEach((input, i) => {
      this.#inputs[i]!.buffer = input.buffer;
    });
    for (const [leaf, value] of gradients) this.#slots.get(value)!.buffer = leaf.grad!.buffer;
    for (const [tensor, value] of constants) {
      this.#slotOf(value).buffer = tensor.buffer;
    }
    for (const tensor of this.#written) tensor.storage.version++;
    for (const i of this.#writtenInputs) inputs[i]!.storage.version++;
    try {
      if (this.#prepared?.isReady === true) this.#runPrepared(this.#prepared);
      else this.#runCalls();
      const outputs = this.#takeOutputs(inputs);
      const results = outputs.splice(0, outputs.length - left.length);
      left.forEach(([leaf], i) => {
        leaf.takeGrad(outputs[i]!);
      });
      return results;
    } catch (error) {
      for (const slot of this.#made) if (slot.isFilled) this.#free(slot);
      throw error;
    }
  }

  #runPrepared(prepared: Prepared): void {
    const buffers = prepared.run(this.#given.map((value) => this.#slotOf(value).buffer));
    this.#taken.forEach((value, i) => {
      this.#slots.get(value)!.buffer = buffers[i]!;
    });
  }

  #runCalls(): void {
    for (const event of this.#events) {
      if ('step' in event) this.#call(event);
      else event();
    }
  }

  #call({ step, inputs, outputs, ends }: PlannedCall): void {
    const buffers = runKernelsOn(
      this.#device,
      step.operation,
      inputs,
      step.attributes,
      step.outputs,
      step.scalars,
    );
    for (let i = 0; i < buffers.length; i++) outputs[i]!.buffer = buffers[i]!;
    for (const slot of ends) this.#free(slot);
  }

  #free(slot: Slot): void {
    this.#device.backend.free(slot.buffer);
    slot.buffer = null;
  }

  #takeOutputs(inputs: readonly Tensor[]): Tensor[] {
    const storages = new Map<Value, Storage>();
    return this.#outputs.map((value) => {
      const outside = value.constant ?? inputs[this.#recorded.inputs.indexOf(value)];
      if (outside !== undefined) return outside.alias();
      let storage = storages.get(value)?.retain();
      if (storage === undefined) {
        const slot = this.#slots.get(value)!;
        storage = new Storage(this.#device, slot.buffer);
        storage.aliased = this.#aliased.has(value);
        slot.buffer = null;
        storages.set(value, storage);
      }
      return new EagerTensor(this.#device, value.shape, value.dtype, storage);
    });
  }

  #slotOf(value: Value): Slot {
    let slot = this.#slots.get(value);
    if (slot === undefined) this.#slots.set(value, (slot = new Slot(value)));
    return slot;
  }
}

/** For each event, the values made in the step that no later event reads. */
function lastReads(events: readonly Event[], outputs: readonly Value[]): Value[][] {
  const last = new Map<Value, number>();
  events.forEach((event, i) => {
    if (event.kind === 'effect') return;
    for (const output of event.step.outputs) last.set(output, i);
    for (const input of event.step.inputs)
      if (input !== null && last.has(input)) last.set(input, i);
  });
  for (const output of outputs) last.delete(output);
  const ends: Value[][] = events.map(() => []);
  for (const [value, i] of last) ends[i]!.push(value);
  return ends;
}
